import { toSystemCode } from './readStable.ts';

/** What a watcher tells. Paths are hints: something may have happened there; the index looks and the digest decides. */
export interface WatchEvents {
  /** Relative paths of files or folders, `''` = the root. Batched within one turn of the event loop, never delayed longer. */
  changed(paths: readonly string[]): void;
  /** The system has no more watches or descriptors to give: this watcher is blind and must be replaced. At most once. */
  exhausted(why: string): void;
}

/** The folders that matter, as the index knows them. */
export interface WatchedTree {
  /** absolute, real path */
  readonly root: string;
  folders(): Iterable<string>;
  isIgnored(path: string, isFolder: boolean): boolean;
}

export type WatcherKind = 'folders' | 'chokidar' | 'polling';

/**
 * Tells what may have changed below a root. Implementations pass `test/contract/watcher.test.ts`. None waits for writes to
 * finish: a half-written file is recognised by its content.
 */
export interface Watcher {
  readonly kind: WatcherKind;
  /** Resolves when changes from now on are reported. */
  readonly ready: Promise<void>;
  /** The index has new folders, or has lost some. */
  addFolders(folders: readonly string[]): void;
  removeFolders(folders: readonly string[]): void;
  /** Idempotent. */
  close(): Promise<void>;
}

export type CreateWatcher = (tree: WatchedTree, events: WatchEvents) => Watcher;

const EXHAUSTED = new Set(['ENOSPC', 'EMFILE', 'ENFILE']);

/** Whether an error means that the system's watches or descriptors are used up. */
export function isExhaustion(error: unknown): boolean {
  return EXHAUSTED.has(toSystemCode(error));
}

/** Collects paths and hands them over once per turn of the event loop. */
export function createBatch(flush: (paths: readonly string[]) => void): {
  readonly add: (path: string) => void;
  readonly cancel: () => void;
} {
  const paths = new Set<string>();
  let scheduled: NodeJS.Immediate | undefined;
  const deliver = (): void => {
    scheduled = undefined;
    const batch = [...paths];
    paths.clear();
    flush(batch);
  };
  return {
    add: (path) => {
      paths.add(path);
      scheduled ??= setImmediate(deliver);
    },
    cancel: () => {
      if (scheduled !== undefined) clearImmediate(scheduled);
      paths.clear();
    },
  };
}
