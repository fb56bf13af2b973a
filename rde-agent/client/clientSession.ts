import type { CairnError } from '../protocol/errors.ts';
import type { ActionsParams, HelloResult } from '../protocol/wire.ts';

/** One open socket that has said hello. */
export interface Session {
  readonly hello: HelloResult;
  /** Rejects with CairnError, or with `SessionLost` when the socket ended before the answer. */
  send(method: string, params: object, signal?: AbortSignal): Promise<unknown>;
  close(): void;
}

export interface SessionEvents {
  onActions(params: ActionsParams): void;
  onClose(error: CairnError): void;
}

/** The socket ended while an answer was due: nobody knows whether the request was carried out. */
export class SessionLost extends Error {
  constructor() {
    super('The connection to the agent was lost before its answer.');
    this.name = 'SessionLost';
  }
}
