import assert from 'node:assert/strict';
import type { Reference } from '../../../../language/model/workflow.ts';
import { isForced, toGiven } from '../../../../rde-agent/engine/decide.ts';
import { toExpansion } from '../../../../rde-agent/engine/elements.ts';
import { createKeyMaker } from '../../../../rde-agent/engine/keys.ts';
import { toListRecord, toNestedDefinition, toNestedInputs, toRunResult, type TaskResults } from '../../../../rde-agent/engine/nested.ts';
import { toTaskGraph, type TaskGraph } from '../../../../rde-agent/engine/taskGraph.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { PinnedStep } from '../../../../rde-agent/protocol/pinned.ts';
import type { OutputRecord } from '../../../../rde-agent/protocol/runEvents.ts';
import { digestOf, stepOf, workflowOf } from '../../../support/pinnedWorkflow.ts';

const record = (content: string): OutputRecord => ({
  type: 'json',
  digest: digestOf(content),
  logical: digestOf(`logical ${content}`),
  exact: false,
  bytes: content.length,
  format: 'json',
});
const reference = (step: string, kind: 'none' | 'all' = 'none', port = 'out'): Reference => ({ step, port, select: { kind } });
const fromInput = (id: string, input: string): PinnedStep =>
  stepOf(id, { changes: { inputs: { in0: reference('inputs', 'none', input) } } });

/** Every task has succeeded with its id as content, and with its metric `m` the length of that. */
const RESULTS: TaskResults = { output: (task) => record(task), metricsOf: (task) => ({ [`of ${task[0] ?? ''}`]: task.length }) };

const INNER = workflowOf([fromInput('a', 'x'), stepOf('e', { needs: ['a'], foreach: ['p', 'qq'] })], {
  workflow: 'test/inner',
  outputs: { one: reference('a'), all: reference('e', 'all'), same: reference('inputs', 'none', 'x') },
});
const RUN = { id: 'r', nominalTime: null };

function innerGraph(x: OutputRecord): TaskGraph {
  return toTaskGraph(INNER, { ...RUN, inputs: { x } }, null);
}

describe('engine: nested workflows', () => {
  it('gives outputs by name, lists in foreach order, and all metrics, a later task winning', () => {
    const { outputs, metrics } = toRunResult(innerGraph(record('x')), RESULTS, digestOf);
    assert.deepEqual(outputs, { one: record('a'), all: toListRecord([record('e[p]'), record('e[qq]')], digestOf), same: record('x') });
    assert.deepEqual(metrics, { 'of a': 1, 'of e': 5 });
    const without: TaskResults = { ...RESULTS, output: (task) => (task === 'e[p]' ? undefined : record(task)) };
    assert.deepEqual(Object.keys(toRunResult(innerGraph(record('x')), without, digestOf).outputs), ['one', 'same']);
  });

  it('names a list by its items, in order', () => {
    const list = toListRecord([record('a'), record('b')], digestOf);
    assert.deepEqual([list.type, list.bytes, list.exact, list.items?.length], ['list', 2, false, 2]);
    assert.notEqual(list.logical, toListRecord([record('b'), record('a')], digestOf).logical);
    assert.equal(toListRecord([{ ...record('a'), exact: true }], digestOf).exact, true);
  });

  it('is given what its step is given, and takes a list apart again', () => {
    const check = stepOf('check', { needs: ['e[*]'], changes: { kind: 'workflow', name: 'test/inner' } });
    const outer = workflowOf([stepOf('e', { foreach: [1, 2] }), check], { workflows: [INNER] });
    const graph = toTaskGraph(outer, RUN, null);
    const task = graph.byId.get('check');
    assert.ok(task !== undefined);
    const { in0 } = toNestedInputs(task, RESULTS.output, digestOf);
    assert.deepEqual(in0, toListRecord([record('e[1]'), record('e[2]')], digestOf));
    assert.equal(toNestedInputs(task, () => undefined, digestOf)['in0'], null);
    const inner = innerGraph(in0 ?? record(''));
    assert.deepEqual(inner.byId.get('a')?.inputs['in0'], {
      kind: 'list',
      items: ['e[1]', 'e[2]'].map((content) => ({ kind: 'given', input: 'x', output: record(content) })),
    });
    assert.deepEqual(toNestedDefinition(outer, task, { p: 1 }), { ...INNER, params: { p: 1 }, workflows: [INNER] });
    const unpinned = toTaskGraph({ ...outer, workflows: [] }, RUN, null);
    assert.throws(() => toNestedDefinition(unpinned.definition, task, {}), CairnError);
    assert.throws(() => toTaskGraph(INNER, RUN, null), /input x, which it was not given/);
  });

  it('has the same keys inside whoever computed what it is given, and a list output the key of a list', () => {
    const keys = createKeyMaker({ tenant: 'local', domain: 'experiment' }, digestOf);
    const list = toListRecord([record('p'), record('q')], digestOf);
    const consumer = stepOf('j', { needs: ['up'] });
    const graph = toTaskGraph(workflowOf([stepOf('up'), consumer]), RUN, null);
    const task = graph.byId.get('j');
    const inner = innerGraph(list).byId.get('a');
    assert.ok(task !== undefined && inner !== undefined);
    const { in0 } = keys.toKey(task, () => list).parts.inputs;
    assert.deepEqual(in0, {
      kind: 'list',
      items: ['p', 'q'].map((content) => ({ kind: 'value', digest: record(content).logical, columns: null, filter: null, mask: null })),
    });
    assert.deepEqual(keys.toKey(inner, () => undefined).parts.inputs['in0'], in0);
  });
});

describe('engine: elements of a fan-out', () => {
  const foreach = { names: ['a', 'b'], values: { b: ['x', 'y'] }, from: { a: reference('up') } };

  it('are zipped or crossed, the last name fastest', () => {
    assert.deepEqual(toExpansion(foreach, { a: [1, 2] }), { values: { a: [1, 2], b: ['x', 'y'] }, count: 2 });
    assert.deepEqual(toExpansion({ ...foreach, product: true }, { a: [1, { deep: null }] }), {
      values: { a: [1, 1, { deep: null }, { deep: null }], b: ['x', 'y', 'x', 'y'] },
      count: 4,
    });
    assert.deepEqual(toExpansion({ ...foreach, product: true }, { a: [] }).count, 0);
    assert.throws(() => toExpansion(foreach, { a: [1] }), /a has 1 values and b has 2/);
    assert.throws(() => toExpansion(foreach, {}), /no values of a/);
  });

  it('become tasks whose parameters keep the type of their value', () => {
    const each = { kind: 'template', parts: [{ kind: 'substitution', scope: 'foreach', name: 'a' }] } as const;
    const steps = [stepOf('up'), stepOf('e', { changes: { foreach, params: { each } } }), stepOf('j', { needs: ['e[*]'] })];
    const graph = toTaskGraph(workflowOf(steps), RUN, null);
    assert.deepEqual([...graph.byId.keys()], ['up', 'e[*]', 'j']);
    const expansion = toExpansion(foreach, { a: [{ row: 1 }, 'two'] });
    const tasks = graph.expand('e', expansion.values, expansion.count);
    assert.deepEqual(
      tasks.map(({ id, element, params }) => [id, element, params]),
      [
        ['e[0]', 0, { each: { row: 1 } }],
        ['e[1]', 1, { each: 'two' }],
      ],
    );
    assert.deepEqual(graph.byId.get('j')?.inputs['in0'], {
      kind: 'list',
      items: ['e[0]', 'e[1]'].map((task) => ({ kind: 'value', task, port: 'out' })),
    });
    assert.throws(() => graph.expand('e', expansion.values, 2), /known already/);
  });
});

describe('engine: reruns', () => {
  it('force the step that they start from, and take what is above as it was given', () => {
    const graph = toTaskGraph(workflowOf([stepOf('a'), stepOf('b', { needs: ['a'] }), stepOf('c', { needs: ['b'] })]), RUN, 'b');
    const given = { a: { outputs: { out: record('a') }, metrics: {} } };
    const asks = { force: false, from: 'b', origin: { kind: 'rerun', run: 'old' }, given } as const;
    assert.deepEqual(
      graph.nodes.map((node) => [node.id, isForced(node, asks), toGiven(node, asks)]),
      [
        ['a', false, given.a],
        ['b', true, undefined],
        ['c', false, undefined],
      ],
    );
    assert.deepEqual(
      graph.nodes.map((node) => isForced(node, { force: true, from: null })),
      [false, true, true],
    );
  });
});
