import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toCanonicalJson } from '../../../../language/model/json.ts';
import type { Digest } from '../../../../language/model/names.ts';
import { BlobCache } from '../../../../rde-agent/executor/blobCache.ts';
import { CodeTrees } from '../../../../rde-agent/executor/codeTrees.ts';
import { Manifests } from '../../../../rde-agent/executor/manifests.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { openSqliteStore } from '../../../../rde-agent/store/sqlite/sqliteStore.ts';
import type { Store } from '../../../../rde-agent/store/store.ts';
import { digestOf } from '../../../support/pinnedWorkflow.ts';
import { silentLogger } from '../../../support/silentLogger.ts';

const writerScript = new URL('../../../../rde-agent/store/sqlite/writerThread.ts', import.meta.url);

describe('executor: code trees', () => {
  let folder: string;
  let store: Store;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-trees-'));
    store = await openSqliteStore({ folder, writerScript, logger: silentLogger });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function open(): CodeTrees {
    const blobs = new BlobCache(store.blobs);
    return new CodeTrees(join(folder, 'trees'), blobs, new Manifests(blobs), digestOf);
  }

  async function artifact(files: { readonly [path: string]: string }, without: readonly string[] = []): Promise<Digest> {
    for (const [path, content] of Object.entries(files)) if (!without.includes(path)) await store.blobs.put(Buffer.from(content));
    const list = Object.entries(files).map(([path, content]) => ({
      path,
      mode: path.endsWith('.sh') ? 0o755 : 0o644,
      digest: digestOf(content),
      size: content.length,
    }));
    const manifest = { v: 1, kind: 'module', name: 'test/a', language: 'python', entry: { file: 'main.py', function: 'run' }, files: list };
    return store.blobs.put(Buffer.from(toCanonicalJson(manifest)));
  }

  const FILES = {
    'main.py': 'x = 1',
    'sub/helper.py': 'y = 2',
    'data.csv': 'a,b\n',
    'tool.sh': '#!/bin/sh\n',
    'big.bin': 'x'.repeat(100_000),
  };

  it('lays out files read-only, once however many ask, and tells the digests of Python files', async () => {
    const digest = await artifact(FILES);
    const trees = open();
    const [tree, again] = await Promise.all([trees.ensure({ artifact: digest }), trees.ensure({ artifact: digest })]);
    assert.equal(tree.root, again.root);
    assert.deepEqual(tree.code, { 'main.py': digestOf('x = 1'), 'sub/helper.py': digestOf('y = 2') });
    for (const [path, content] of Object.entries(FILES)) assert.equal(readFileSync(join(tree.root, path), 'utf8'), content);
    assert.equal(statSync(join(tree.root, 'main.py')).mode & 0o777, 0o444);
    assert.equal(statSync(join(tree.root, 'tool.sh')).mode & 0o777, 0o555);
    assert.deepEqual(readdirSync(join(folder, 'trees')), [digest.slice(7)]);
  });

  it('puts back what was written, removed or added, and names it', async () => {
    const trees = open();
    const { root } = await trees.ensure({ artifact: await artifact(FILES) });
    const { root: twin } = await trees.ensure({ artifact: await artifact({ ...FILES, 'main.py': 'x = 3' }) });
    assert.deepEqual(await trees.restore(root), []);
    chmodSync(join(root, 'data.csv'), 0o644);
    writeFileSync(join(root, 'data.csv'), 'c,d\n');
    rmSync(join(root, 'sub'), { recursive: true });
    mkdirSync(join(root, 'more/deep'), { recursive: true });
    writeFileSync(join(root, 'note.txt'), '');
    mkdirSync(join(root, '__pycache__'));
    assert.deepEqual((await trees.restore(root)).toSorted(), ['data.csv', 'more', 'note.txt', 'sub/helper.py']);
    for (const [path, content] of Object.entries(FILES)) assert.equal(readFileSync(join(root, path), 'utf8'), content);
    assert.deepEqual(readdirSync(root).toSorted(), ['__pycache__', 'big.bin', 'data.csv', 'main.py', 'sub', 'tool.sh']);
    assert.deepEqual(await trees.restore(root), []);
    // The file that was written over is one with that of the twin, where files can be linked.
    await trees.restore(twin);
    assert.equal(readFileSync(join(twin, 'data.csv'), 'utf8'), FILES['data.csv']);
    rmSync(root, { recursive: true });
    assert.deepEqual((await trees.restore(root)).toSorted(), Object.keys(FILES).toSorted());
    assert.equal(readFileSync(join(root, 'sub/helper.py'), 'utf8'), 'y = 2');
  });

  it('links what it has laid out before', async () => {
    const trees = open();
    const first = await trees.ensure({ artifact: await artifact(FILES) });
    const second = await trees.ensure({ artifact: await artifact({ ...FILES, 'main.py': 'x = 2' }) });
    assert.equal(statSync(join(second.root, 'sub/helper.py')).ino, statSync(join(first.root, 'sub/helper.py')).ino);
    assert.equal(readFileSync(join(second.root, 'main.py'), 'utf8'), 'x = 2');
  });

  it('makes a damaged folder of an earlier agent again', async () => {
    const digest = await artifact(FILES);
    const { root } = await open().ensure({ artifact: digest });
    chmodSync(join(root, 'main.py'), 0o644);
    writeFileSync(join(root, 'main.py'), '');
    assert.equal(readFileSync(join((await open().ensure({ artifact: digest })).root, 'main.py'), 'utf8'), 'x = 1');
  });

  it('leaves nothing behind when content is missing, and works once it is there', async () => {
    const digest = await artifact(FILES, ['data.csv']);
    const trees = open();
    await assert.rejects(trees.ensure({ artifact: digest }), (error) => error instanceof CairnError && error.code === 'unknown-blob');
    assert.deepEqual(readdirSync(join(folder, 'trees')), []);
    await store.blobs.put(Buffer.from(FILES['data.csv']));
    assert.ok(await trees.ensure({ artifact: digest }));
  });
});
