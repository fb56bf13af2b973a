import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Digest } from '../../../language/model/names.ts';

const READ_ONLY = 0o444;

export async function toFileDigest(path: string): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  return `sha256:${hash.digest('hex')}`;
}

/** Writes bytes under a temporary name beside `path`, makes them durable where asked, and renames: a half-written file is never seen. */
export async function writeAtomically(path: string, bytes: Uint8Array, durable: boolean): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = toTemporary(path);
  try {
    const file = await open(temporary, 'wx', READ_ONLY);
    try {
      await file.writeFile(bytes);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (durable) await syncFile(dirname(path));
}

/** Moves a file to `path`, durable when resolved. Works across file systems. */
export async function moveDurably(from: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = toTemporary(path);
  try {
    await renameOrCopy(from, temporary);
    await chmod(temporary, READ_ONLY);
    await syncFile(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFile(dirname(path));
}

async function renameOrCopy(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
    await rm(from, { force: true });
  }
}

let made = 0;
function toTemporary(path: string): string {
  made += 1;
  return `${path}.${process.pid}.${made}.part`;
}

/** Works for folders too: then it makes the names in it durable. */
async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
