import { type FSWatcher, watch } from 'node:fs';
import path from 'node:path';
import { joinPath } from './folderNode.ts';
import { toSystemCode } from './readStable.ts';
import { createBatch, isExhaustion, type WatchedTree, type Watcher, type WatchEvents } from './watcher.ts';

/**
 * One `fs.watch` per folder of the index: no list of files of its own, so start-up and memory do not grow with the number of
 * files. For systems where a watch on a folder reports its files (Linux).
 */
export function createFolderWatcher(tree: WatchedTree, events: WatchEvents): Watcher {
  const watchers = new Map<string, FSWatcher>();
  const batch = createBatch((paths) => events.changed(paths));
  let closed = false;

  const close = (): void => {
    closed = true;
    batch.cancel();
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };
  const remove = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const fail = (folder: string, error: unknown): void => {
    if (closed) return;
    if (isExhaustion(error)) {
      close();
      return events.exhausted(toSystemCode(error));
    }
    // The folder went away under the watch: the index finds out when it looks.
    remove(folder);
    batch.add(folder);
  };
  const add = (folder: string): void => {
    if (closed) return;
    remove(folder);
    try {
      const watcher = watch(path.join(tree.root, folder), { persistent: false }, (_event, name) =>
        batch.add(name === null ? folder : joinPath(folder, name)),
      );
      watcher.on('error', (error) => fail(folder, error));
      watchers.set(folder, watcher);
    } catch (error) {
      fail(folder, error);
    }
  };

  for (const folder of [...tree.folders()]) add(folder);
  return {
    kind: 'folders',
    ready: Promise.resolve(),
    addFolders: (folders) => {
      for (const folder of folders) add(folder);
      // What came between the listing of a folder and its watch was seen by neither.
      for (const folder of folders) if (!closed) batch.add(folder);
    },
    removeFolders: (folders) => folders.forEach(remove),
    close: () => {
      close();
      return Promise.resolve();
    },
  };
}
