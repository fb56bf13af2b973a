import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { FileIndex } from '../../../../rde-agent/builder/fileIndex.ts';
import { OWNER } from '../../../support/runRole.ts';
import { createTempFolder, removeFolder, writeFiles } from '../../../support/tempFolder.ts';
import { WorkspaceHarness } from '../../../support/workspaceHarness.ts';

const MODULES = 2000;
const never = new AbortController().signal;

describe('a workspace of 2,000 modules', () => {
  let harness: WorkspaceHarness;
  let root: string;
  before(async () => {
    root = createTempFolder({
      'cairn.yaml': 'workspace: many\n',
      'workflows/w.workflow.yaml': 'workflow: team/w\nsteps:\n  one:\n    module: team/m1234\n',
    });
    for (let number = 0; number < MODULES; number += 1) {
      const folder = `modules/team/m${number}`;
      writeFiles(root, {
        [`${folder}/module.yaml`]: `module: team/m${number}\nentry: main.py:run\noutputs:\n  out: json\n`,
        [`${folder}/main.py`]: `from part import VALUE\n\n\ndef run():\n    return {"out": VALUE}\n`,
        [`${folder}/part.py`]: `VALUE = ${number}\n`,
      });
    }
    harness = new WorkspaceHarness();
    await harness.open();
    await harness.role.open(root);
  });
  after(async () => {
    await harness.remove();
    removeFolder(root);
  });

  const build = async (): Promise<readonly string[]> => {
    const { modules } = await harness.role.build({ root, modules: [], documents: {}, environments: false }, never);
    assert.equal(modules.length, MODULES);
    return modules.filter((module) => module.rebuilt).map((module) => module.module);
  };

  it('builds all of them, then nothing, then the one that was edited', async () => {
    assert.equal((await build()).length, MODULES);
    assert.deepEqual(await build(), []);
    appendFileSync(path.join(root, 'modules/team/m77/part.py'), '# more\n');
    assert.deepEqual(await build(), ['team/m77']);
    assert.deepEqual((await harness.role.check({ root, overlays: {} })).diagnostics, []);
  });

  it('runs one of them with few bytes and few questions', async () => {
    const run = (key: string): Promise<unknown> =>
      harness.role.submit({ root, workflow: 'team/w', params: {}, documents: {}, force: false, key }, OWNER);
    await run('key-00000001');
    writeFileSync(path.join(root, 'modules/team/m1234/part.py'), 'VALUE = 5\n');
    await run('key-00000002');
    // The file, the artifact, and the folders of the module, its team, the modules and the root.
    assert.equal(harness.submits.at(-1)?.blobs.length, 6);
    assert.equal(harness.asked.at(-1), 6);
  });

  it('ends with the tree that a fresh look finds', async () => {
    const index = new FileIndex({ root, cacheFile: undefined, now: Date.now });
    await index.scan();
    const document = await harness.role.push({ root, documents: {}, key: 'key-00000003' }, OWNER);
    assert.equal(document.tree, index.tree());
  });
});
