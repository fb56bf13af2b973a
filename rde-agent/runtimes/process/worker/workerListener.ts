import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from '../../../protocol/logger.ts';
import { FromWorker } from '../../../protocol/runner.ts';

export type StreamName = 'control' | 'out' | 'err';

export interface Greeting {
  readonly stream: StreamName;
  readonly pid: number;
}

/** Somebody who waits for a worker; `false` = this stream is already there, so the connection is refused. */
export type Expecting = (greeting: Greeting, socket: Socket, rest: Buffer) => boolean;

const HELLO_BYTES = 4096;
const HELLO_MILLISECONDS = 10_000;

/** The one unix socket to which workers connect. A connection that does not begin with a known token is closed. */
export class WorkerListener {
  private readonly logger: Logger;
  private readonly server: Server;
  private readonly expected = new Map<string, Expecting>();
  private readonly sockets = new Set<Socket>();

  constructor(logger: Logger) {
    this.logger = logger;
    this.server = createServer((socket) => this.greet(socket));
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ path, backlog: 512 }, () => {
        this.server.off('error', reject);
        this.server.on('error', (error) => this.logger.error('the socket for workers failed', { error: error.message }));
        resolve();
      });
    });
  }

  expect(token: string, expecting: Expecting): void {
    this.expected.set(token, expecting);
  }

  forget(token: string): void {
    this.expected.delete(token);
  }

  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => {
      this.server.close(() => resolve());
    });
  }

  private greet(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    // Without a listener an error of a socket would end the agent; the close that follows it is what is acted on.
    socket.on('error', (error) => this.logger.debug('the connection of a worker failed', { error: error.message }));
    const timer = setTimeout(() => socket.destroy(), HELLO_MILLISECONDS);
    socket.once('close', () => clearTimeout(timer));
    let begun: Buffer = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      begun = begun.length === 0 ? chunk : Buffer.concat([begun, chunk]);
      const end = begun.indexOf(10);
      if (end === -1 && begun.length <= HELLO_BYTES) return;
      socket.off('data', read);
      clearTimeout(timer);
      if (end === -1 || !this.admit(begun.subarray(0, end), socket, begun.subarray(end + 1))) this.refuse(socket);
    };
    socket.on('data', read);
  }

  private admit(line: Buffer, socket: Socket, rest: Buffer): boolean {
    const hello = parseHello(line.toString('utf8'));
    if (hello === undefined) return false;
    return this.expected.get(hello.token)?.({ stream: hello.stream, pid: hello.pid }, socket, rest) ?? false;
  }

  private refuse(socket: Socket): void {
    this.logger.warn('a connection to the socket for workers was refused');
    socket.destroy();
  }
}

function parseHello(line: string): { readonly token: string; readonly stream: StreamName; readonly pid: number } | undefined {
  const message = FromWorker.safeParse(parseJson(line));
  return message.success && message.data.method === 'hello' ? message.data.params : undefined;
}

/** Text of another process as JSON; `undefined`, which no message is, where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Validation refuses `undefined`, and that is where nonsense is answered.
    return undefined;
  }
}
