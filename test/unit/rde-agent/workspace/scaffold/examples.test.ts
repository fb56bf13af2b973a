import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { initWorkspace } from '../../../../../rde-agent/workspace/scaffold/initWorkspace.ts';
import { createTempFolder, removeFolder } from '../../../../support/tempFolder.ts';

const examples = path.join(import.meta.dirname, '../../../../../examples');

describe('rde-agent/workspace/scaffold/examples', () => {
  let folder: string;
  beforeEach(() => void (folder = createTempFolder()));
  afterEach(() => removeFolder(folder));

  it('copies an example whole into a folder that is made for it', () => {
    const root = path.join(folder, 'mine');
    const { created } = initWorkspace({ root, example: 'flights', preview: false }, examples);
    for (const file of ['cairn.yaml', 'modules/flights/clean/clean.py', 'environments/python-ml.lock']) {
      assert.ok(created.includes(file), file);
      assert.equal(readFileSync(path.join(root, file), 'utf8'), readFileSync(path.join(examples, 'flights', file), 'utf8'));
    }
    assert.throws(() => initWorkspace({ root, example: 'flights', preview: false }, examples), { code: 'already-exists' });
  });

  it('shows it before, and writes nothing then', () => {
    const root = path.join(folder, 'mine');
    const { contents } = initWorkspace({ root, example: 'flights', preview: true }, examples);
    assert.match(contents?.['cairn.yaml'] ?? '', /^workspace: flights/);
    assert.equal(existsSync(root), false);
  });

  it('refuses a name beside it, and says when it came without', () => {
    assert.throws(() => initWorkspace({ root: folder, name: 'x', example: 'flights', preview: false }, examples), {
      code: 'invalid-request',
    });
    for (const none of [undefined, folder])
      assert.throws(() => initWorkspace({ root: folder, example: 'flights', preview: false }, none), { code: 'not-supported' });
    assert.equal(existsSync(path.join(folder, 'cairn.yaml')), false);
  });
});
