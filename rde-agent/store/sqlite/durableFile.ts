import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Digest } from '../../../language/model/names.ts';
import type { Faults } from '../../protocol/faults.ts';

const READ_ONLY = 0o444;

export async function toFileDigest(path: string): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  return `sha256:${hash.digest('hex')}`;
}

/** Where a file gets its content before it gets its name. */
export interface Way {
  /** folder of temporary names, on the same file system; it is the caller's alone, who may empty it at start */
  readonly incoming: string;
  readonly faults: Faults | undefined;
}

/** Writes bytes under a temporary name, makes them durable where asked, and renames: a half-written file is never seen. */
export async function writeAtomically(path: string, bytes: Uint8Array, durable: boolean, way: Way): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = await toTemporary(way);
  try {
    const file = await open(temporary, 'wx', READ_ONLY);
    try {
      await file.writeFile(bytes);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    way.faults?.hit('in-blob');
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  way.faults?.hit('after-blob');
  if (durable) await syncFile(dirname(path));
}

/** Moves a file to `path`, durable when resolved. Works across file systems. */
export async function moveDurably(from: string, path: string, way: Way): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = await toTemporary(way);
  try {
    await renameOrCopy(from, temporary);
    await chmod(temporary, READ_ONLY);
    await syncFile(temporary);
    way.faults?.hit('in-blob');
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  way.faults?.hit('after-blob');
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
async function toTemporary({ incoming }: Way): Promise<string> {
  await mkdir(incoming, { recursive: true });
  made += 1;
  return join(incoming, `${process.pid}.${made}`);
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
