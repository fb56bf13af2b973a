import { closeSync, existsSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Where the writing of a file has got to: the event of its last line, and which of the lines that this event makes (-1 = all of them). */
export interface FilePlace {
  readonly position: number;
  readonly part: number;
}

const START: FilePlace = { position: 0, part: -1 };
/** bytes that are read at once from the end */
const CHUNK = 65_536;

/**
 * Lines of JSON that are only ever added to. Its last line says where it has got to, so that nothing beside it has to be kept in step:
 * whatever a crash leaves behind its last whole line is cut off when it is opened, and written again.
 */
export class LineageFile {
  readonly #descriptor: number;
  readonly place: FilePlace;

  /** Makes the file, or takes it up. `readPlace` answers `undefined` for a line that is not ours. Throws what the file system throws. */
  constructor(path: string, readPlace: (line: string) => FilePlace | undefined) {
    if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#descriptor = openSync(path, 'a+', 0o600);
    this.place = this.#takeUp(readPlace);
  }

  append(lines: readonly string[]): void {
    let rest = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    while (rest.length > 0) rest = rest.subarray(writeSync(this.#descriptor, rest));
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #takeUp(readPlace: (line: string) => FilePlace | undefined): FilePlace {
    let end = fstatSync(this.#descriptor).size;
    while (end > 0) {
      const { line, start } = this.#lineBefore(end);
      const place = line.endsWith('\n') ? readPlace(line) : undefined;
      if (place !== undefined) return place;
      // Half a line, or what a power failure made of one.
      ftruncateSync(this.#descriptor, start);
      end = start;
    }
    return START;
  }

  /** The last line that ends at `end`, with its own end if it has one. */
  #lineBefore(end: number): { readonly line: string; readonly start: number } {
    let bytes = Buffer.alloc(0);
    let start = end;
    while (start > 0) {
      const from = Math.max(0, start - CHUNK);
      const piece = Buffer.alloc(start - from);
      readSync(this.#descriptor, piece, 0, piece.length, from);
      bytes = Buffer.concat([piece, bytes]);
      start = from;
      const before = bytes.lastIndexOf(10, bytes.length - 2);
      if (bytes.length > 1 && before >= 0) return { line: bytes.subarray(before + 1).toString('utf8'), start: start + before + 1 };
    }
    return { line: bytes.toString('utf8'), start: 0 };
  }
}
