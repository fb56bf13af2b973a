import type { Digest } from '../../language/model/names.ts';
import { FOLDER_MODE, type TreeEntry } from '../protocol/tree.ts';
import { toDigest } from './digest.ts';
import type { FileStat } from './fileStat.ts';

/** A file of the index. Replaced as a whole when it changes. */
export interface FileNode {
  /** NFC, as the tree has it */
  readonly name: string;
  /** as the disk has it */
  readonly disk: string;
  readonly digest: Digest;
  readonly stat: FileStat;
  /** the stat is trusted: an equal one means equal content */
  readonly settled: boolean;
}

/** Counts work, so that tests can prove how little of it a change costs. */
export interface IndexCounters {
  filesRead: number;
  filesStatted: number;
  foldersRead: number;
  foldersHashed: number;
}

/**
 * A folder of the index: a Merkle tree. A change clears the digests of the folders above it and of no other; folders that
 * hold no file at any depth are not in the tree.
 */
export class FolderNode {
  readonly name: string;
  readonly disk: string;
  /** relative to the root, NFC, `''` = the root */
  readonly path: string;
  readonly parent: FolderNode | undefined;
  readonly files = new Map<string, FileNode>();
  readonly folders = new Map<string, FolderNode>();
  /** lower-case name → name: finds names that differ only in case */
  readonly folded = new Map<string, string>();
  /** number of files at any depth */
  count = 0;
  #digest: Digest | undefined;
  #text: string | undefined;
  #names: string[] | undefined;
  /** it has changed since it was first hashed, so it will be sent: its text is kept */
  #isLively = false;

  constructor(disk: string, parent: FolderNode | undefined) {
    this.disk = disk;
    this.name = disk.normalize('NFC');
    this.parent = parent;
    this.path = parent === undefined ? '' : joinPath(parent.path, this.name);
  }

  setFile(file: FileNode): void {
    if (!this.files.has(file.name)) this.#grow(1);
    this.files.set(file.name, file);
    this.folded.set(file.name.toLowerCase(), file.name);
    this.#touch();
  }

  deleteFile(name: string): void {
    if (!this.files.delete(name)) return;
    this.folded.delete(name.toLowerCase());
    this.#grow(-1);
    this.#touch();
  }

  addFolder(disk: string): FolderNode {
    const folder = new FolderNode(disk, this);
    this.folders.set(folder.name, folder);
    this.folded.set(folder.name.toLowerCase(), folder.name);
    this.#names = undefined;
    return folder;
  }

  /** Puts a remembered file into a folder that is being made again; `restoreDigest` ends that. */
  restoreFile(file: FileNode): void {
    this.files.set(file.name, file);
    this.folded.set(file.name.toLowerCase(), file.name);
  }

  /** Ends the making of a remembered folder, after those inside it. `undefined` = its digest is not known. */
  restoreDigest(digest: Digest | undefined): void {
    this.count = this.files.size;
    for (const folder of this.folders.values()) this.count += folder.count;
    this.#digest = digest;
  }

  /** Names in it that are not among these of the disk. Mostly they are the same, and nothing is made to find that out. */
  namesBeside(disks: readonly string[]): readonly string[] {
    const isSame =
      disks.length === this.files.size + this.folders.size && disks.every((disk) => this.files.has(disk) || this.folders.has(disk));
    if (isSame) return [];
    const seen = new Set(disks.map((disk) => disk.normalize('NFC')));
    return [...this.files.keys(), ...this.folders.keys()].filter((name) => !seen.has(name));
  }

  /** `undefined` = it would have to be made */
  get knownDigest(): Digest | undefined {
    return this.#digest;
  }

  deleteFolder(name: string): void {
    const folder = this.folders.get(name);
    if (folder === undefined) return;
    this.folders.delete(name);
    this.folded.delete(name.toLowerCase());
    this.#grow(-folder.count);
    this.#touch();
  }

  /** The stored form, equal to `toTreeText(entries())`: written from sorted parts, since a folder can have thousands of entries. */
  text(counters: IndexCounters): string {
    this.#text ??= `{"entries":[${this.entries(counters).map(toEntryText).join(',')}],"v":1}`;
    return this.#text;
  }

  digest(counters: IndexCounters): Digest {
    if (this.#digest === undefined) {
      this.#digest = toDigest(this.text(counters));
      // The texts of a big tree are many times its digests: only those that will be asked for stay.
      if (!this.#isLively) this.#text = undefined;
      counters.foldersHashed += 1;
    }
    return this.#digest;
  }

  /** Sorted by name (UTF-16 code units). */
  entries(counters: IndexCounters): readonly TreeEntry[] {
    this.#names ??= [...this.files.keys(), ...this.folders.keys()].sort();
    const entries: TreeEntry[] = [];
    for (const name of this.#names) {
      const file = this.files.get(name);
      const folder = this.folders.get(name);
      if (file !== undefined) entries.push({ name, mode: file.stat.mode, digest: file.digest });
      else if (folder !== undefined && folder.count > 0) entries.push({ name, mode: FOLDER_MODE, digest: folder.digest(counters) });
    }
    return entries;
  }

  #grow(by: number): void {
    // The list of names is of this folder; whether a folder above is empty is asked anew each time.
    this.#names = undefined;
    for (let node: FolderNode | undefined = this; node !== undefined; node = node.parent) node.count += by;
  }

  #touch(): void {
    for (let node: FolderNode | undefined = this; node !== undefined; node = node.parent) {
      node.#isLively ||= node.#digest !== undefined;
      node.#digest = undefined;
      node.#text = undefined;
    }
  }
}

function toEntryText(entry: TreeEntry): string {
  return `[${JSON.stringify(entry.name)},${entry.mode},"${entry.digest}"]`;
}

export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Files at any depth, folder by folder. `skip` names folders (paths) that are left out. */
export function* walkFiles(
  folder: FolderNode,
  skip: ReadonlySet<string> = new Set(),
): Generator<{ readonly path: string; readonly file: FileNode }> {
  for (const file of folder.files.values()) yield { path: joinPath(folder.path, file.name), file };
  for (const child of folder.folders.values()) if (!skip.has(child.path)) yield* walkFiles(child, skip);
}

/** This folder and those below it. */
export function* walkFolders(folder: FolderNode): Generator<FolderNode> {
  yield folder;
  for (const child of folder.folders.values()) yield* walkFolders(child);
}

/** The node at a path, if the index has it. */
export function findFolder(root: FolderNode, path: string): FolderNode | undefined {
  if (path === '') return root;
  let node: FolderNode | undefined = root;
  for (const name of path.split('/')) {
    node = node.folders.get(name);
    if (node === undefined) return undefined;
  }
  return node;
}

/** Folder part and last part of a path. */
export function splitPath(path: string): readonly [folder: string, name: string] {
  const cut = path.lastIndexOf('/');
  return cut < 0 ? ['', path] : [path.slice(0, cut), path.slice(cut + 1)];
}
