import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
    const [tree, again] = await Promise.all([trees.ensure(digest), trees.ensure(digest)]);
    assert.equal(tree.root, again.root);
    assert.deepEqual(tree.code, { 'main.py': digestOf('x = 1'), 'sub/helper.py': digestOf('y = 2') });
    for (const [path, content] of Object.entries(FILES)) assert.equal(readFileSync(join(tree.root, path), 'utf8'), content);
    assert.equal(statSync(join(tree.root, 'main.py')).mode & 0o777, 0o444);
    assert.equal(statSync(join(tree.root, 'tool.sh')).mode & 0o777, 0o555);
    assert.deepEqual(readdirSync(join(folder, 'trees')), [digest.slice(7)]);
  });

  it('links what it has laid out before', async () => {
    const trees = open();
    const first = await trees.ensure(await artifact(FILES));
    const second = await trees.ensure(await artifact({ ...FILES, 'main.py': 'x = 2' }));
    assert.equal(statSync(join(second.root, 'sub/helper.py')).ino, statSync(join(first.root, 'sub/helper.py')).ino);
    assert.equal(readFileSync(join(second.root, 'main.py'), 'utf8'), 'x = 2');
  });

  it('makes a damaged folder of an earlier agent again', async () => {
    const digest = await artifact(FILES);
    const { root } = await open().ensure(digest);
    chmodSync(join(root, 'main.py'), 0o644);
    writeFileSync(join(root, 'main.py'), '');
    assert.equal(readFileSync(join((await open().ensure(digest)).root, 'main.py'), 'utf8'), 'x = 1');
  });

  it('leaves nothing behind when content is missing, and works once it is there', async () => {
    const digest = await artifact(FILES, ['data.csv']);
    const trees = open();
    await assert.rejects(trees.ensure(digest), (error) => error instanceof CairnError && error.code === 'unknown-blob');
    assert.deepEqual(readdirSync(join(folder, 'trees')), []);
    await store.blobs.put(Buffer.from(FILES['data.csv']));
    assert.ok(await trees.ensure(digest));
  });
});
