import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CairnError } from '../../protocol/errors.ts';
import type { NewFiles } from './writeFiles.ts';

/** The files of an example that came with this agent, by path. Rejects with `not-supported` where it came without. */
export function readExample(folder: string | undefined, name: string): NewFiles {
  const root = folder === undefined ? undefined : path.join(folder, name);
  try {
    if (root !== undefined) return new Map(listFiles(root, '').map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  throw new CairnError('not-supported', `this agent came without the example ${name}`, {
    next: 'Leave `example` out: a workspace that runs is made without one, too.',
  });
}

/** Hidden files, and what Python leaves behind, are no part of an example. */
function listFiles(root: string, below: string): readonly string[] {
  return readdirSync(path.join(root, below), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== '__pycache__')
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const file = below === '' ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? listFiles(root, file) : [file];
    });
}
