import assert from 'node:assert/strict';
import { appendFileSync, closeSync, ftruncateSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { toDigest } from '../../../../rde-agent/builder/digest.ts';
import { type LiveChange, LiveIndex } from '../../../../rde-agent/builder/liveIndex.ts';
import type { CreateWatcher } from '../../../../rde-agent/builder/watcher.ts';
import { createFolderWatcher } from '../../../../rde-agent/builder/folderWatcher.ts';
import type { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { silentLogger } from '../../../support/silentLogger.ts';
import { createTempFolder, removeFolder, writeFiles } from '../../../support/tempFolder.ts';
import { waitFor } from '../../../support/waitFor.ts';

describe('an index that follows the disk', () => {
  let root: string;
  let live: LiveIndex;
  let changes: LiveChange[];
  const start = async (watcher: CreateWatcher = createFolderWatcher): Promise<void> => {
    live = new LiveIndex({ root, cacheFile: undefined, now: Date.now, logger: silentLogger, watcher });
    await live.start();
    changes = [];
    live.onDidChange((change) => changes.push(change));
  };
  const digest = (file: string): string | undefined => live.index.file(file)?.digest;
  const at = (file: string): string => path.join(root, file);

  beforeEach(() => {
    root = createTempFolder({ 'm/a.py': 'a\n', 'm/b.py': 'b\n' });
  });
  afterEach(async () => {
    await live.dispose();
    removeFolder(root);
  });

  it('sees a save', async () => {
    await start();
    appendFileSync(at('m/a.py'), 'more\n');
    await waitFor('the change', () => digest('m/a.py') === toDigest('a\nmore\n'));
    assert.deepEqual(
      changes.flatMap((change) => change.changed),
      ['m/a.py'],
    );
  });

  it('never reports the empty half of a save that truncates first', async () => {
    await start();
    for (let round = 0; round < 20; round += 1) {
      const file = openSync(at('m/a.py'), 'r+');
      ftruncateSync(file);
      await live.refresh(['m/a.py']);
      writeSync(file, `round ${round}\n`, 0);
      closeSync(file);
      await waitFor('the second half', () => digest('m/a.py') === toDigest(`round ${round}\n`));
      assert.notEqual(digest('m/a.py'), toDigest(''));
    }
  });

  it('believes in emptiness that stays', async () => {
    await start();
    writeFileSync(at('m/a.py'), '');
    await waitFor('the empty file', () => digest('m/a.py') === toDigest(''));
  });

  it('sees a save by a temporary file and a rename', async () => {
    await start();
    writeFileSync(at('m/a.py.tmp'), 'renamed\n');
    renameSync(at('m/a.py.tmp'), at('m/a.py'));
    await waitFor('the rename', () => digest('m/a.py') === toDigest('renamed\n') && !live.index.has('m/a.py.tmp'));
  });

  it('waits for a document to be what the editor saved', async () => {
    await start();
    const waiting = live.waitForDocuments({ 'm/a.py': toDigest('later\n').slice('sha256:'.length), 'm/b.py': toDigest('b\n') });
    setImmediate(() => writeFileSync(at('m/a.py'), 'later\n'));
    await waiting;
    assert.equal(digest('m/a.py'), toDigest('later\n'));
  });

  it('names the document that is not as it was saved, and one that is not there', async () => {
    await start();
    await assert.rejects(
      live.waitForDocuments({ 'm/a.py': toDigest('never') }, 60),
      (error: CairnError) => error.code === 'conflict' && error.message.includes('m/a.py'),
    );
    await assert.rejects(
      live.waitForDocuments({ 'm/new.py': toDigest('never') }, 60),
      (error: CairnError) => error.code === 'conflict' && error.message.includes('m/new.py'),
    );
  });

  it('does not wait for documents outside the tree', async () => {
    await start();
    await live.waitForDocuments({ '.env': toDigest('secret'), 'm/__pycache__/x.pyc': toDigest('x') }, 60);
  });

  for (const [phase, enter] of Object.entries({
    'the present turn': () => Promise.resolve(),
    'a timer': () => new Promise<void>((resolve) => setTimeout(resolve, 1)),
    'an immediate': () => new Promise<void>((resolve) => setImmediate(resolve)),
    'an answer of the system': () => stat(root),
  })) {
    it(`has everything that was written before a request in ${phase}`, async () => {
      await start();
      for (let round = 0; round < 60; round += 1) {
        const file = `m/${round % 7}.py`;
        await enter();
        writeFileSync(at(file), `round ${round}`);
        await live.sync(['']);
        assert.equal(digest(file), toDigest(`round ${round}`));
      }
    });
  }

  it('falls back to polling when the system has no watches left, and stays right', async () => {
    await start((_tree, events) => {
      setImmediate(() => events.exhausted('ENOSPC'));
      return {
        kind: 'folders',
        ready: Promise.resolve(),
        addFolders: () => undefined,
        removeFolders: () => undefined,
        close: () => Promise.resolve(),
      };
    });
    await waitFor('the fallback', () => live.watcher === 'polling');
    assert.match(live.notes()[0] ?? '', /max_user_watches/);
    writeFiles(root, { 'm/new/c.py': 'c\n' });
    await waitFor('a look at everything', () => digest('m/new/c.py') === toDigest('c\n'));
  });

  it('survives the loss of its root', async () => {
    await start();
    rmSync(root, { recursive: true });
    await waitFor('the loss', () => live.index.size === 0);
  });
});
