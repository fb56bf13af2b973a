import { statSync } from 'node:fs';
import path from 'node:path';
import { joinPath } from '../folderNode.ts';

/** Installed packages are no part of the tree and nobody watches them; an installer leaves these with another time. */
const TRACES = ['node_modules', 'node_modules/.package-lock.json', 'node_modules/.modules.yaml', 'node_modules/.yarn-state.yml'];

/** Tells by stats whether packages were installed since: for one moment, in which each folder is looked at once. */
export class InstallStamps {
  readonly #root: string;
  readonly #known = new Map<string, string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** of the packages that code in this folder finds: those of the folders above it within the root */
  toStamp(folder: string): string {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const here = TRACES.map((trace) => this.toFileStamp(joinPath(folder, trace))).join(' ');
    const above = folder === '' ? '' : this.toStamp(folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '');
    const stamp = `${above}\n${here}`;
    this.#known.set(folder, stamp);
    return stamp;
  }

  /** of one file or folder by its path relative to the root; `-` = not there */
  toFileStamp(file: string): string {
    const stats = statSync(path.join(this.#root, file), { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? '-' : `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
  }
}
