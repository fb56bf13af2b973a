import path from 'node:path';
import { watch } from 'chokidar';
import { toSystemCode } from './readStable.ts';
import { createBatch, isExhaustion, type WatchedTree, type Watcher, type WatchEvents } from './watcher.ts';

/**
 * Watching by chokidar. It keeps a record for each file (about 7 kB), so it is for small trees and for systems with native
 * recursive watching. Never with `awaitWriteFinish` or `atomic`: both delay a save by tenths of a second, and the digest
 * decides anyway.
 */
export function createChokidarWatcher(tree: WatchedTree, events: WatchEvents): Watcher {
  const batch = createBatch((paths) => events.changed(paths));
  const toRelative = (absolute: string): string => path.relative(tree.root, absolute).split(path.sep).join('/');
  const isIgnored = (absolute: string, isFolder: boolean): boolean => {
    const relative = toRelative(absolute);
    return relative !== '' && !relative.startsWith('..') && tree.isIgnored(relative, isFolder);
  };
  const watcher = watch(tree.root, {
    ignoreInitial: true,
    atomic: false,
    followSymlinks: false,
    ignorePermissionErrors: true,
    persistent: false,
    // Asked first without stats: then only what is left out as a file and as a folder.
    ignored: (absolute, stats) =>
      stats === undefined ? isIgnored(absolute, true) && isIgnored(absolute, false) : isIgnored(absolute, stats.isDirectory()),
  });
  const ready = new Promise<void>((resolve) => {
    watcher.once('ready', resolve);
    watcher.on('error', (error) => {
      if (!isExhaustion(error)) return batch.add('');
      resolve();
      events.exhausted(toSystemCode(error));
    });
  });
  watcher.on('all', (_event, absolute) => batch.add(toRelative(absolute)));
  return {
    kind: 'chokidar',
    ready,
    // It finds new folders by itself.
    addFolders: () => undefined,
    removeFolders: () => undefined,
    close: () => {
      batch.cancel();
      return watcher.close();
    },
  };
}
