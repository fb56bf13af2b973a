import { existsSync, lstatSync, mkdirSync, realpathSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CairnError } from '../../protocol/errors.ts';
import type { CreatedDocument } from '../../protocol/documents.ts';

/** Texts by path relative to the root. */
export type NewFiles = ReadonlyMap<string, string>;

/**
 * Creates files, all or none. Never overwrites: rejects with `already-exists` naming the first file that is there, and with
 * `invalid-request` where a folder on the way leads out of the root. With `preview` nothing is written and the texts are answered.
 */
export function createFiles(root: string, files: NewFiles, preview: boolean): CreatedDocument {
  for (const file of files.keys()) refuse(root, file);
  const created = [...files.keys()];
  if (preview) return { v: 1, created, contents: Object.fromEntries(files) };
  const undo: (() => void)[] = [];
  try {
    for (const [file, text] of files) createFile(root, file, text, undo);
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
  return { v: 1, created };
}

function refuse(root: string, file: string): void {
  const absolute = path.join(root, file);
  if (lstatSync(absolute, { throwIfNoEntry: false }) !== undefined) throw new CairnError('already-exists', `${file} is already there`);
  let folder = path.dirname(absolute);
  while (!existsSync(folder)) folder = path.dirname(folder);
  const real = realpathSync(folder);
  const inside = root === real || real.startsWith(`${root}${path.sep}`);
  if (!inside || !lstatSync(real).isDirectory()) throw new CairnError('invalid-request', `${file} would be written outside the workspace`);
}

function createFile(root: string, file: string, text: string, undo: (() => void)[]): void {
  const absolute = path.join(root, file);
  createFolders(path.dirname(absolute), undo);
  // 'wx' fails on a file that came in between: nothing is ever overwritten.
  writeFileSync(absolute, text, { flag: 'wx' });
  undo.push(() => unlinkSync(absolute));
}

function createFolders(folder: string, undo: (() => void)[]): void {
  if (existsSync(folder)) return;
  createFolders(path.dirname(folder), undo);
  mkdirSync(folder);
  undo.push(() => rmdirSync(folder));
}
