import type { Message, MessageConnection } from 'vscode-jsonrpc/node';
import type { WebSocket } from 'ws';
import { CairnError, isErrorCode } from '../protocol/errors.ts';
import { PROTOCOL_VERSION, SESSION, SUBPROTOCOL, type ActionsParams, type HelloResult } from '../protocol/wire.ts';
import { SessionLost, type Session, type SessionEvents } from './clientSession.ts';
import { readKey, toAuthorization } from './credentials.ts';
import { findAgent } from './lockFile.ts';
import { fetchNonce } from './nonce.ts';
import type { SessionLibraries } from './sessionLibraries.ts';

export type OpenSession = (stateFolder: string, client: string, events: SessionEvents) => Promise<Session>;

/** milliseconds for each step of connecting */
const CONNECT_LIMIT = 10_000;
/** milliseconds without a ping of the agent after which the socket counts as dead */
const SILENCE_LIMIT = 60_000;
/** Answers of one's own agent may be longer than what it accepts. */
const LARGEST_ANSWER = 256 * 1024 * 1024;

/**
 * Finds the agent of a state folder, proves who we are and says hello. Rejects with `agent-unreachable` (worth another try),
 * `unauthenticated`, `denied` or `protocol-unsupported` (not worth one).
 */
export async function openSession(stateFolder: string, client: string, events: SessionEvents): Promise<Session> {
  const lock = findAgent(stateFolder);
  if (lock === undefined) throw new CairnError('agent-unreachable', `No agent is running for ${stateFolder}.`);
  const nonce = await fetchNonce(lock.port);
  const authorization = toAuthorization(readKey(stateFolder), nonce, lock.port);
  const { libraries } = await import('./sessionLibraries.ts');
  const socket = await openSocket(libraries, lock.port, authorization);
  return await sayHello(libraries, socket, client, events);
}

function openSocket({ WebSocket }: SessionLibraries, port: number, authorization: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/`, SUBPROTOCOL, {
      headers: { authorization },
      perMessageDeflate: false,
      maxPayload: LARGEST_ANSWER,
      handshakeTimeout: CONNECT_LIMIT,
      followRedirects: false,
    });
    socket.once('open', () => resolve(socket));
    socket.on('error', (cause) => reject(new CairnError('agent-unreachable', `The connection to port ${String(port)} failed.`, { cause })));
    socket.once('unexpected-response', (request, response) => {
      response.resume();
      request.destroy();
      reject(toRefusal(response.statusCode ?? 0));
    });
  });
}

function toRefusal(status: number): CairnError {
  if (status === 401) return new CairnError('unauthenticated', 'The agent does not accept the key of the state folder.');
  if (status === 403) return new CairnError('denied', 'The agent refuses this kind of client.');
  if (status === 400 || status === 426) return new CairnError('protocol-unsupported', 'The agent speaks another protocol.');
  return new CairnError('agent-unreachable', `The agent answered the handshake with status ${String(status)}.`);
}

async function sayHello(libraries: SessionLibraries, socket: WebSocket, client: string, events: SessionEvents): Promise<Session> {
  const { createMessageConnection, SocketReader, SocketWriter } = libraries;
  const connection = createMessageConnection(new SocketReader(socket, parseTrusted), new SocketWriter(socket));
  connection.onNotification(SESSION.actions, (params: ActionsParams) => events.onActions(params));
  const watch = watchSilence(socket);
  connection.onClose(() => {
    clearInterval(watch);
    connection.dispose();
    events.onClose(new CairnError('agent-unreachable', 'The connection to the agent was lost.'));
  });
  connection.onError(() => socket.terminate());
  connection.listen();
  const send: Session['send'] = (...request) => sendRequest(libraries, connection, ...request);
  try {
    const hello = toHello(await send(SESSION.hello, { versions: [PROTOCOL_VERSION], client }));
    return { hello, send, close: () => socket.close(1000) };
  } catch (thrown) {
    socket.terminate();
    throw thrown instanceof SessionLost ? new CairnError('agent-unreachable', thrown.message, { cause: thrown }) : thrown;
  }
}

/** Frames of our own agent are trusted once the key has proved who is at the other end. */
function parseTrusted(text: string): Message {
  return JSON.parse(text) as Message;
}

function watchSilence(socket: WebSocket): NodeJS.Timeout {
  let heard = performance.now();
  const hear = (): void => void (heard = performance.now());
  socket.on('ping', hear);
  socket.on('message', hear);
  const watch = setInterval(() => {
    if (performance.now() - heard > SILENCE_LIMIT) socket.terminate();
  }, SILENCE_LIMIT / 4);
  return watch.unref();
}

function toHello(value: unknown): HelloResult {
  const isHello = (candidate: unknown): candidate is HelloResult =>
    typeof candidate === 'object' && candidate !== null && typeof Reflect.get(candidate, 'epoch') === 'string';
  if (!isHello(value)) throw new CairnError('protocol-unsupported', 'The agent did not answer hello as agents do.');
  return value;
}

async function sendRequest(
  libraries: SessionLibraries,
  connection: MessageConnection,
  ...[method, params, signal]: Parameters<Session['send']>
): Promise<unknown> {
  if (signal?.aborted) throw new CairnError('cancelled', 'Cancelled.');
  const source = new libraries.CancellationTokenSource();
  const cancel = (): void => source.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await connection.sendRequest(method, libraries.ParameterStructures.byName, params, source.token);
  } catch (thrown) {
    throw toRequestError(libraries, thrown);
  } finally {
    signal?.removeEventListener('abort', cancel);
    source.dispose();
  }
}

function toRequestError({ ErrorCodes, ResponseError }: SessionLibraries, thrown: unknown): Error {
  if (!(thrown instanceof ResponseError)) return new SessionLost();
  if (thrown.code === ErrorCodes.PendingResponseRejected) return new SessionLost();
  const data: unknown = thrown.data;
  const code: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'code') : undefined;
  const next: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'next') : undefined;
  const known = typeof code === 'string' && isErrorCode(code) ? code : 'internal';
  return new CairnError(known, thrown.message, typeof next === 'string' ? { next } : {});
}
