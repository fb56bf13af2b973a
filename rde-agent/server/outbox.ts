import type { WebSocket } from 'ws';
import { LIMITS, SESSION, type ActionsParams } from '../protocol/wire.ts';

/** Sends actions to one client and keeps a slow one from filling our memory. */
export interface Outbox {
  send(params: ActionsParams): void;
  /** Forgets a uri that is not followed any more, or is asked for anew. */
  forget(uri: string): void;
  /** number of uris whose actions are being dropped */
  readonly behind: number;
}

/**
 * While more than `limit` bytes wait in the socket, actions are dropped and the position of their uri is remembered; when the socket
 * has drained, each such uri gets one `gap`, after which the client asks again.
 */
export function createOutbox(socket: WebSocket, limit: number = LIMITS.buffered): Outbox {
  const behind = new Map<string, number>();
  const write = (params: ActionsParams): void => {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(JSON.stringify({ jsonrpc: '2.0', method: SESSION.actions, params }), afterWrite);
  };
  const afterWrite = (): void => {
    if (behind.size === 0 || socket.bufferedAmount > limit / 2) return;
    const dropped = [...behind];
    behind.clear();
    for (const [uri, position] of dropped) write({ uri, from: position + 1, actions: [], durable: false, gap: true });
  };
  return {
    get behind() {
      return behind.size;
    },
    send(params) {
      if (behind.has(params.uri) || socket.bufferedAmount > limit) behind.set(params.uri, params.from + params.actions.length - 1);
      else write(params);
    },
    forget: (uri) => void behind.delete(uri),
  };
}
