import { request, type IncomingMessage } from 'node:http';
import { WebSocket, type ClientOptions } from 'ws';
import { readKey, toAuthorization } from '../../rde-agent/client/credentials.ts';
import { fetchNonce } from '../../rde-agent/client/nonce.ts';
import { PROTOCOL_VERSION, SESSION, SUBPROTOCOL } from '../../rde-agent/protocol/wire.ts';
import type { TestAgent } from './agent.ts';

export interface RawMessage {
  readonly id?: number | string | null;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly code: string; readonly next: string } };
  readonly method?: string;
  readonly params?: unknown;
}

/** A socket without our client, for what our client would never send. */
export class RawSocket {
  readonly socket: WebSocket;
  readonly messages: RawMessage[] = [];
  #waiting: (() => void)[] = [];
  #nextId = 1;
  closed: { readonly code: number } | undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.messages.push(JSON.parse((data as Buffer).toString('utf8')) as RawMessage);
      this.#wake();
    });
    socket.on('close', (code) => {
      this.closed = { code };
      this.#wake();
    });
    socket.on('error', () => undefined);
  }

  /** An authenticated socket; `greet: false` = without hello. */
  static async open(agent: TestAgent, options: { greet?: boolean } = {}): Promise<RawSocket> {
    const opened = await dial(agent, { headers: { authorization: await authorize(agent) } });
    if (opened.kind === 'refused') throw new Error(`refused with ${String(opened.status)}`);
    const raw = new RawSocket(opened.socket);
    if (options.greet !== false) await raw.ask(SESSION.hello, { versions: [PROTOCOL_VERSION], client: 'test' });
    return raw;
  }

  /** Sends a request and answers what came back for it. */
  async ask(method: string, params: unknown): Promise<RawMessage> {
    const id = `q${String(this.#nextId++)}`;
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return await this.find((message) => message.id === id);
  }

  /** The first message that fits, now or later. Rejects when the socket closes without one. */
  async find(fits: (message: RawMessage) => boolean): Promise<RawMessage> {
    for (;;) {
      const found = this.messages.find(fits);
      if (found !== undefined) return found;
      if (this.closed !== undefined) throw new Error(`closed with ${String(this.closed.code)}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async whenClosed(): Promise<number> {
    while (this.closed === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.closed.code;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** A fresh proof for one request. */
export async function authorize(agent: TestAgent): Promise<string> {
  return toAuthorization(readKey(agent.stateFolder), await fetchNonce(agent.port), agent.port);
}

export type Dialled =
  { readonly kind: 'open'; readonly socket: WebSocket } | { readonly kind: 'refused'; readonly status: number; readonly body: string };

export function dial(agent: TestAgent, options: ClientOptions = {}, protocols: string[] = [SUBPROTOCOL]): Promise<Dialled> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${String(agent.port)}/`, protocols, { perMessageDeflate: false, ...options });
    socket.once('open', () => resolve({ kind: 'open', socket }));
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      void readBody(response).then((body) => resolve({ kind: 'refused', status: response.statusCode ?? 0, body }));
    });
  });
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** One HTTP request, byte for byte as asked: the path is not normalised. */
export function ask(
  agent: TestAgent,
  method: string,
  path: string,
  options: { headers?: { [name: string]: string }; body?: Buffer } = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: agent.port, method, path, headers: options.headers ?? {}, agent: false },
      (response) => {
        void readBody(response).then((body) => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
