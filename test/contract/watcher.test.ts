import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createChokidarWatcher } from '../../rde-agent/builder/chokidarWatcher.ts';
import { FileIndex } from '../../rde-agent/builder/fileIndex.ts';
import { createFolderWatcher } from '../../rde-agent/builder/folderWatcher.ts';
import { LiveIndex } from '../../rde-agent/builder/liveIndex.ts';
import { createPollingWatcher } from '../../rde-agent/builder/pollingWatcher.ts';
import type { CreateWatcher, WatcherKind } from '../../rde-agent/builder/watcher.ts';
import { silentLogger } from '../support/silentLogger.ts';
import { createTempFolder, removeFolder, writeFiles } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

const WATCHERS: { readonly [kind in WatcherKind]: CreateWatcher } = {
  folders: createFolderWatcher,
  chokidar: createChokidarWatcher,
  polling: (_tree, events) => createPollingWatcher(events, 20),
};

for (const [kind, create] of Object.entries(WATCHERS)) {
  describe(`a watcher by ${kind}`, () => {
    let root: string;
    let live: LiveIndex;
    const at = (file: string): string => path.join(root, file);
    const look = async (): Promise<FileIndex> => {
      const index = new FileIndex({ root, cacheFile: undefined, now: Date.now });
      await index.scan();
      return index;
    };
    /** The followed index ends up as what a fresh look finds. */
    const assertFollows = async (): Promise<void> => {
      await waitFor('the index to follow the disk', async () => live.index.tree() === (await look()).tree());
    };

    beforeEach(async () => {
      root = createTempFolder({
        '.gitignore': 'out/\n',
        'cairn.yaml': 'workspace: t\n',
        'm/a/one.py': 'one',
        'm/a/two.py': 'two',
        'm/b/three.py': 'three',
      });
      live = new LiveIndex({ root, cacheFile: undefined, now: Date.now, logger: silentLogger, watcher: create });
      await live.start();
      assert.equal(live.watcher, kind);
    });
    afterEach(async () => {
      await live.dispose();
      removeFolder(root);
    });

    it('reports a write, an append, a truncation and a rewrite', async () => {
      writeFileSync(at('m/a/one.py'), 'uno');
      await assertFollows();
      appendFileSync(at('m/a/one.py'), 'more');
      await assertFollows();
      truncateSync(at('m/a/one.py'));
      writeFileSync(at('m/a/one.py'), 'again');
      await assertFollows();
    });

    it('reports new, renamed and deleted files', async () => {
      writeFileSync(at('m/a/new.py'), 'new');
      await assertFollows();
      renameSync(at('m/a/new.py'), at('m/b/moved.py'));
      await assertFollows();
      unlinkSync(at('m/b/moved.py'));
      await assertFollows();
    });

    it('reports what is made inside new folders at once, and after them', async () => {
      mkdirSync(at('m/c/deep/deeper'), { recursive: true });
      writeFileSync(at('m/c/deep/deeper/early.py'), 'early');
      await assertFollows();
      writeFileSync(at('m/c/deep/deeper/late.py'), 'late');
      await assertFollows();
      assert.equal(live.index.has('m/c/deep/deeper/late.py'), true);
    });

    it('reports moved and removed folders, and one that comes back', async () => {
      renameSync(at('m/a'), at('m/z'));
      await assertFollows();
      writeFileSync(at('m/z/one.py'), 'in its new place');
      await assertFollows();
      rmSync(at('m/z'), { recursive: true });
      await assertFollows();
      writeFiles(root, { 'm/z/one.py': 'back' });
      await assertFollows();
    });

    it('reports every one of many quick saves by rename, as editors make them', async () => {
      for (let round = 0; round < 30; round += 1) {
        writeFileSync(at('m/a/.one.tmp'), `round ${round}`);
        renameSync(at('m/a/.one.tmp'), at('m/a/one.py'));
        if (round % 10 === 9) await assertFollows();
      }
      assert.equal(new TextDecoder().decode(await live.index.read('m/a/one.py')), 'round 29');
    });

    it('follows a switch of branches: hundreds of files changed, added and removed at once', async () => {
      for (let number = 0; number < 300; number += 1) writeFiles(root, { [`m/n${number % 30}/f${number}.py`]: `${number}` });
      await assertFollows();
      for (let number = 0; number < 30; number += 2) rmSync(at(`m/n${number}`), { recursive: true });
      for (let number = 1; number < 300; number += 2) appendFileSync(at(`m/n${number % 30}/f${number}.py`), 'x');
      await assertFollows();
    });

    it('stays silent about ignored folders', async () => {
      const seen: string[] = [];
      live.onDidChange((change) => seen.push(...change.changed));
      writeFiles(root, { 'out/x.py': 'x', '.git/index': 'y', 'm/a/one.py': 'seen' });
      await waitFor('the report', () => seen.includes('m/a/one.py'));
      await assertFollows();
      assert.deepEqual(seen, ['m/a/one.py']);
    });

    it('reports nothing after it is closed', async () => {
      await live.dispose();
      const tree = live.index.tree();
      writeFileSync(at('m/a/one.py'), 'unseen');
      await live.dispose();
      assert.equal(live.index.tree(), tree);
    });
  });
}
