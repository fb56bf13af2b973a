import { type BigIntStats, type Dirent, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Digest } from '../../language/model/names.ts';
import { CairnError } from '../protocol/errors.ts';
import type { TreeFile } from '../protocol/pinned.ts';
import { VIRTUALENV_MARK } from './denyList.ts';
import { ChangeJournal } from './changeJournal.ts';
import { ContentCache } from './contentCache.ts';
import { isSameStat, isSettled } from './fileStat.ts';
import { type FileNode, findFolder, FolderNode, type IndexCounters, joinPath, splitPath, walkFiles, walkFolders } from './folderNode.ts';
import { createIgnoreRules, type IgnoreRules, isIgnoreFile, type Verdict } from './ignoreRules.ts';
import { findDiskName, toDiskPath } from './diskNames.ts';
import { type IndexChange, startWork, toChange, type Working } from './indexChange.ts';
import { findNameProblem, type IndexProblem, toCollision } from './indexProblem.ts';
import { readStable, toSystemCode } from './readStable.ts';
import { restoreTree, writeStatCache } from './statCache.ts';
import { runInSlices } from './timeSlices.ts';

export interface FileIndexOptions {
  /** absolute, real path */
  readonly root: string;
  /** where stats are remembered between lives; `undefined` = nowhere */
  readonly cacheFile: string | undefined;
  /** Unix milliseconds */
  readonly now: () => number;
}

/** files of one workspace */
const MAX_FILES = 200_000;

/**
 * The tree of a workspace's files as digests, kept current by `update`. Work is proportional to what changed: one changed file is
 * read once, and only the folders above it are hashed again. Operations run one after another; short ones end before
 * `update` returns its promise.
 */
export class FileIndex {
  readonly root: string;
  readonly counters: IndexCounters = { filesRead: 0, filesStatted: 0, foldersRead: 0, foldersHashed: 0 };
  /** Names and files that can't be part of a tree; a push is refused while one of them is an error. */
  readonly problems = new Map<string, IndexProblem>();
  readonly contents = new ContentCache();
  readonly journal = new ChangeJournal();
  readonly #options: FileIndexOptions;
  readonly #rules: IgnoreRules;
  readonly #top = new FolderNode('', undefined);
  /** Until the end of the first look nodes are remembered ones: an unequal stat makes them unknown. */
  #isFirstLook = true;
  #tail: Promise<unknown> = Promise.resolve();
  #busy = 0;

  constructor(options: FileIndexOptions) {
    this.root = options.root;
    this.#options = options;
    this.#rules = createIgnoreRules(options.root);
  }

  /** Looks at everything. Files with a known, settled stat are not read; the first time they are no change either. */
  scan(): Promise<IndexChange> {
    return this.#run(new Set(), (working) => (this.#isFirstLook ? this.#scanFirst(working) : this.#scanFolder(this.#top, working)));
  }

  /**
   * Looks at the named files and folders again (relative paths; ones that are not there are removed). `believed`: those of them
   * whose emptiness is real and not the first half of a save.
   */
  update(paths: readonly string[], believed: readonly string[] = []): Promise<IndexChange> {
    return this.#run(new Set(believed), (working) => this.#updateAll(paths, working));
  }

  /** Resolves when the operations that are under way have ended. */
  async idle(): Promise<void> {
    await this.#tail;
  }

  tree(): Digest {
    return this.#top.digest(this.counters);
  }

  /** number of files */
  get size(): number {
    return this.#top.count;
  }

  folder(folder: string): FolderNode | undefined {
    return findFolder(this.#top, folder);
  }

  file(file: string): TreeFile | undefined {
    const [folder, name] = splitPath(file);
    const node = this.folder(folder)?.files.get(name);
    return node === undefined ? undefined : toTreeFile(file, node);
  }

  has(file: string): boolean {
    const [folder, name] = splitPath(file);
    return this.folder(folder)?.files.has(name) === true;
  }

  *paths(): Generator<string> {
    for (const { path: at } of walkFiles(this.#top)) yield at;
  }

  *folders(): Generator<FolderNode> {
    yield* walkFolders(this.#top);
  }

  /** Whether a path is left out of the tree, and why; asks for each folder on the way. */
  explain(file: string, isFolder: boolean): Verdict {
    const names = file.split('/');
    for (let depth = 1; depth < names.length; depth += 1) {
      const verdict = this.#rules.judge(names.slice(0, depth).join('/'), true);
      if (verdict.kind === 'out') return verdict;
    }
    return this.#rules.judge(file, isFolder);
  }

  /**
   * Bytes of a file in the state that the index knows; `undefined` when the file has changed since (the caller updates the
   * index and starts again).
   */
  async read(file: string): Promise<Uint8Array | undefined> {
    const [folder, name] = splitPath(file);
    const parent = this.folder(folder);
    const node = parent?.files.get(name);
    if (parent === undefined || node === undefined) return undefined;
    const kept = this.contents.get(node.digest);
    if (kept !== undefined) return kept;
    return this.contents.load(this.root, toDiskPath(parent, node.disk), node.digest);
  }

  /** Remembers stats for the next life, and digests: only those of folders that have changed are made. */
  save(): void {
    if (this.#options.cacheFile === undefined) return;
    this.tree();
    writeStatCache(this.#options.cacheFile, this.root, this.#top);
  }

  #run(believed: ReadonlySet<string>, steps: (working: Working) => Generator<void, void>): Promise<IndexChange> {
    const operate = async (): Promise<IndexChange> => {
      const working = startWork(believed, this.journal);
      try {
        await runInSlices(steps(working));
        return toChange(working);
      } finally {
        this.#busy -= 1;
      }
    };
    this.#busy += 1;
    const result = this.#busy === 1 ? operate() : this.#tail.then(operate);
    // The next operation waits for the end of this one, however it ended; its failure belongs to its own caller.
    this.#tail = result.catch(() => undefined);
    return result;
  }

  *#scanFirst(working: Working): Generator<void, void> {
    if (this.#options.cacheFile !== undefined && this.#top.files.size + this.#top.folders.size === 0)
      restoreTree(this.#options.cacheFile, this.root, this.#top);
    yield* this.#scanFolder(this.#top, working);
    this.#isFirstLook = false;
  }

  *#updateAll(paths: readonly string[], working: Working): Generator<void, void> {
    for (const changed of paths) {
      yield* this.#updateOne(changed.normalize('NFC'), working);
      yield;
    }
  }

  *#updateOne(changed: string, working: Working): Generator<void, void> {
    if (changed === '') return yield* this.#scanFolder(this.#top, working);
    const known = this.#findParent(changed);
    const disk = toDiskPath(known.parent, this.#diskName(known.parent, known.name));
    const stats = this.#stat(path.join(this.root, disk));
    if (stats === undefined) return yield* this.#forget(known.parent, known.name, working);
    if (stats.isDirectory()) return yield* this.#enterFolder(known.parent, this.#diskName(known.parent, known.name), working);
    if (known.rest) return this.#remove(known.parent, known.name, working);
    if (isIgnoreFile(known.name)) return yield* this.#scanFolder(known.parent, working);
    yield* this.#enterFile(known.parent, this.#diskName(known.parent, known.name), stats, working);
  }

  *#forget(parent: FolderNode, name: string, working: Working): Generator<void, void> {
    this.#remove(parent, name, working);
    // What was refused for its likeness to this name may come in now.
    if ([...this.problems.values()].some((problem) => problem.code === 'duplicate-name' && splitPath(problem.path)[0] === parent.path)) {
      yield* this.#scanFolder(parent, working);
    }
  }

  /** The deepest folder that the index knows on the way to a path, and the next name below it; `rest` = more names follow. */
  #findParent(changed: string): { readonly parent: FolderNode; readonly name: string; readonly rest: boolean } {
    const names = changed.split('/');
    let parent = this.#top;
    for (let depth = 0; depth < names.length - 1; depth += 1) {
      const name = names[depth] ?? '';
      const next = parent.folders.get(name);
      if (next === undefined) return { parent, name, rest: true };
      parent = next;
    }
    return { parent, name: names.at(-1) ?? '', rest: false };
  }

  #diskName(parent: FolderNode, name: string): string {
    return (
      parent.files.get(name)?.disk ?? parent.folders.get(name)?.disk ?? findDiskName(path.join(this.root, toDiskPath(parent, '')), name)
    );
  }

  #stat(absolute: string): BigIntStats | undefined {
    this.counters.filesStatted += 1;
    try {
      return lstatSync(absolute, { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      // A folder on the way was replaced by a file, or may not be entered: for the index it is gone.
      if (['ENOTDIR', 'EACCES', 'ELOOP'].includes(toSystemCode(error))) return undefined;
      throw error;
    }
  }

  *#scanFolder(folder: FolderNode, working: Working): Generator<void, void> {
    const disk = this.#toAbsolute(folder);
    const entries = this.#list(folder, disk);
    if (entries === undefined) return this.#removeFolder(folder, working);
    this.#loadRules(folder, entries);
    // First what is gone: a name that takes the place of another one which differs only in case is no collision then.
    for (const name of folder.namesBeside(entries.map((entry) => entry.name))) this.#remove(folder, name, working);
    for (const entry of entries) {
      if (entry.isDirectory()) yield* this.#enterFolder(folder, entry.name, working);
      else {
        const stats = this.#stat(`${disk}/${entry.name}`);
        if (stats !== undefined && !this.#isUnchanged(folder, entry.name, stats))
          yield* this.#enterFile(folder, entry.name, stats, working);
      }
    }
    yield;
  }

  /** Of most files there is nothing more to say. */
  #isUnchanged(parent: FolderNode, disk: string, stats: BigIntStats): boolean {
    const known = parent.files.get(disk);
    if (known === undefined || known.disk !== disk || !isKnown(known, stats)) return false;
    const at = joinPath(parent.path, disk);
    return (this.problems.size === 0 || !this.problems.has(at)) && this.#rules.judge(at, false).kind === 'in';
  }

  #loadRules(folder: FolderNode, entries: readonly Dirent[]): void {
    if (entries.some(({ name }) => isIgnoreFile(name))) this.#rules.load(folder.path);
    else this.#rules.clear(folder.path);
  }

  #toAbsolute(folder: FolderNode): string {
    return folder.parent === undefined ? this.root : `${this.#toAbsolute(folder.parent)}/${folder.disk}`;
  }

  /** `undefined`: not a folder of this workspace (gone, a virtual environment, not readable). */
  #list(folder: FolderNode, disk: string): readonly Dirent[] | undefined {
    this.counters.foldersRead += 1;
    try {
      const entries = readdirSync(disk, { withFileTypes: true });
      const isEnvironment = folder.parent !== undefined && entries.some((entry) => entry.name === VIRTUALENV_MARK);
      return isEnvironment ? undefined : entries;
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(toSystemCode(error))) return undefined;
      if (toSystemCode(error) !== 'EACCES') throw error;
      this.problems.set(folder.path, {
        path: folder.path,
        severity: 'warning',
        code: 'missing-file',
        message: 'the folder may not be read',
      });
      return undefined;
    }
  }

  *#enterFolder(parent: FolderNode, disk: string, working: Working): Generator<void, void> {
    const name = disk.normalize('NFC');
    const at = joinPath(parent.path, name);
    const verdict = this.#rules.judge(at, true);
    if (verdict.kind === 'out' || this.#refuseName(parent, disk, working)) return this.#remove(parent, name, working);
    if (parent.files.has(name)) this.#remove(parent, name, working);
    let folder = parent.folders.get(name);
    if (folder === undefined) {
      folder = parent.addFolder(disk);
      working.foldersAdded.add(at);
      working.structural = true;
    }
    yield* this.#scanFolder(folder, working);
  }

  *#enterFile(parent: FolderNode, disk: string, stats: BigIntStats, working: Working): Generator<void, void> {
    const name = disk.normalize('NFC');
    const at = joinPath(parent.path, name);
    if (this.#rules.judge(at, false).kind === 'out') return this.#remove(parent, name, working);
    if (this.#refuseName(parent, disk, working)) return;
    const known = parent.files.get(name);
    if (known !== undefined && known.disk === disk && isKnown(known, stats)) return;
    // What a former life knew of it says nothing about its content now: not even that an empty file is the first half of a save.
    if (this.#isFirstLook) this.#remove(parent, name, working, true);
    yield* this.#readFile(parent, disk, working);
  }

  *#readFile(parent: FolderNode, disk: string, working: Working): Generator<void, void> {
    const name = disk.normalize('NFC');
    const at = joinPath(parent.path, name);
    this.counters.filesRead += 1;
    const result = yield* readStable(this.root, toDiskPath(parent, disk));
    const before = parent.files.get(name);
    switch (result.kind) {
      case 'gone':
        return this.#remove(parent, name, working);
      case 'torn':
        working.torn.add(at);
        return;
      case 'refused':
        this.#remove(parent, name, working, true);
        this.#report({ path: at, severity: 'warning', code: 'missing-file', message: `is not part of the tree: ${result.why}` }, working);
        return;
      case 'read': {
        const emptied = result.stat.size === 0 && before !== undefined && before.stat.size > 0;
        if (emptied && !working.believed.has(at)) return void working.torn.add(at);
        this.problems.delete(at);
        if (result.bytes !== undefined && before !== undefined) this.contents.put(result.digest, result.bytes);
        this.#put(
          parent,
          { name, disk, digest: result.digest, stat: result.stat, settled: isSettled(result.stat, this.#options.now()) },
          working,
        );
      }
    }
  }

  #put(parent: FolderNode, file: FileNode, working: Working): void {
    const before = parent.files.get(file.name);
    if (before !== undefined && before.digest === file.digest && before.stat.mode === file.stat.mode) {
      parent.files.set(file.name, file);
      return;
    }
    if (parent.folders.has(file.name)) this.#remove(parent, file.name, working);
    if (before === undefined) {
      working.structural = true;
      if (this.size >= MAX_FILES) throw toLimitError(this.root);
    }
    parent.setFile(file);
    working.changed.add(joinPath(parent.path, file.name));
  }

  #refuseName(parent: FolderNode, disk: string, working: Working): boolean {
    const at = joinPath(parent.path, disk.normalize('NFC'));
    const problem = findNameProblem(at, disk) ?? toCollision(parent, disk);
    if (problem === undefined) {
      if (this.problems.get(at)?.severity === 'error') this.problems.delete(at);
      return false;
    }
    this.#report(problem, working);
    return true;
  }

  /** A problem that is not news changes nothing. */
  #report(problem: IndexProblem, working: Working): void {
    if (this.problems.get(problem.path)?.message !== problem.message) working.changed.add(problem.path);
    this.problems.set(problem.path, problem);
  }

  #remove(parent: FolderNode, name: string, working: Working, keepsProblem = false): void {
    const at = joinPath(parent.path, name);
    if (!keepsProblem && this.problems.delete(at)) working.changed.add(at);
    const folder = parent.folders.get(name);
    if (folder !== undefined) this.#removeFolder(folder, working);
    if (!parent.files.has(name)) return;
    parent.deleteFile(name);
    working.changed.add(at);
    working.structural = true;
  }

  #removeFolder(folder: FolderNode, working: Working): void {
    for (const { path: at } of walkFiles(folder)) working.changed.add(at);
    for (const below of walkFolders(folder)) working.foldersRemoved.add(below.path);
    for (const at of this.problems.keys()) if (at.startsWith(`${folder.path}/`)) this.problems.delete(at);
    this.#rules.forget(folder.path);
    working.structural = true;
    if (folder.parent !== undefined) return folder.parent.deleteFolder(folder.name);
    // The root itself is gone or unreadable: it stays as an empty folder.
    for (const name of [...folder.files.keys()]) folder.deleteFile(name);
    for (const name of [...folder.folders.keys()]) folder.deleteFolder(name);
  }
}

/** Whether a stat vouches for the content. */
function isKnown(known: FileNode, stats: BigIntStats): boolean {
  return known.settled && stats.isFile() && isSameStat(known.stat, stats);
}

function toLimitError(root: string): CairnError {
  return new CairnError('limit-exceeded', `${root} has more than ${MAX_FILES} files`, {
    next: 'Is it the folder that you meant? Leave folders of data out with a `.cairnignore`.',
  });
}

function toTreeFile(file: string, node: FileNode): TreeFile {
  return { path: file, mode: node.stat.mode, digest: node.digest, size: node.stat.size };
}
