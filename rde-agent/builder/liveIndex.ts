import { setImmediate as nextTurn } from 'node:timers/promises';
import { CairnError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { Disposable } from '../protocol/roles.ts';
import { createChokidarWatcher } from './chokidarWatcher.ts';
import { FileIndex } from './fileIndex.ts';
import type { IndexChange } from './indexChange.ts';
import { createFolderWatcher } from './folderWatcher.ts';
import { createPollingWatcher } from './pollingWatcher.ts';
import type { CreateWatcher, Watcher, WatcherKind } from './watcher.ts';

export interface LiveIndexOptions {
  /** absolute, real path */
  readonly root: string;
  readonly cacheFile: string | undefined;
  /** Unix milliseconds */
  readonly now: () => number;
  readonly logger: Logger;
  /** `undefined` = by the system and the size of the tree */
  readonly watcher?: CreateWatcher;
}

/** A change of the index, with the seconds it took to look. */
export interface LiveChange extends IndexChange {
  readonly seconds: number;
}

/**
 * Files; above it, chokidar's start-up (0.3 s) and memory (75 MB at 10,000 files) hurt on Linux, and folders are watched
 * directly (docs/decisions/002-watching.md).
 */
const SMALL_TREE = 4000;
/** milliseconds after which a file caught in the middle of a save is looked at again; after the last one it is believed */
const SECOND_LOOKS = [4, 8, 16, 32];
/** milliseconds that a named document may take to appear on disk */
const DOCUMENT_DEADLINE = 5000;
const DOCUMENT_POLL = 20;
/** turns of the event loop from any phase to the one after the watcher's batch */
const TURNS = 3;
const SAVE_DELAY = 30_000;

/** An index that follows the disk. */
export class LiveIndex {
  readonly index: FileIndex;
  readonly #options: LiveIndexOptions;
  readonly #listeners = new Set<(change: LiveChange) => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #notes = new Set<string>();
  #watcher: Watcher | undefined;
  #saving: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(options: LiveIndexOptions) {
    this.#options = options;
    this.index = new FileIndex({ root: options.root, cacheFile: options.cacheFile, now: options.now });
  }

  /** Scans and starts to watch. Changes after it has resolved are reported. */
  async start(): Promise<void> {
    await this.index.scan();
    await this.#watch(this.#options.watcher ?? this.#choose());
    // What changed between the scan and the watches was seen by neither.
    await this.refresh(['']);
    this.#saveLater();
  }

  get watcher(): WatcherKind | undefined {
    return this.#watcher?.kind;
  }

  /** Why a slow path was taken, for `doctor` and the log. */
  notes(): readonly string[] {
    return [...this.#notes];
  }

  onDidChange(listener: (change: LiveChange) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  /** Looks at these paths now, whether or not a watcher has said anything. */
  async refresh(paths: readonly string[]): Promise<void> {
    await this.#look(paths, 0);
  }

  /**
   * Resolves when everything that was written before the call is in the index. With watches on folders the event loop turns a few
   * times: to the next poll, where the system hands over its events, and past the batch that they make. Other watchers can't promise
   * it, so `paths` are looked at.
   */
  async sync(paths: readonly string[]): Promise<void> {
    if (this.#watcher?.kind !== 'folders') return this.refresh(paths);
    for (let turn = 0; turn < TURNS; turn += 1) await nextTurn();
    await this.index.idle();
  }

  /**
   * Waits until the index holds each document as it was saved (path → sha256 of its bytes, with or without the algorithm's
   * name). Rejects with `conflict` naming the first one that is not so in time. Documents outside the tree are not waited for.
   */
  async waitForDocuments(documents: { readonly [path: string]: string }, deadline = DOCUMENT_DEADLINE): Promise<void> {
    const wanted = Object.entries(documents).filter(([path]) => this.index.explain(path, false).kind === 'in');
    const end = performance.now() + deadline;
    for (;;) {
      const missing = wanted.filter(([path, digest]) => !this.#holds(path, digest));
      if (missing.length === 0) return;
      await this.refresh(missing.map(([path]) => path));
      const [still] = missing.filter(([path, digest]) => !this.#holds(path, digest));
      if (still === undefined) continue;
      if (performance.now() > end) throw toDocumentConflict(still[0], this.index.has(still[0]));
      await this.#pause(DOCUMENT_POLL);
    }
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#listeners.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#saving);
    await this.#watcher?.close();
    this.#save();
  }

  #choose(): CreateWatcher {
    return process.platform === 'linux' && this.index.size > SMALL_TREE ? createFolderWatcher : createChokidarWatcher;
  }

  async #watch(create: CreateWatcher): Promise<void> {
    const { index } = this;
    const folders = function* (): Generator<string> {
      for (const folder of index.folders()) yield folder.path;
    };
    const tree = {
      root: index.root,
      folders,
      isIgnored: (path: string, isFolder: boolean) => index.explain(path, isFolder).kind === 'out',
    };
    const exhausted = Promise.withResolvers<string>();
    this.#watcher = create(tree, { changed: (paths) => this.#report(paths), exhausted: exhausted.resolve });
    // Later, in any case: a watcher may find out while it is being made.
    exhausted.promise.then((why) => this.#poll(why)).catch((error: unknown) => this.#options.logger.error('no fallback', { error }));
    await this.#watcher.ready;
  }

  #poll(why: string): void {
    if (this.#disposed) return;
    const note = `The system gives no more file watches (${why}): files are looked at every two seconds. Raise fs.inotify.max_user_watches, fs.inotify.max_user_instances or the limit of open files.`;
    this.#notes.add(note);
    this.#options.logger.warn('fall back to polling', { root: this.index.root, why });
    const blind = this.#watcher;
    this.#watcher = createPollingWatcher({ changed: (paths) => this.#report(paths), exhausted: () => undefined });
    blind?.close().catch((error: unknown) => this.#options.logger.warn('a watcher did not close', { error }));
  }

  #report(paths: readonly string[]): void {
    if (this.#disposed) return;
    this.#look(paths, 0).catch((error: unknown) =>
      this.#options.logger.error('the index could not follow the disk', { root: this.index.root, error }),
    );
  }

  async #look(paths: readonly string[], attempt: number): Promise<void> {
    const started = performance.now();
    const change = await this.index.update(paths, attempt < SECOND_LOOKS.length ? [] : paths);
    if (this.#disposed) return;
    if (change.foldersRemoved.length > 0) this.#watcher?.removeFolders(change.foldersRemoved);
    if (change.foldersAdded.length > 0) this.#watcher?.addFolders(change.foldersAdded);
    if (change.torn.length > 0) this.#lookAgain(change.torn, attempt);
    if (change.changed.length === 0) return;
    this.#saveLater();
    const live = { ...change, seconds: (performance.now() - started) / 1000 };
    for (const listener of this.#listeners) listener(live);
  }

  #lookAgain(paths: readonly string[], attempt: number): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#look(paths, attempt + 1).catch((error: unknown) => this.#options.logger.error('a second look failed', { error }));
      },
      SECOND_LOOKS[Math.min(attempt, SECOND_LOOKS.length - 1)],
    );
    this.#timers.add(timer);
  }

  #holds(path: string, digest: string): boolean {
    const wanted = digest.startsWith('sha256:') ? digest : `sha256:${digest}`;
    return this.index.file(path)?.digest === wanted;
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, milliseconds);
    });
  }

  #saveLater(): void {
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined;
      this.#save();
    }, SAVE_DELAY).unref();
  }

  #save(): void {
    try {
      this.index.save();
    } catch (error) {
      // Only a saving is lost: the next start hashes again.
      this.#options.logger.warn('the stat cache could not be written', { error });
    }
  }
}

function toDocumentConflict(path: string, isThere: boolean): CairnError {
  const message = isThere
    ? `${path} on disk is not the text that was saved in the editor`
    : `${path} was saved in the editor but is not on disk`;
  return new CairnError('conflict', message, { next: `Save ${path} again; if another program writes it too, stop that program.` });
}
