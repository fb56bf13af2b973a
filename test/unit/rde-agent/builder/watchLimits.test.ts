import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'mocha';

describe('a system with few watches left', () => {
  const CHILD = path.join(import.meta.dirname, '../../../support/fewWatches.ts');
  /** Limits of a user namespace bind only what runs in it. */
  const limited = (command: string): readonly string[] => [
    '--user',
    '--map-root-user',
    'sh',
    '-c',
    `echo 8 > /proc/sys/user/max_inotify_watches && exec ${command}`,
  ];

  for (const kind of ['folders', 'chokidar']) {
    it(`makes a watcher by ${kind} fall back to polling and stay right (unshare: user namespaces with limits of their own)`, function () {
      if (spawnSync('unshare', limited('true')).status !== 0) this.skip();
      const child = spawnSync('unshare', limited(`"${process.execPath}" "${CHILD}" ${kind}`), { encoding: 'utf8', timeout: 20_000 });
      assert.equal(child.stderr, '');
      assert.deepEqual(JSON.parse(child.stdout), { watcher: 'polling', notes: 1, seen: true, rebuilt: true });
    });
  }
});
