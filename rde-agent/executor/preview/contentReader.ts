import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { findPicture } from './figure.ts';
import type { ReaderAnswer, ReaderRequest } from './readerMessages.ts';
import { readTable } from './tableReader.ts';
import { Unreadable } from './unreadable.ts';

/** bytes */
const LARGEST_FIGURE = 8 * 1024 * 1024;
const LARGEST_TEXT = 256 * 1024;
/** JSON up to this size is laid out in lines */
const LARGEST_JSON = 4 * 1024 * 1024;
const MOST_METRICS = 10_000;

/** An output by its bytes. Throws what is wrong with it. */
export async function readContent(request: ReaderRequest): Promise<ReaderAnswer> {
  switch (request.type) {
    case 'table':
      return readTable(request);
    case 'metrics':
      return readMetrics(request.path);
    case 'json':
      return readJson(request.path);
    case 'file':
      return readFile(request);
  }
}

async function readFile(request: ReaderRequest): Promise<ReaderAnswer> {
  const { bytes, size } = readStart(request.path, LARGEST_FIGURE);
  if (bytes.length >= 12 && bytes.toString('latin1', 0, 4) === 'PAR1') return readTable(request);
  const picture = findPicture(bytes);
  if (picture === undefined) return readText(bytes, size);
  if (size > LARGEST_FIGURE)
    throw new Unreadable(`it is a picture of ${String(size)} bytes; a preview shows at most ${String(LARGEST_FIGURE)}`);
  return { kind: 'figure', mime: picture.mime, base64: bytes.toString('base64') };
}

function readText(bytes: Buffer, size: number): ReaderAnswer {
  const text = toText(bytes.subarray(0, LARGEST_TEXT), size > LARGEST_TEXT);
  if (text === undefined) throw new Unreadable('it is neither text nor a picture');
  const laidOut = size <= LARGEST_TEXT ? toLines(text) : undefined;
  if (laidOut !== undefined) return { kind: 'json', ...cut(laidOut) };
  return { kind: 'text', text, cut: size > LARGEST_TEXT };
}

/** UTF-8 without control characters that no text has; `undefined` = it is none. The last character may be cut through. */
function toText(bytes: Buffer, isCut: boolean): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    // Bytes that are no UTF-8: no text that could be shown.
    return undefined;
  }
}

/** Objects and lists only: a number or a word is a text too. */
function toLines(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON, whatever it begins with.
    return undefined;
  }
}

function readJson(path: string): ReaderAnswer {
  const { bytes, size } = readStart(path, LARGEST_JSON);
  const text = toText(bytes, size > bytes.length);
  if (text === undefined) throw new Unreadable('it is no JSON');
  if (size > bytes.length) return { kind: 'json', text: text.slice(0, LARGEST_TEXT), cut: true };
  return { kind: 'json', ...cut(JSON.stringify(JSON.parse(text), null, 2)) };
}

function readMetrics(path: string): ReaderAnswer {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof value !== 'object' || value === null) throw new Unreadable('it holds no metrics');
  const entries = Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return { kind: 'metrics', metrics: Object.fromEntries(entries.slice(0, MOST_METRICS)) };
}

function cut(text: string): { readonly text: string; readonly cut: boolean } {
  return { text: text.slice(0, LARGEST_TEXT), cut: text.length > LARGEST_TEXT };
}

function readStart(path: string, most: number): { readonly bytes: Buffer; readonly size: number } {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, most));
    return { bytes: bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0)), size };
  } finally {
    closeSync(descriptor);
  }
}
