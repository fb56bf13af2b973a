import { statSync } from 'node:fs';
import path from 'node:path';
import type { FileIndex } from '../fileIndex.ts';
import { joinPath, splitPath } from '../folderNode.ts';

/** Installed packages are no part of the tree and nobody watches them; an installer leaves these with another time. */
const TRACES = ['node_modules', 'node_modules/.package-lock.json', 'node_modules/.modules.yaml', 'node_modules/.yarn-state.yml'];
const MANIFEST = 'package.json';

/** A change of one may be a new place of packages. */
export function isPackageManifest(file: string): boolean {
  return splitPath(file)[1] === MANIFEST;
}

/** Tells by stats whether packages were installed since: for one moment, in which each folder is looked at once. */
export class InstallStamps {
  readonly #index: FileIndex;
  readonly #known = new Map<string, string>();
  readonly #seen = new Map<string, string>();

  constructor(index: FileIndex) {
    this.#index = index;
  }

  /** of the packages that code in this folder finds: those of the root, and of folders on the way that have a `package.json` */
  toStamp(folder: string): string {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const stamp = folder === '' ? this.#look('') : this.#below(folder);
    this.#known.set(folder, stamp);
    return stamp;
  }

  /** of one file or folder by its path relative to the root; `-` = not there */
  toFileStamp(file: string): string {
    const known = this.#seen.get(file);
    if (known !== undefined) return known;
    const stats = statSync(path.join(this.#index.root, file), { bigint: true, throwIfNoEntry: false });
    const stamp = stats === undefined ? '-' : `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
    this.#seen.set(file, stamp);
    return stamp;
  }

  /** Every file and folder that was looked at, with its stamp. */
  get seen(): ReadonlyMap<string, string> {
    return this.#seen;
  }

  #below(folder: string): string {
    const above = this.toStamp(folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '');
    return this.#index.folder(folder)?.files.has(MANIFEST) === true ? `${above}\n${this.#look(folder)}` : above;
  }

  #look(folder: string): string {
    return TRACES.map((trace) => this.toFileStamp(joinPath(folder, trace))).join(' ');
  }
}
