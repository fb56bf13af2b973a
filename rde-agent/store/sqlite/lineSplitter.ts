import { StringDecoder } from 'node:string_decoder';

/** characters; a longer line is cut into lines of this length, so that no reader has to hold an endless one */
const LONGEST = 65_536;

/** Bytes of one stream into lines of text. Bytes that are not UTF-8 become U+FFFD; `\r\n` ends a line like `\n`. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  push(chunk: Uint8Array): readonly string[] {
    const parts = (this.#rest + this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))).split('\n');
    this.#rest = parts.pop() ?? '';
    const lines = parts.flatMap((part) => cut(part.endsWith('\r') ? part.slice(0, -1) : part));
    while (this.#rest.length > LONGEST) {
      lines.push(this.#rest.slice(0, LONGEST));
      this.#rest = this.#rest.slice(LONGEST);
    }
    return lines;
  }

  /** The last line, when it has no end. */
  end(): string | undefined {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    return rest === '' ? undefined : rest;
  }
}

function cut(line: string): readonly string[] {
  if (line.length <= LONGEST) return [line];
  return Array.from({ length: Math.ceil(line.length / LONGEST) }, (_, index) => line.slice(index * LONGEST, (index + 1) * LONGEST));
}
