import { closeSync, constants, fstatSync, openSync, readSync, readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Digest } from '../../language/model/names.ts';
import { createDigester, toDigest } from './digest.ts';
import { type FileStat, toFileStat } from './fileStat.ts';

/** bytes; content up to this size is handed on, so that nothing reads the file a second time */
export const KEPT_BYTES = 262_144;
const CHUNK = 1_048_576;
const ATTEMPTS = 3;

export type ReadResult =
  | { readonly kind: 'read'; readonly digest: Digest; readonly stat: FileStat; readonly bytes: Uint8Array | undefined }
  | { readonly kind: 'gone' }
  /** The file changed while it was read, each time: read it again a little later. */
  | { readonly kind: 'torn' }
  /** Not an ordinary file inside the root, or not readable. */
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Reads and hashes a file that stays inside `root`: the last part of the path is never followed as a link, and the file that was
 * opened must lie where its path says (a folder on the way may have been swapped for a link meanwhile). Yields between
 * chunks of a big file. The digest belongs to one state of the file: its stat is equal before and after.
 */
export function* readStable(root: string, file: string): Generator<void, ReadResult> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const result = yield* readOnce(root, file);
    if (result.kind !== 'torn') return result;
  }
  return { kind: 'torn' };
}

function* readOnce(root: string, file: string): Generator<void, ReadResult> {
  const absolute = path.join(root, file);
  const opened = open(absolute);
  if (typeof opened !== 'number') return opened;
  try {
    const before = fstatSync(opened, { bigint: true });
    if (!before.isFile()) return { kind: 'refused', why: 'it is not an ordinary file' };
    if (!isAt(opened, absolute)) return { kind: 'refused', why: 'a folder on the way to it is a symbolic link' };
    const content = yield* readAll(opened, Number(before.size));
    const after = fstatSync(opened, { bigint: true });
    if (before.mtimeNs !== after.mtimeNs || before.size !== after.size || content.length !== Number(after.size)) return { kind: 'torn' };
    return { kind: 'read', digest: content.digest, bytes: content.bytes, stat: toFileStat(after) };
  } finally {
    closeSync(opened);
  }
}

function open(absolute: string): number | ReadResult {
  try {
    return openSync(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    switch (toSystemCode(error)) {
      case 'ENOENT':
      case 'ENOTDIR':
        return { kind: 'gone' };
      case 'ELOOP':
        return { kind: 'refused', why: 'it is a symbolic link' };
      case 'EACCES':
      case 'EPERM':
        return { kind: 'refused', why: 'it may not be read' };
      case 'ENXIO':
        return { kind: 'refused', why: 'it is not an ordinary file' };
      default:
        throw error;
    }
  }
}

/** Code of a system call's error, such as `ENOENT`; empty for anything else. */
export function toSystemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isAt(descriptor: number, absolute: string): boolean {
  if (process.platform !== 'linux') return realpathSync(path.dirname(absolute)) === path.dirname(absolute);
  const real = readlinkSync(`/proc/self/fd/${descriptor}`);
  return real === absolute || real === `${absolute} (deleted)`;
}

interface Content {
  readonly length: number;
  readonly digest: Digest;
  readonly bytes: Uint8Array | undefined;
}

function* readAll(descriptor: number, size: number): Generator<void, Content> {
  if (size > KEPT_BYTES) return yield* readBig(descriptor);
  // One byte more than expected: a file that grew meanwhile is seen.
  const buffer = Buffer.allocUnsafe(size + 1);
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    length += count;
    if (count === 0 || length === buffer.length) break;
  }
  const bytes = new Uint8Array(buffer.subarray(0, length));
  return { length, digest: toDigest(bytes), bytes };
}

function* readBig(descriptor: number): Generator<void, Content> {
  const digester = createDigester();
  const buffer = Buffer.allocUnsafe(CHUNK);
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, 0, CHUNK, null);
    if (count === 0) return { length, digest: digester.end(), bytes: undefined };
    digester.update(buffer.subarray(0, count));
    length += count;
    yield;
  }
}
