import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import type { Json } from '../../language/model/json.ts';
import type { Foreach } from '../../language/model/workflow.ts';
import { toExpansion } from '../engine/elements.ts';
import type { OutputRecord } from '../protocol/runEvents.ts';
import type { BlobCache } from './blobCache.ts';

/** the most elements of one fan-out */
export const MOST_ELEMENTS = 10_000;

/** An output cannot be fanned out over, or has too many elements: the message is for the user. */
export class FanOutProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FanOutProblem';
  }
}

/**
 * Elements of an output: items of a JSON list, or rows of a table as objects. Timestamps become RFC 3339 texts, dates `2013-01-31`, integers beyond
 * 2^53 texts. Rejects with FanOutProblem, and with `unknown-blob` where the content is gone.
 */
export async function readElements(output: OutputRecord, what: string, blobs: BlobCache): Promise<readonly Json[]> {
  const bytes = await blobs.read(output.digest);
  if (bytes === undefined) throw new FanOutProblem(`the content of ${what} is not in the store any more`);
  if (output.format === 'json') return readList(bytes, what);
  if (output.format === 'parquet') return readRows(bytes, what);
  throw new FanOutProblem(`${what} is a ${output.type}: a fan-out needs a list (json) or a table`);
}

/** The elements of all names together, literals included; the content of `step.expanded`. Throws FanOutProblem. */
export function expand(
  step: string,
  foreach: Foreach,
  found: { readonly [name: string]: readonly Json[] },
): ReturnType<typeof toExpansion> {
  const lengths = foreach.names.map((name) => (found[name] ?? foreach.values[name] ?? []).length);
  const count = foreach.product === true ? lengths.reduce((product, length) => product * length, 1) : Math.max(0, ...lengths);
  assertSize(count, `the fan-out of ${step}`);
  try {
    return toExpansion(foreach, found);
  } catch (error) {
    throw new FanOutProblem(error instanceof Error ? error.message : String(error));
  }
}

function readList(bytes: Uint8Array, what: string): readonly Json[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new FanOutProblem(`${what} is not JSON`);
  }
  if (!Array.isArray(value)) throw new FanOutProblem(`${what} is not a list`);
  assertSize(value.length, what);
  return value as readonly Json[];
}

async function readRows(bytes: Uint8Array, what: string): Promise<readonly Json[]> {
  // Exactly these bytes: what lies around them in a shared buffer is not the file.
  const file = new Uint8Array(bytes).buffer;
  try {
    const metadata = parquetMetadata(file);
    assertSize(Number(metadata.num_rows), what);
    const rows = await parquetReadObjects({ file, metadata, compressors: COMPRESSORS, parsers: PARSERS, utf8: false });
    return rows.map((row) => toJson(row, what));
  } catch (error) {
    if (error instanceof FanOutProblem) throw error;
    throw new FanOutProblem(`the rows of ${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function assertSize(count: number, what: string): void {
  if (count > MOST_ELEMENTS) throw new FanOutProblem(`${what} has ${count} elements; a fan-out has at most ${MOST_ELEMENTS}`);
}

/** Beside Snappy, which the reader has itself. */
const COMPRESSORS = {
  GZIP: (input: Uint8Array): Uint8Array => gunzipSync(input),
  BROTLI: (input: Uint8Array): Uint8Array => brotliDecompressSync(input),
  ZSTD: (input: Uint8Array): Uint8Array => zstdDecompressSync(input),
};

/** Times as texts, without losing what a JavaScript date cannot hold. */
const PARSERS = {
  timestampFromMilliseconds: (value: bigint | null | undefined): string | null => toTime(value, 3),
  timestampFromMicroseconds: (value: bigint | null | undefined): string | null => toTime(value, 6),
  timestampFromNanoseconds: (value: bigint | null | undefined): string | null => toTime(value, 9),
  dateFromDays: (days: number | null | undefined): string | null =>
    days === null || days === undefined ? null : new Date(days * 86_400_000).toISOString().slice(0, 10),
};

function toTime(value: bigint | null | undefined, digits: 3 | 6 | 9): string | null {
  if (value === null || value === undefined) return null;
  const unit = 10n ** BigInt(digits);
  const fraction = ((BigInt(value) % unit) + unit) % unit;
  const seconds = (BigInt(value) - fraction) / unit;
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -'.000Z'.length);
  return fraction === 0n ? `${whole}Z` : `${whole}.${fraction.toString().padStart(digits, '0')}Z`;
}

function toJson(value: unknown, what: string): Json {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new FanOutProblem(`${what} holds ${value}, which is no JSON value`);
      return value;
    case 'bigint':
      return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
    default:
      return toJsonObject(value, what);
  }
}

function toJsonObject(value: object, what: string): Json {
  if (ArrayBuffer.isView(value)) throw new FanOutProblem(`${what} has a column of bytes, which is no JSON value`);
  if (Array.isArray(value)) return value.map((item: unknown) => toJson(item, what));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toJson(item, what)]));
}
