import { PassThrough, type Readable } from 'node:stream';
import pg from 'pg';

interface CopyData {
  readonly chunk: Buffer;
}
interface CopyConnection {
  readonly stream: { pause(): void; resume(): void };
}

/** The bytes that one `COPY … TO STDOUT` sends, with back-pressure to the server. Several statements in the text are refused by the server. */
export function copyOut(client: pg.Client, text: string): Readable {
  const content = new PassThrough();
  const query = new CopyQuery(text, content);
  query.on('end', () => {
    content.end();
    query.release();
  });
  query.on('error', (error: Error) => {
    content.destroy(error);
    query.release();
  });
  client.query(query);
  return content;
}

class CopyQuery extends pg.Query {
  readonly #content: PassThrough;
  #paused: CopyConnection['stream'] | undefined;

  constructor(text: string, content: PassThrough) {
    // The extended protocol takes one statement only.
    const config = { text, queryMode: 'extended' };
    super(config);
    this.#content = content;
  }

  /** Called by the client with every piece. */
  handleCopyData({ chunk }: CopyData, { stream }: CopyConnection): void {
    if (this.#content.destroyed) return;
    // The driver's buffer is used again for what comes next.
    if (this.#content.write(Buffer.from(chunk)) || this.#paused !== undefined) return;
    // What has arrived already still comes, so that this is asked for again while it waits.
    this.#paused = stream;
    stream.pause();
    this.#content.once('drain', () => this.release());
  }

  /** Reads on. A stream that was told its end drains without saying so, and the answers to what is asked next would wait for ever. */
  release(): void {
    this.#paused?.resume();
    this.#paused = undefined;
  }
}
