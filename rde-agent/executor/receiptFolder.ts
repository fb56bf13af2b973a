import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { toCanonicalJson } from '../../language/model/json.ts';
import type { Digest } from '../../language/model/names.ts';
import type { Hash } from '../engine/hash.ts';
import type { Missing } from '../protocol/comparisons.ts';
import { CairnError } from '../protocol/errors.ts';
import { Receipt } from '../protocol/receipt.ts';
import type { BlobStore } from '../store/store.ts';
import { toMade, type MadeReceipt } from './receipts.ts';

/** bytes of a receipt that is read */
const LARGEST = 256 * 1024 ** 2;
const FILE = 'receipt.json';
const BLOBS = 'blobs';

export interface WrittenReceipt {
  readonly bytes: number;
  readonly blobs: number;
  readonly missing: readonly Missing[];
}

/**
 * Writes `receipt.json` and `blobs/<digest>` into a folder, which is made. What is there already stays; the receipt is written last, so one that is
 * there is whole but for what `missing` names. Rejects with `already-exists` when the folder holds the receipt of another run.
 */
export async function writeReceipt(folder: string, made: MadeReceipt, store: BlobStore): Promise<WrittenReceipt> {
  assertAbsolute(folder);
  const present = await readIfThere(join(folder, FILE));
  if (present !== undefined && !Buffer.from(made.bytes).equals(present)) {
    throw new CairnError('already-exists', `${folder} holds the receipt of another run`, { next: 'Name another folder.' });
  }
  await mkdir(join(folder, BLOBS), { recursive: true });
  const missing: Missing[] = [];
  let bytes = 0;
  for (const digest of made.receipt.blobs) {
    const size = (await store.verify(digest)) ? store.size(digest) : undefined;
    if (size === undefined) missing.push(toMissingBlob(digest));
    else await place(join(folder, BLOBS, digest), (path) => copyBlob(store, digest, path));
    bytes += size ?? 0;
  }
  await place(join(folder, FILE), (path) => writeFile(path, made.bytes, { flag: 'wx' }));
  return { bytes, blobs: made.receipt.blobs.length - missing.length, missing };
}

/** What a receipt names and the store does not have. */
export async function measureReceipt({ receipt }: MadeReceipt, store: BlobStore): Promise<WrittenReceipt> {
  const sizes = receipt.blobs.map((digest) => store.size(digest));
  const missing = receipt.blobs.filter((_, index) => sizes[index] === undefined).map(toMissingBlob);
  return {
    bytes: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
    blobs: receipt.blobs.length - missing.length,
    missing,
  };
}

/** A receipt that was written into a folder. Rejects with `invalid-request` when there is none, or it is not one. */
export async function readReceipt(folder: string, hash: Hash): Promise<MadeReceipt> {
  assertAbsolute(folder);
  const path = join(folder, FILE);
  const size = (await stat(path).catch(() => undefined))?.size;
  if (size === undefined) {
    throw new CairnError('invalid-request', `${folder} has no ${FILE}`, {
      next: 'Name a folder that `cairn receipt RUN --out FOLDER` has written.',
    });
  }
  if (size > LARGEST) throw new CairnError('limit-exceeded', `${path} has ${size} bytes; a receipt has at most ${LARGEST}`);
  return parseReceipt(await readFile(path), path, hash);
}

/** Throws `invalid-request`. */
export function parseReceipt(bytes: Uint8Array, what: string, hash: Hash): MadeReceipt {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new CairnError('invalid-request', `${what} is not JSON`, { cause: error });
  }
  const parsed = Receipt.safeParse(value);
  if (!parsed.success) throw new CairnError('invalid-request', `${what} is not a receipt: ${z.prettifyError(parsed.error)}`);
  // What a newer agent has written beside what is known here is part of it.
  return { ...toMade(parsed.data, hash), ...toBytes(value, hash) };
}

function toBytes(value: unknown, hash: Hash): Pick<MadeReceipt, 'bytes' | 'digest'> {
  const bytes = new TextEncoder().encode(toCanonicalJson(value));
  return { bytes, digest: hash(bytes) };
}

/** Takes the blobs over that a receipt names and the store does not have. What the folder does not have either is left out, and so is what is damaged. */
export async function takeBlobs(folder: string, { receipt }: MadeReceipt, store: BlobStore, scratch: string): Promise<void> {
  for (const digest of receipt.blobs) {
    if (store.has(digest)) continue;
    const copy = join(scratch, randomUUID());
    try {
      await copyFile(join(folder, BLOBS, digest), copy);
      await store.adopt(copy, digest);
    } catch (error) {
      // Whoever needs it is told that it is missing.
      if (!isAbsent(error) && !(error instanceof CairnError && error.code === 'invalid-request')) throw error;
    } finally {
      await rm(copy, { force: true });
    }
  }
}

export function toMissingBlob(digest: Digest): Missing {
  return { kind: 'blob', name: digest, message: `the content ${digest} is not here` };
}

/** Under its name only when it is whole. */
async function place(path: string, make: (path: string) => Promise<void>): Promise<void> {
  if ((await stat(path).catch(() => undefined)) !== undefined) return;
  const draft = `${path}.${randomUUID()}.part`;
  try {
    await make(draft);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

async function copyBlob(store: BlobStore, digest: Digest, path: string): Promise<void> {
  await copyFile(await store.toPath(digest), path);
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw new CairnError('invalid-request', `${path} cannot be read`, { cause: error });
  }
}

function assertAbsolute(folder: string): void {
  if (!isAbsolute(folder)) throw new CairnError('invalid-request', `${folder} is not an absolute path`);
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
