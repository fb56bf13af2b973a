import type { WebSocket } from 'ws';
import { LIMITS, SESSION, type ActionsParams } from '../protocol/wire.ts';

/** Sends actions to one client and keeps a slow one from filling our memory. */
export interface Outbox {
  send(params: ActionsParams): void;
  /** Forgets a uri that is not followed any more. */
  forget(uri: string): void;
  /** number of uris whose actions are being dropped */
  readonly behind: number;
}

/**
 * While more than `limit` bytes wait in the socket, actions are dropped and their uri is remembered; when the socket has drained, each
 * such uri gets one `gap`, after which the client asks again. `position` tells the newest number of a uri.
 */
export function createOutbox(socket: WebSocket, position: (uri: string) => number, limit: number = LIMITS.buffered): Outbox {
  const behind = new Set<string>();
  const write = (params: ActionsParams): void => {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(JSON.stringify({ jsonrpc: '2.0', method: SESSION.actions, params }), afterWrite);
  };
  const afterWrite = (): void => {
    if (behind.size === 0 || socket.bufferedAmount > limit / 2) return;
    const uris = [...behind];
    behind.clear();
    for (const uri of uris) write({ uri, from: position(uri) + 1, actions: [], durable: false, gap: true });
  };
  return {
    get behind() {
      return behind.size;
    },
    send(params) {
      if (behind.has(params.uri)) return;
      if (socket.bufferedAmount > limit) behind.add(params.uri);
      else write(params);
    },
    forget: (uri) => void behind.delete(uri),
  };
}
