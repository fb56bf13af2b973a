import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readWorkflowSource } from '../../../../language/service/readWorkflowSource.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { WorkflowView } from '../../../../rde-agent/protocol/workspaceView.ts';
import { reduceWorkflows, type WorkflowsAction, type WorkflowsView } from '../../../../rde-agent/protocol/workflowsView.ts';
import { OWNER } from '../../../support/runRole.ts';
import { moduleFiles, SmallWorkspace } from '../../../support/smallWorkspace.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { WorkspaceHarness } from '../../../support/workspaceHarness.ts';

const TOP = `# said first
workflow: small/top
description: Everything in one
params:
  who: { type: string }
  times: { type: int, default: 2, min: 1 }
steps:
  all: { module: small/join, in: { texts: "each[*].out" } }
  say: { module: small/say, params: { who: "\${params.who}" } }
  each:
    module: small/say
    foreach: { name: [ann, bob] }
    params: { who: "\${foreach.name}" }
  inner: { workflow: small/inner, in: { text: say.out } }
  last: { module: small/count, in: { text: inner.counted }, when: "say.metrics.good > 0" }
`;
const INNER = `workflow: small/inner
inputs: { text: json }
steps:
  count: { module: small/count, in: { text: inputs.text } }
  deep: { workflow: small/deep, in: { text: count.out } }
outputs: { counted: deep.counted }
`;
const DEEP = `workflow: small/deep
inputs: { text: json }
steps:
  count: { module: small/count, in: { text: inputs.text } }
outputs: { counted: count.out }
`;
const FILES = {
  'workflows/top.workflow.yaml': TOP,
  'workflows/parts/inner.workflow.yaml': INNER,
  'workflows/parts/deep.workflow.yaml': DEEP,
  ...moduleFiles('small/say', { params: '{ who: { type: string } }', code: 'def run(who):\n    return {"out": who}\n' }),
  ...moduleFiles('small/join', { inputs: '{ texts: { list: json } }', code: 'def run(texts):\n    return {"out": texts}\n' }),
  ...moduleFiles('small/count', { inputs: '{ text: json }', code: 'def run(text):\n    return {"out": len(text)}\n' }),
};
const isCode = (code: string) => (error: unknown) => error instanceof CairnError && error.code === code;

describe('executor: pushed workflows', function () {
  this.timeout(60_000);
  let harness: WorkspaceHarness;
  let workspace: SmallWorkspace;

  beforeEach(async () => {
    workspace = new SmallWorkspace(FILES);
    harness = new WorkspaceHarness();
    await harness.runs.open({ readWorkflow: readWorkflowSource });
    await harness.reopen();
  });
  afterEach(async () => {
    await harness.remove();
    workspace.dispose();
  });

  const push = () => harness.role.push({ root: workspace.root, documents: {}, key: randomUUID() }, OWNER);
  const show = (name: string) => harness.runs.role.workflow(name, OWNER);

  async function openView(name: string): Promise<WorkflowView> {
    await harness.role.open(workspace.root);
    const found = harness.role.view(workspace.root)?.view.workflows.find((one) => one.name === name);
    assert.ok(found !== undefined);
    return found;
  }

  /** Edges come step by step, as the files have them. */
  it('looks as it does in a workspace that is open, with all that it nests and the files of its code', async () => {
    await push();
    const { pushed, graph, nested, code } = await show('small/top');
    assert.deepEqual(graph, await openView('small/top'));
    assert.deepEqual(nested.map(({ name }) => name).sort(), ['small/deep', 'small/inner']);
    for (const inner of nested) assert.deepEqual(inner, await openView(inner.name));
    const toPlace = (name: string) => ({ folder: `modules/${name}`, entry: `modules/${name}/main.py` });
    assert.deepEqual(code, Object.fromEntries(['small/say', 'small/join', 'small/count'].map((name) => [name, toPlace(name)])));
    assert.deepEqual([pushed.workflow, pushed.workspace, pushed.steps], ['small/top', 'small', 5]);
    assert.deepEqual((await show('top')).graph, graph, 'the last part of a name is enough');
    await assert.rejects(show('small/nothing'), isCode('unknown-workflow'));
  });

  it('stays as it was pushed, whatever becomes of the files', async () => {
    await push();
    const before = await show('small/top');
    workspace.write({ 'workflows/top.workflow.yaml': TOP.replace('# said first\n', '').replace('last:', 'later:') });
    await harness.role.check({ root: workspace.root, overlays: {} });
    assert.deepEqual(await show('small/top'), before);
    await push();
    const after = await show('small/top');
    assert.deepEqual(
      after.graph.steps.map(({ id, line }) => [id, line]),
      before.graph.steps.map(({ id, line }) => [id === 'last' ? 'later' : id, line - 1]),
    );
  });

  it('without the files of its tree it has its steps, and no places', async () => {
    await harness.runs.close();
    await harness.runs.open();
    await harness.reopen();
    await push();
    const { graph } = await show('small/top');
    assert.deepEqual([graph.file, graph.description], ['', '']);
    assert.deepEqual(
      graph.steps.map(({ id, line }) => [id, line]).sort(),
      ['all', 'each', 'inner', 'last', 'say'].map((id) => [id, 1]),
    );
  });

  it('is planned as what is saved is, with values for what has none', async () => {
    await push();
    const asked = { workflow: 'small/top', params: { who: 'ann' } };
    const pushed = await harness.runs.role.planPushed(asked, OWNER);
    const saved = await harness.role.plan({ root: workspace.root, documents: {}, ...asked }, OWNER);
    const toDecisions = ({ steps }: typeof saved) =>
      steps.map(({ step, decision, reasons }) => `${step} ${decision} ${reasons.map(({ message }) => message).join('; ')}`).sort();
    assert.deepEqual(toDecisions(pushed), toDecisions(saved));
    assert.equal(pushed.tree, saved.tree);
    const byText = await harness.runs.role.planPushed({ workflow: 'top', params: {}, texts: { who: 'ann', times: '3' } }, OWNER);
    assert.equal(byText.workflow, 'small/top');
    await assert.rejects(harness.runs.role.planPushed({ workflow: 'small/top', params: {} }, OWNER), isCode('invalid-request'));
    await assert.rejects(harness.runs.role.planPushed({ workflow: 'small/other', params: {} }, OWNER), isCode('unknown-workflow'));
  });

  it('tells who follows of each push, and whenever plans may be others', async () => {
    const { role } = harness.runs;
    let followed: WorkflowsView = role.workflowsView(OWNER);
    assert.deepEqual(followed.workflows, []);
    const told: WorkflowsAction['type'][] = [];
    const listening = role.onDidChangeWorkflows((action) => {
      followed = reduceWorkflows(followed, action);
      told.push(action.type);
    });
    const anew = async (what: string, act: () => Promise<unknown>): Promise<void> => {
      const before = followed.plans;
      await act();
      await waitFor(`plans after ${what}`, () => followed.plans > before);
    };
    await anew('a push', push);
    assert.deepEqual(followed.workflows, (await role.workflows(OWNER)).workflows);
    assert.deepEqual(
      followed.workflows.map(({ workflow }) => workflow),
      ['small/top'],
      'parts of others cannot be run by themselves',
    );
    await anew('a run', () => role.trigger({ workflow: 'small/top', params: { who: 'ann' }, key: randomUUID() }, OWNER));
    await anew('a tag', () =>
      role.releases.move({ module: 'small/say', tag: 'ours', to: 'latestAlpha', dryRun: false, key: randomUUID() }, OWNER),
    );
    await anew('a collection', () => role.cache.collect({ dryRun: false, days: 0 }, OWNER));
    listening.dispose();
    const count = told.length;
    workspace.write({ 'workflows/more.workflow.yaml': 'workflow: small/more\nsteps:\n  say: { module: small/say, params: { who: x } }\n' });
    await push();
    assert.equal(told.length, count);
    assert.deepEqual(
      role.workflowsView(OWNER).workflows.map(({ workflow }) => workflow),
      ['small/more', 'small/top'],
    );
  });
});
