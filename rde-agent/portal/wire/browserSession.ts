import { t } from '../../../webviews/protocol/words.ts';
import { SessionLost, type Session, type SessionEvents } from '../../client/clientSession.ts';
import { CairnError, isErrorCode } from '../../protocol/errors.ts';
import { PROTOCOL_VERSION, SESSION, SUBPROTOCOL, type ActionsParams, type HelloResult } from '../../protocol/wire.ts';
import { checkSignedIn } from './signIn.ts';

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Frames of our own agent: the cookie was good, and only our own address can be connected to. */
interface Frame {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly data?: { readonly code?: string; readonly next?: string } };
}

/** The socket of the page's own address, with the cookie of the browser. Rejects with `unauthenticated` or `agent-unreachable`. */
export async function openBrowserSession(events: SessionEvents): Promise<Session> {
  const socket = await openSocket();
  const wire = createWire(socket, events);
  const hello = await wire.send(SESSION.hello, { versions: [PROTOCOL_VERSION], client: 'portal' });
  return { hello: hello as HelloResult, send: wire.send, close: () => socket.close(1000) };
}

/** A browser does not tell why a handshake was refused: the agent is asked whether this one is signed in. */
function openSocket(): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${window.location.host}/`, SUBPROTOCOL);
    const fail = (): void => {
      checkSignedIn().then(
        () => reject(new CairnError('agent-unreachable', t('The agent does not open a connection.'))),
        (thrown: unknown) => reject(thrown instanceof Error ? thrown : new Error(String(thrown))),
      );
    };
    socket.addEventListener('error', fail, { once: true });
    socket.addEventListener(
      'open',
      () => {
        socket.removeEventListener('error', fail);
        resolve(socket);
      },
      { once: true },
    );
  });
}

function createWire(socket: WebSocket, events: SessionEvents): Pick<Session, 'send'> {
  const pending = new Map<number, Pending>();
  let last = 0;
  socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
    const frame = JSON.parse(data) as Frame;
    if (frame.method === SESSION.actions) events.onActions(frame.params as ActionsParams);
    else if (frame.id !== undefined) answer(pending, frame);
  });
  socket.addEventListener('close', () => {
    for (const { reject } of pending.values()) reject(new SessionLost());
    pending.clear();
    events.onClose(new CairnError('agent-unreachable', t('The connection to the agent was lost.')));
  });
  return {
    send(method, params, signal) {
      if (signal?.aborted === true) return Promise.reject(new CairnError('cancelled', t('Cancelled.')));
      if (socket.readyState !== WebSocket.OPEN) return Promise.reject(new SessionLost());
      const id = (last += 1);
      const cancel = (): void => socket.send(JSON.stringify({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } }));
      signal?.addEventListener('abort', cancel, { once: true });
      return new Promise<unknown>((resolve, reject) => {
        pending.set(id, { resolve, reject });
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
      }).finally(() => signal?.removeEventListener('abort', cancel));
    },
  };
}

function answer(pending: Map<number, Pending>, { id = 0, result, error }: Frame): void {
  const waiting = pending.get(id);
  pending.delete(id);
  if (error === undefined) return waiting?.resolve(result);
  const { code, next } = error.data ?? {};
  const known = code !== undefined && isErrorCode(code) ? code : 'internal';
  waiting?.reject(new CairnError(known, error.message, next === undefined ? {} : { next }));
}
