import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc/node';
import type { RawData, WebSocket } from 'ws';

/** Turns a frame's text into a message; `undefined` = it was answered already and goes no further. */
export type ParseFrame = (text: string) => Message | undefined;

/** JSON-RPC messages out of the text frames of a WebSocket, one each. Binary frames are not part of the protocol: they close the socket. */
export class SocketReader extends AbstractMessageReader implements MessageReader {
  readonly #socket: WebSocket;
  readonly #parse: ParseFrame;

  constructor(socket: WebSocket, parse: ParseFrame) {
    super();
    this.#socket = socket;
    this.#parse = parse;
    socket.on('close', () => this.fireClose());
    socket.on('error', (error) => this.fireError(error));
  }

  listen(callback: DataCallback): Disposable {
    const onMessage = (data: RawData, isBinary: boolean): void => {
      if (isBinary) return this.#socket.close(1003, 'text frames only');
      const message = this.#parse(toText(data));
      if (message !== undefined) callback(message);
    };
    this.#socket.on('message', onMessage);
    return { dispose: () => void this.#socket.off('message', onMessage) };
  }
}

/** JSON-RPC messages into text frames. Writing never waits: the socket's own buffer is watched by whoever sends much. */
export class SocketWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
  }

  write(message: Message): Promise<void> {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
    return Promise.resolve();
  }

  end(): void {
    this.#socket.close(1000);
  }
}

function toText(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data).toString('utf8');
}
