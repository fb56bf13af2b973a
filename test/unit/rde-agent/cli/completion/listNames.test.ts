import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { CommandContext } from '../../../../../rde-agent/cli/commandContext.ts';
import type { ListedKind } from '../../../../../rde-agent/cli/completion/commandTree.ts';
import type { Asked } from '../../../../../rde-agent/cli/completion/complete.ts';
import { listNames } from '../../../../../rde-agent/cli/completion/listNames.ts';
import { moduleFiles, SmallWorkspace } from '../../../../support/smallWorkspace.ts';
import { createTempFolder, removeFolder } from '../../../../support/tempFolder.ts';

const RUN = '01987a3e-6f00-7000-8000-000000000000';

describe('cli/completion/listNames', () => {
  let home: string;
  let space: SmallWorkspace;
  before(() => {
    home = createTempFolder();
    space = new SmallWorkspace({
      ...moduleFiles('demo/first', { code: 'def run():\n    return {"out": 1}\n' }),
      'libraries/demo/words/library.yaml': 'library: demo/words\n',
      'datasets/rows.dataset.yaml': 'dataset: demo/rows\n',
      'environments/ml.environment.yaml': 'environment: ml\n',
      'workflows/flow.workflow.yaml': 'workflow: demo/flow\nsteps: { first: { module: demo/first }, again: { module: demo/first } }\n',
      'workflows/other.workflow.yaml': 'workflow: demo/other\nsteps:\n  only: { module: demo/first }\nnonsense: 1\n',
      'workflows/broken.workflow.yaml': 'workflow: demo/broken\nsteps: [',
    });
  });
  after(() => {
    space.dispose();
    removeFolder(home);
  });

  async function list(kind: ListedKind, asked: Partial<Asked> = {}, folder = space.root): Promise<readonly string[]> {
    const stream = { write: () => assert.fail('nothing is ever said') };
    const host = { env: { CAIRN_HOME: home }, cwd: folder, stdout: stream, stderr: stream, interrupted: new AbortController().signal };
    const options = { json: false, quiet: false, verbose: false, input: true };
    const found = await listNames(kind, { command: 'show', known: {}, current: '', ...asked }, new CommandContext(options, host));
    return found.map(({ value }) => value);
  }

  it('reads names off the files, also of those that are wrong', async () => {
    assert.deepEqual(await list('workflow'), ['demo/broken', 'demo/flow', 'demo/other']);
    assert.deepEqual(await list('module'), ['demo/first', 'demo/words']);
    assert.deepEqual(await list('name'), ['demo/broken', 'demo/first', 'demo/flow', 'demo/other', 'demo/words']);
    assert.deepEqual(await list('dataset'), ['demo/rows']);
    assert.deepEqual(await list('environment'), ['ml']);
  });

  it('reads the steps of a workflow by its name, its last part or its file', async () => {
    for (const workflow of ['demo/flow', 'flow', 'workflows/flow.workflow.yaml', './workflows/flow.workflow.yaml'])
      assert.deepEqual(await list('step', { known: { workflow } }), ['first', 'again'], workflow);
    assert.deepEqual(await list('step', { known: { workflow: 'demo/other' } }), ['only']);
    assert.deepEqual(await list('step', { known: { workflow: 'demo/broken' } }), []);
    assert.deepEqual(await list('step'), [], 'there are several');
  });

  it('is silent where there is no agent and no workspace, and starts none', async () => {
    for (const kind of ['run', 'tag', 'cluster'] as const) assert.deepEqual(await list(kind), []);
    assert.deepEqual(await list('step', { known: { run: RUN } }), []);
    assert.deepEqual(await list('workflow', { command: 'schedule show' }), []);
    assert.deepEqual(await list('output'), ['demo/rows']);
    for (const current of [`${RUN}:`, 'demo/rows@']) assert.deepEqual(await list('output', { current }), []);
    for (const kind of ['workflow', 'dataset', 'step', 'output'] as const) assert.deepEqual(await list(kind, {}, home), []);
    assert.deepEqual(readdirSync(home), []);
  });
});
