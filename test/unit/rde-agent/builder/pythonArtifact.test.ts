import assert from 'node:assert/strict';
import { unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { toCanonicalJson } from '../../../../language/model/json.ts';
import { FileIndex } from '../../../../rde-agent/builder/fileIndex.ts';
import { FolderNode } from '../../../../rde-agent/builder/folderNode.ts';
import { toDigest } from '../../../../rde-agent/builder/digest.ts';
import { type BuildResult, type BuildTarget, PythonBuilder } from '../../../../rde-agent/builder/pythonArtifact.ts';
import { createTempFolder, removeFolder } from '../../../support/tempFolder.ts';

const TARGET: BuildTarget = {
  kind: 'module',
  name: 'n/m',
  folder: 'modules/n/m',
  entry: { file: 'main.py', function: 'run' },
  skip: new Set(['modules/n/m/tests']),
};

describe('a Python artifact', () => {
  let root: string;
  let index: FileIndex;
  let builder: PythonBuilder;
  beforeEach(async () => {
    root = createTempFolder({
      'modules/n/m/module.yaml': 'module: n/m\n',
      'modules/n/m/main.py': 'def run(): ...\n',
      'modules/n/m/lib/a.py': 'A = 1\n',
      'modules/n/m/data.csv': 'x\n1\n',
      'modules/n/m/tests/test_main.py': 'pass\n',
      'modules/n/other/main.py': 'x',
      'datasets/n/a.dataset.yaml': 'dataset: n/a\n',
      'datasets/n/b.dataset.yaml': 'dataset: n/b\n',
      'datasets/n/load.py': 'def load(): ...\n',
      'datasets/n/raw.csv': '1\n',
    });
    index = new FileIndex({ root, cacheFile: undefined, now: Date.now });
    await index.scan();
    builder = new PythonBuilder(index.counters);
  });
  afterEach(() => removeFolder(root));

  const build = (target = TARGET): BuildResult => builder.build(target, index.folder(target.folder), 0);
  const built = (target = TARGET): Extract<BuildResult, { kind: 'built' }> => {
    const result = build(target);
    if (result.kind === 'failed') throw result.error;
    return result;
  };
  const save = async (file: string, text: string): Promise<void> => {
    writeFileSync(path.join(root, file), text);
    await index.update([file]);
  };

  it('is a canonical list of files: sorted, relative, with digests, without the contract and the tests', () => {
    const { artifact } = built();
    assert.deepEqual(
      artifact.manifest.files.map((file) => file.path),
      ['data.csv', 'lib/a.py', 'main.py'],
    );
    assert.equal(artifact.digest, toDigest(toCanonicalJson(artifact.manifest)));
    assert.equal(toDigest(artifact.bytes), artifact.digest);
    assert.equal(artifact.manifest.files[1]?.digest, toDigest('A = 1\n'));
  });

  it('is the same in another folder, at another time, made by another builder', async () => {
    const digest = built().artifact.digest;
    const other = createTempFolder({
      'elsewhere/main.py': 'def run(): ...\n',
      'elsewhere/lib/a.py': 'A = 1\n',
      'elsewhere/data.csv': 'x\n1\n',
    });
    utimesSync(path.join(other, 'elsewhere/main.py'), 1, 1);
    const second = new FileIndex({ root: other, cacheFile: undefined, now: Date.now });
    await second.scan();
    const result = new PythonBuilder(second.counters).build(
      { ...TARGET, folder: 'elsewhere', skip: new Set() },
      second.folder('elsewhere'),
      0,
    );
    assert.equal(result.kind === 'built' && result.artifact.digest, digest);
    removeFolder(other);
  });

  it('changes with code, data and entry; not with the contract, tests or neighbours', async () => {
    const digest = built().artifact.digest;
    await save('modules/n/m/module.yaml', 'module: n/m\ndescription: other\n');
    await save('modules/n/m/tests/test_main.py', 'assert True\n');
    await save('modules/n/other/main.py', 'y');
    assert.equal(built().artifact.digest, digest);
    assert.notEqual(built({ ...TARGET, entry: { file: 'main.py', function: 'other' } }).artifact.digest, digest);
    await save('modules/n/m/data.csv', 'x\n2\n');
    assert.notEqual(built().artifact.digest, digest);
  });

  it('costs nothing when nothing changed', () => {
    built();
    index.tree();
    const before = { ...index.counters };
    const again = built();
    assert.equal(again.rebuilt, false);
    assert.deepEqual(again.stages, { detect: 0, hash: 0, pack: 0 });
    assert.deepEqual(index.counters, before);
  });

  it('keeps the last good artifact when a build fails, and names the reason', async () => {
    const digest = built().artifact.digest;
    unlinkSync(path.join(root, 'modules/n/m/main.py'));
    await index.update(['modules/n/m/main.py']);
    const failed = build();
    assert.equal(failed.kind, 'failed');
    assert.equal(failed.kind === 'failed' && failed.last?.digest, digest);
    assert.match(failed.kind === 'failed' ? failed.error.message : '', /main\.py/);
    await save('modules/n/m/main.py', 'def run(): ...\n');
    assert.equal(built().artifact.digest, digest);
  });

  it('of a dataset holds the Python files beside it and no data or definitions', () => {
    const target: BuildTarget = {
      kind: 'dataset',
      name: 'n/a',
      folder: 'datasets/n',
      entry: { file: 'load.py', function: 'load' },
      skip: new Set(),
    };
    assert.deepEqual(
      built(target).artifact.manifest.files.map((file) => file.path),
      ['load.py'],
    );
  });

  it('leaves a nested module to itself', () => {
    const target = { ...TARGET, skip: new Set(['modules/n/m/lib']) };
    assert.deepEqual(
      built(target).artifact.manifest.files.map((file) => file.path),
      ['data.csv', 'main.py', 'tests/test_main.py'],
    );
  });

  it('has limits, and names the largest files', () => {
    const folder = new FolderNode('modules', undefined).addFolder('m');
    const stat = { mtimeNs: 0n, ctimeNs: 0n, inode: 0n, mode: 0o644 };
    for (let number = 0; number < 10_001; number += 1) {
      const name = `f${number}.py`;
      folder.setFile({ name, disk: name, digest: toDigest(name), stat: { ...stat, size: number }, settled: true });
    }
    const failed = builder.build({ ...TARGET, folder: 'm', entry: { file: 'f1.py', function: 'run' } }, folder, 0);
    assert.match(failed.kind === 'failed' ? failed.error.message : '', /10001 files .* The largest: f10000\.py \(10000 bytes\)/s);
  });
});
