import assert from 'node:assert/strict';
import { checkWorkspace, type CheckedWorkspace } from '../../../../language/service/checkWorkspace.ts';
import { resolveWorkflow } from '../../../../language/service/resolveWorkflow.ts';
import type { ResolvedStep, ResolvedWorkflow } from '../../../../language/service/resolvedWorkflow.ts';
import { toWorkflowGraph } from '../../../../language/service/workflowGraph.ts';
import { readFixture, toAbilities } from '../../../support/languageWorkspace.ts';

function check(changes: { readonly [path: string]: string } = {}): CheckedWorkspace {
  const files = new Map([...readFixture('base.txt'), ...readFixture('rich.txt'), ...Object.entries(changes)]);
  return checkWorkspace(files, toAbilities(files, undefined));
}

function resolve(checked: CheckedWorkspace, name = 'demo/outer'): ResolvedWorkflow {
  const resolution = resolveWorkflow(checked, name);
  assert.ok(resolution.kind === 'resolved', JSON.stringify(resolution));
  return resolution.workflow;
}

function findStep({ steps }: ResolvedWorkflow, id: string): ResolvedStep {
  const step = steps.find((candidate) => candidate.step.id === id);
  assert.ok(step !== undefined);
  return step;
}

describe('resolveWorkflow, with everything that a workflow can nest', () => {
  it('resolves a nested workflow once, as a step with a contract', () => {
    const workflow = resolve(check());
    const [part, one] = [findStep(workflow, 'part'), findStep(workflow, 'one')];
    assert.ok(part.use.kind === 'workflow' && one.use.kind === 'workflow');
    assert.equal(part.use.workflow, one.use.workflow);
    assert.equal(part.file, 'workflows/inner.workflow.yaml');
    assert.deepEqual(part.use.workflow.outputs.models, { step: 'fit', port: 'model', select: { kind: 'all' } });
    assert.deepEqual(
      part.contract.outputs.map(({ name, type }) => [name, type]),
      [
        ['models', { kind: 'list', of: { kind: 'model' } }],
        ['best', { kind: 'model' }],
        ['metrics', { kind: 'metrics' }],
      ],
    );
    assert.deepEqual(findStep(part.use.workflow, 'deep').inputs, { data: { step: 'inputs', port: 'data', select: { kind: 'none' } } });
    assert.deepEqual(part.params.depth, { kind: 'literal', value: 3 });
    assert.deepEqual([part.environment, part.libraries], [undefined, []]);
  });

  it('names elements of literals, and knows that those of outputs are not known', () => {
    const workflow = resolve(check());
    const part = findStep(workflow, 'part');
    assert.equal(part.elements, null);
    assert.deepEqual(part.step.foreach?.from, {
      item: { step: 'slices', port: 'slices', select: { kind: 'none' } },
      row: { step: 'raw', port: 'data', select: { kind: 'none' } },
    });
    assert.ok(part.use.kind === 'workflow');
    assert.deepEqual(findStep(part.use.workflow, 'fit').elements, ['a,1', 'a,2', 'b,1', 'b,2']);
  });

  it('fills in lists, and orders steps also by what conditions read', () => {
    const workflow = resolve(check());
    assert.deepEqual(findStep(workflow, 'pick').inputs.candidates, {
      items: [
        { step: 'part', port: 'best', select: { kind: 'all' } },
        { step: 'one', port: 'best', select: { kind: 'none' } },
      ],
    });
    const order = workflow.steps.map(({ step }) => step.id);
    assert.ok(order.indexOf('slices') < order.indexOf('one'));
    assert.deepEqual(findStep(workflow, 'pick').step.join, { kind: 'quorum', count: 2 });
  });

  it('collects libraries, those that libraries use included', () => {
    const { libraries } = findStep(resolve(check()), 'slices');
    assert.deepEqual(
      libraries.map(({ name, folder }) => [name, folder]),
      [
        ['demo/words', 'libraries/demo/words'],
        ['demo/letters', 'libraries/demo/letters'],
      ],
    );
  });

  it('is broken by errors of what is nested, by a cycle, and by depth', () => {
    const inner = readFixture('rich.txt').get('workflows/inner.workflow.yaml') ?? '';
    const broken = resolveWorkflow(check({ 'workflows/inner.workflow.yaml': inner.replace('demo/fit', 'demo/fitt') }), 'demo/outer');
    assert.ok(broken.kind === 'broken' && broken.diagnostics[0]?.file === 'workflows/inner.workflow.yaml');
    const cycle = resolveWorkflow(
      check({ 'workflows/a.workflow.yaml': 'workflow: demo/a\nsteps: { b: { workflow: demo/a } }\n' }),
      'demo/a',
    );
    assert.ok(cycle.kind === 'broken');
    assert.deepEqual(
      cycle.diagnostics.map(({ code }) => code),
      ['workflow-cycle', 'limit-exceeded'],
    );
    const levels = Array.from({ length: 400 }, (_, level) => {
      const step = level === 0 ? 'x: { dataset: demo/numbers }' : `x: { workflow: demo/l${level - 1} }`;
      return [`workflows/l${level}.workflow.yaml`, `workflow: demo/l${level}\nsteps: { ${step} }\noutputs: { x: x }\n`] as const;
    });
    const deep = check(Object.fromEntries(levels));
    assert.equal(resolveWorkflow(deep, 'demo/l90').kind, 'resolved');
    const tooDeep = resolveWorkflow(deep, 'demo/l399');
    assert.deepEqual(tooDeep.kind === 'broken' ? tooDeep.diagnostics.map(({ code }) => code) : [], ['limit-exceeded']);
  });
});

describe('toWorkflowGraph, with everything that a workflow can nest', () => {
  it('shows nested workflows with their ports, and fan-outs that are not known yet', () => {
    const { model } = check();
    const definition = model.workflows.get('demo/outer');
    assert.ok(definition !== undefined);
    const { steps, edges } = toWorkflowGraph(model, definition);
    const part = steps.find(({ id }) => id === 'part');
    assert.deepEqual(part, {
      id: 'part',
      kind: 'workflow',
      name: 'demo/inner',
      line: 6,
      elements: null,
      isDynamic: true,
      inputs: [{ name: 'data', type: 'table(x)' }],
      outputs: [
        { name: 'models', type: 'list of model' },
        { name: 'best', type: 'model' },
        { name: 'metrics', type: 'metrics' },
      ],
    });
    const text = edges.map(({ from, to }) => `${from.step}.${from.port} → ${to.step}.${to.port}`);
    for (const edge of [
      'slices.slices → part.foreach.item',
      'slices.metrics → one.when',
      'one.best → pick.candidates',
      'one.models → all.candidates',
    ]) {
      assert.ok(text.includes(edge), edge);
    }
  });
});
