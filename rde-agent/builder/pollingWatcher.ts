import type { Watcher, WatchEvents } from './watcher.ts';

/** milliseconds between two looks at the whole tree; its stat cache makes a look at 10,000 unchanged files cost about 80 ms */
const INTERVAL = 2000;

/** The last resort, for a system without watches left: asks for a look at everything now and then. */
export function createPollingWatcher(events: WatchEvents, interval = INTERVAL): Watcher {
  const timer = setInterval(() => events.changed(['']), interval);
  timer.unref();
  return {
    kind: 'polling',
    ready: Promise.resolve(),
    addFolders: () => undefined,
    removeFolders: () => undefined,
    close: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}
