import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FileIndex } from '../../../../rde-agent/builder/fileIndex.ts';
import { toDenial } from '../../../../rde-agent/builder/denyList.ts';
import { createTempFolder, removeFolder, writeFiles } from '../../../support/tempFolder.ts';

describe('what is left out of a tree', () => {
  let root: string;
  beforeEach(() => {
    root = createTempFolder();
  });
  afterEach(() => removeFolder(root));

  const list = async (files: readonly string[], folder = root): Promise<readonly string[]> => {
    writeFiles(root, Object.fromEntries(files.filter((file) => !file.includes('ignore')).map((file) => [file, file])));
    const index = new FileIndex({ root: folder, cacheFile: undefined, now: Date.now });
    await index.scan();
    return [...index.paths()].filter((file) => !file.includes('ignore')).sort();
  };

  it('denies version control, caches, environments and secrets, whatever an ignore file says', async () => {
    writeFiles(root, { '.cairnignore': '!.env\n!*.pem\n!.git\n!id_rsa\n' });
    const denied = [
      '.git/config',
      '.venv/x.py',
      'm/__pycache__/a.pyc',
      'm/node_modules/x.js',
      '.env',
      'm/.env.local',
      'key.pem',
      'm/id_rsa',
      'm/id_ed25519.bak',
      '.netrc',
      'm/a.py~',
      'm/.a.py.swp',
    ];
    assert.deepEqual(await list([...denied, 'm/a.py', '.env.example']), ['.env.example', 'm/a.py']);
  });

  it('recognises a virtual environment under any name', async () => {
    assert.deepEqual(await list(['m/a.py', 'm/py311/pyvenv.cfg', 'm/py311/lib/site.py']), ['m/a.py']);
  });

  it('obeys .gitignore in every folder, the deepest first', async () => {
    writeFiles(root, { '.gitignore': '*.csv\n/out/\n', 'm/.gitignore': '!keep.csv\nlocal.py\n' });
    assert.deepEqual(await list(['a.csv', 'out/x.py', 'm/out/x.py', 'm/keep.csv', 'm/b.csv', 'm/local.py', 'local.py']), [
      'local.py',
      'm/keep.csv',
      'm/out/x.py',
    ]);
  });

  it('lets .cairnignore decide before .gitignore', async () => {
    writeFiles(root, { '.gitignore': '*.bin\n', '.cairnignore': '!model.bin\nnotes/\n' });
    assert.deepEqual(await list(['model.bin', 'other.bin', 'notes/a.md', 'm/a.py']), ['m/a.py', 'model.bin']);
  });

  it('obeys the .gitignore files of the repository above the workspace', async () => {
    writeFiles(root, { '.git/HEAD': 'ref: x', '.gitignore': '*.tmp\n/inner/skip/\n' });
    const files = ['inner/a.py', 'inner/b.tmp', 'inner/skip/c.py'];
    assert.deepEqual(await list(files, path.join(root, 'inner')), ['a.py']);
  });

  it('looks at everything below again when the rules change', async () => {
    writeFiles(root, { 'm/a.py': 'a', 'm/b.csv': 'b', '.gitignore': '*.csv\n' });
    const index = new FileIndex({ root, cacheFile: undefined, now: Date.now });
    await index.scan();
    assert.equal(index.has('m/b.csv'), false);
    writeFileSync(path.join(root, '.gitignore'), '*.txt\n');
    const change = await index.update(['.gitignore']);
    assert.deepEqual([...change.changed].sort(), ['.gitignore', 'm/b.csv']);
    writeFileSync(path.join(root, '.gitignore'), '*.csv\n');
    await index.update(['.gitignore']);
    assert.equal(index.has('m/b.csv'), false);
  });

  it('ignores an event for an ignored file', async () => {
    writeFiles(root, { '.gitignore': 'out/\n', 'out/x.py': 'x' });
    const index = new FileIndex({ root, cacheFile: undefined, now: Date.now });
    await index.scan();
    const change = await index.update(['out/x.py', 'out']);
    assert.deepEqual([change.changed, change.foldersAdded], [[], []]);
  });

  it('says why a path is out', async () => {
    writeFiles(root, { '.gitignore': '*.csv\n' });
    const index = new FileIndex({ root, cacheFile: undefined, now: Date.now });
    await index.scan();
    assert.deepEqual(index.explain('m/a.csv', false), { kind: 'out', why: '.gitignore has the rule `*.csv`' });
    assert.equal(index.explain('.git/config', false).kind, 'out');
    assert.deepEqual(index.explain('m/a.py', false), { kind: 'in' });
  });

  it('takes a pattern with too many wildcards for none', async () => {
    writeFiles(root, { '.gitignore': `${'*a'.repeat(30)}b\n*.csv\n` });
    assert.deepEqual(await list([`${'a'.repeat(120)}.py`, 'x.csv']), [`${'a'.repeat(120)}.py`]);
  });

  it('denies by name alone', () => {
    for (const name of ['.env', '.env.production', 'server.PEM', 'id_rsa', 'id_rsa.pub', 'service-account-prod.json', '.pypirc'])
      assert.ok(toDenial(name, false), name);
    for (const name of ['.env.example', 'environment.py', 'keys.py', 'grid_rsa.py', 'pem.txt'])
      assert.equal(toDenial(name, false), undefined, name);
  });
});
