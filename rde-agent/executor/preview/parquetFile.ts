import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parquetMetadata, parquetRead, parquetSchema } from 'hyparquet';
import { Unreadable } from './unreadable.ts';

type Metadata = ReturnType<typeof parquetMetadata>;
export type SchemaElement = Metadata['schema'][number];

/** bytes: what a footer may have, and a page when it is unpacked */
const LARGEST_FOOTER = 16 * 1024 * 1024;
const LARGEST_PAGE = 256 * 1024 * 1024;
/** columns, counted at the top */
const MOST_COLUMNS = 2000;
/** levels of columns in columns */
const DEEPEST = 32;
const MAGIC = 0x31524150;

export interface ParquetColumn {
  readonly name: string;
  readonly element: SchemaElement;
  readonly isNested: boolean;
}

/** A Parquet file of unknown origin, read by ranges. Whatever is wrong with it throws, and what it could only do by lying about sizes is refused before. */
export class ParquetFile {
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
  readonly #descriptor: number;
  readonly #size: number;
  readonly #metadata: Metadata;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
    this.#size = fstatSync(this.#descriptor).size;
    this.#metadata = parquetMetadata(this.#readFooter(), { geoparquet: false });
    assertSchema(this.#metadata.schema);
    this.rows = toCount(this.#metadata.num_rows, 'rows');
    const groups = this.#metadata.row_groups.reduce((sum, group) => sum + toCount(group.num_rows, 'rows of a group'), 0);
    if (groups !== this.rows) throw new Unreadable('its row groups do not have as many rows as it says');
    this.columns = parquetSchema(this.#metadata).children.map(({ element, children }) => ({
      name: element.name,
      element,
      isNested: children.length > 0 || element.repetition_type === 'REPEATED',
    }));
    const names = new Set(this.columns.map(({ name }) => name));
    if (names.size !== this.columns.length) throw new Unreadable('two of its columns have the same name');
  }

  /** Row groups as ranges of rows. */
  get groups(): readonly { readonly start: number; readonly end: number }[] {
    let end = 0;
    return this.#metadata.row_groups.map(({ num_rows: rows }) => {
      const start = end;
      end += Number(rows);
      return { start, end };
    });
  }

  /** Values of one column, `start` to before `end`, in order; nulls are `null` or `undefined`. Times are the numbers of the file. */
  async read(name: string, start: number, end: number): Promise<readonly unknown[]> {
    const values: unknown[] = [];
    if (end <= start) return values;
    let found = 0;
    await parquetRead({
      file: { byteLength: this.#size, slice: (from, to) => this.#slice(from, to ?? this.#size) },
      metadata: this.#metadata,
      columns: [name],
      rowStart: start,
      rowEnd: end,
      compressors: COMPRESSORS,
      parsers: RAW,
      utf8: false,
      geoparquet: false,
      onChunk: ({ columnData, rowStart }) => {
        const from = Math.max(start, rowStart);
        const to = Math.min(end, rowStart + columnData.length);
        for (let row = from; row < to; row += 1) values[row - start] = columnData[row - rowStart];
        found += Math.max(0, to - from);
      },
    });
    if (found !== end - start) throw new Unreadable(`column ${name} has fewer values than there are rows`);
    return values;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #readFooter(): ArrayBuffer {
    if (this.#size < 12) throw new Unreadable('it is too short for a Parquet file');
    const tail = new DataView(this.#slice(this.#size - 8, this.#size));
    const length = tail.getUint32(0, true);
    if (tail.getUint32(4, true) !== MAGIC) throw new Unreadable('it does not end as a Parquet file does');
    if (length > this.#size - 12) throw new Unreadable('its footer would be larger than the file');
    if (length > LARGEST_FOOTER)
      throw new Unreadable(`its footer has ${String(length)} bytes; a preview reads at most ${String(LARGEST_FOOTER)}`);
    return this.#slice(this.#size - length - 8, this.#size);
  }

  #slice(from: number, to: number): ArrayBuffer {
    if (!(from >= 0 && to >= from && to <= this.#size)) throw new Unreadable('it points outside of itself');
    const bytes = new Uint8Array(to - from);
    let read = 0;
    while (read < bytes.length) {
      const count = readSync(this.#descriptor, bytes, read, bytes.length - read, from + read);
      if (count === 0) throw new Unreadable('it ended while it was read');
      read += count;
    }
    return bytes.buffer;
  }
}

/** Elements are listed depth first, each with the number of its children: it must come out even, and not be deep. */
function assertSchema(schema: readonly SchemaElement[]): void {
  const open: number[] = [];
  schema.forEach(({ num_children: children = 0 }, index) => {
    if (children < 0 || children > schema.length) throw new Unreadable('its schema is not a tree');
    if (index > 0 && open.length === 0) throw new Unreadable('its schema is not a tree');
    const parent = open.length - 1;
    if (parent >= 0) open[parent] = (open[parent] ?? 1) - 1;
    if (children > 0) open.push(children);
    while (open.length > 0 && open.at(-1) === 0) open.pop();
    if (open.length > DEEPEST) throw new Unreadable(`its columns are nested more than ${String(DEEPEST)} deep`);
  });
  const [root] = schema;
  if (open.length > 0 || root === undefined) throw new Unreadable('its schema is not a tree');
  if ((root.num_children ?? 0) > MOST_COLUMNS) throw new Unreadable(`it has more than ${String(MOST_COLUMNS)} columns`);
}

function toCount(value: bigint, what: string): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count) || count < 0) throw new Unreadable(`${what} are not a number that can be`);
  return count;
}

/** What comes out has the size that was said, or nothing comes out. */
const COMPRESSORS = {
  GZIP: (input: Uint8Array, size: number): Uint8Array => gunzipSync(input, toLimit(size)),
  BROTLI: (input: Uint8Array, size: number): Uint8Array => brotliDecompressSync(input, toLimit(size)),
  ZSTD: (input: Uint8Array, size: number): Uint8Array => zstdDecompressSync(input, toLimit(size)),
};

function toLimit(size: number): { readonly maxOutputLength: number } {
  if (size > LARGEST_PAGE)
    throw new Unreadable(`one of its pages has ${String(size)} bytes; a preview unpacks at most ${String(LARGEST_PAGE)}`);
  return { maxOutputLength: Math.max(1, size) };
}

/** Times and days stay what they are in the file: they are made texts where they are shown. */
const RAW = {
  timestampFromMilliseconds: (value: bigint): bigint => value,
  timestampFromMicroseconds: (value: bigint): bigint => value,
  timestampFromNanoseconds: (value: bigint): bigint => value,
  dateFromDays: (days: number): number => days,
};
