import { createMessageConnection, ErrorCodes, ResponseError, type CancellationToken, type Message } from 'vscode-jsonrpc/node';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { CairnError, toCairnError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import {
  LIMITS,
  PROTOCOL_VERSION,
  SESSION,
  type ErrorData,
  type HelloParams,
  type HelloResult,
  type SubscribeParams,
  type SubscribeResult,
} from '../protocol/wire.ts';
import type { Principal } from '../protocol/who.ts';
import { SocketReader, SocketWriter } from '../client/socketMessages.ts';
import type { Dispatch } from './dispatcher.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { findJsonProblem } from './strictJson.ts';
import type { Sink, SubscriptionHub } from './subscriptionHub.ts';

export interface SessionContext {
  readonly dispatch: Dispatch;
  readonly hub: SubscriptionHub;
  readonly hello: Omit<HelloResult, 'version'>;
  readonly logger: Logger;
}

/** JSON-RPC's own numbers; ours are in the data. */
const EXPECTED_FAILURE = -32_000;
const REQUEST_CANCELLED = -32_800;
/** milliseconds from the upgrade to hello */
const HELLO_LIMIT = 5_000;
/** bytes waiting in the socket past which answers are not added: a client that asks and never reads is closed */
const UNREAD_LIMIT = LIMITS.buffered * 4;

const HelloSchema: z.ZodType<HelloParams> = z.object({ versions: z.array(z.int()).max(64), client: z.string().max(64) });
const SubscribeSchema: z.ZodType<SubscribeParams> = z.object({
  uri: z.string().min(1).max(8192),
  since: z.object({ epoch: z.string().max(64), seq: z.int().min(0) }).optional(),
});
const UnsubscribeSchema = z.object({ uri: z.string().min(1).max(8192) });

/** Serves one authenticated socket until it closes. */
export function serveSession(socket: WebSocket, who: Principal, context: SessionContext): void {
  const session = new Session(socket, who, context);
  session.start();
}

class Session {
  readonly #socket: WebSocket;
  readonly #who: Principal;
  readonly #context: SessionContext;
  readonly #outbox: Outbox;
  readonly #followed = new Map<string, Sink>();
  readonly #ended = new AbortController();
  #greeted = false;
  #hurry: NodeJS.Timeout | undefined;
  #inFlight = 0;

  constructor(socket: WebSocket, who: Principal, context: SessionContext) {
    this.#socket = socket;
    this.#who = who;
    this.#context = context;
    this.#outbox = createOutbox(socket);
  }

  start(): void {
    const connection = createMessageConnection(new SocketReader(this.#socket, (text) => this.#parse(text)), new SocketWriter(this.#socket));
    connection.onRequest((method, params, token) => this.#answer(method, params, token));
    connection.onError(([error]) => this.#context.logger.debug('socket error', { error: error.message }));
    this.#hurry = setTimeout(() => this.#socket.close(1008, 'no hello'), HELLO_LIMIT);
    connection.onClose(() => {
      clearTimeout(this.#hurry);
      this.#end();
      connection.dispose();
    });
    connection.listen();
  }

  /** A frame that no client of ours would send is answered with an error and goes no further. */
  #parse(text: string): Message | undefined {
    const problem = findJsonProblem(text);
    if (problem !== undefined) return this.#refuse(text, `The frame was refused: ${problem}.`, ErrorCodes.InvalidRequest);
    try {
      const message: unknown = JSON.parse(text);
      if (isMessage(message)) return message;
      return this.#refuse(text, 'The frame is not a JSON-RPC 2.0 message.', ErrorCodes.InvalidRequest);
    } catch {
      return this.#refuse(text, 'The frame is not JSON.', ErrorCodes.ParseError);
    }
  }

  #refuse(text: string, message: string, code: number): undefined {
    this.#context.logger.warn('frame refused', { message, bytes: text.length, by: this.#who.id });
    const data: ErrorData = { code: 'invalid-request', next: 'Send what the registry of operations describes.' };
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id: readId(text), error: { code, message, data } }));
  }

  async #answer(method: string, params: unknown, token: CancellationToken): Promise<unknown> {
    if (this.#inFlight >= LIMITS.requestsInFlight)
      throw toResponseError(toLimit(`${String(LIMITS.requestsInFlight)} requests are in flight`));
    if (this.#socket.bufferedAmount > UNREAD_LIMIT) return this.#socket.terminate();
    this.#inFlight += 1;
    const abort = new AbortController();
    const cancelling = token.onCancellationRequested(() => abort.abort());
    // A request that was cancelled before its turn comes with a token that tells nobody.
    if (token.isCancellationRequested) abort.abort();
    const onEnd = (): void => abort.abort();
    this.#ended.signal.addEventListener('abort', onEnd, { once: true });
    try {
      abort.signal.throwIfAborted();
      return await this.#carryOut(method, params, abort.signal);
    } catch (thrown) {
      throw toResponseError(this.#toError(method, thrown, abort.signal));
    } finally {
      this.#inFlight -= 1;
      cancelling.dispose();
      this.#ended.signal.removeEventListener('abort', onEnd);
    }
  }

  #carryOut(method: string, params: unknown, signal: AbortSignal): Promise<unknown> | HelloResult | null {
    if (method === SESSION.hello) return this.#hello(params);
    if (!this.#greeted) throw new CairnError('invalid-request', `Say ${SESSION.hello} first.`);
    if (method === SESSION.subscribe) return this.#subscribe(params);
    if (method === SESSION.unsubscribe) return this.#unsubscribe(params);
    return this.#context.dispatch(method, params, this.#who, signal);
  }

  #hello(params: unknown): HelloResult {
    const { versions, client } = parse(HelloSchema, params);
    if (!versions.includes(PROTOCOL_VERSION)) {
      const offered = versions.join(', ');
      throw new CairnError(
        'protocol-unsupported',
        `This agent speaks version ${String(PROTOCOL_VERSION)} of the protocol; ${client} offered ${offered}.`,
      );
    }
    this.#greeted = true;
    clearTimeout(this.#hurry);
    this.#context.logger.info('client connected', { client, by: this.#who.id });
    return { version: PROTOCOL_VERSION, ...this.#context.hello };
  }

  async #subscribe(params: unknown): Promise<SubscribeResult> {
    const { uri, since } = parse(SubscribeSchema, params);
    if (!this.#followed.has(uri) && this.#followed.size >= LIMITS.subscriptions)
      throw toLimit(`${String(LIMITS.subscriptions)} subscriptions are open`);
    const sink = this.#followed.get(uri) ?? ((actions) => this.#outbox.send(actions));
    this.#followed.set(uri, sink);
    this.#outbox.forget(uri);
    try {
      const result = await this.#context.hub.subscribe(uri, since, this.#who, sink);
      if (this.#ended.signal.aborted || this.#followed.get(uri) !== sink) this.#context.hub.unsubscribe(sink);
      return result;
    } catch (thrown) {
      this.#unfollow(uri);
      throw thrown;
    }
  }

  #unsubscribe(params: unknown): null {
    this.#unfollow(parse(UnsubscribeSchema, params).uri);
    return null;
  }

  #unfollow(uri: string): void {
    const sink = this.#followed.get(uri);
    this.#followed.delete(uri);
    this.#outbox.forget(uri);
    if (sink !== undefined) this.#context.hub.unsubscribe(sink);
  }

  #end(): void {
    for (const uri of [...this.#followed.keys()]) this.#unfollow(uri);
    this.#ended.abort();
  }

  #toError(method: string, thrown: unknown, signal: AbortSignal): CairnError {
    if (signal.aborted) return new CairnError('cancelled', 'Cancelled.');
    const error = toCairnError(thrown);
    const { logger } = this.#context;
    if (error.code === 'internal')
      logger.error('operation failed', { method, stack: thrown instanceof Error ? thrown.stack : String(thrown) });
    else if (error.code === 'denied') logger.warn('operation denied', { method, by: this.#who.id, reason: error.message });
    else logger.debug('operation refused', { method, code: error.code });
    return error;
  }
}

function parse<T>(schema: z.ZodType<T>, params: unknown): T {
  const checked = schema.safeParse(params);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new CairnError('invalid-request', `"${(issue?.path ?? []).map(String).join('.')}": ${issue?.message ?? 'not valid'}`);
}

function toLimit(what: string): CairnError {
  return new CairnError('limit-exceeded', `${what} already.`, { next: 'Wait for answers, or end what is not needed.' });
}

function toResponseError(error: CairnError): ResponseError<ErrorData> {
  return new ResponseError(error.code === 'cancelled' ? REQUEST_CANCELLED : EXPECTED_FAILURE, error.message, {
    code: error.code,
    next: error.next,
  });
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && Reflect.get(value, 'jsonrpc') === '2.0';
}

/** The id of a refused request, so that its sender learns which it was; `null` when it cannot be told. */
function readId(text: string): string | number | null {
  const id = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15}|"[\w-]{1,64}")\s*[,}]/.exec(text)?.[1];
  if (id === undefined) return null;
  return id.startsWith('"') ? id.slice(1, -1) : Number(id);
}
