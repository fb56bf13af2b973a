import assert from 'node:assert/strict';
import type { DiffStep } from '../../../../rde-agent/protocol/comparisons.ts';
import { toCompareGraph } from '../../../../webviews/compare/graph/compareGraph.ts';
import { DIFFERENT, toCompareLook, toCompareLooks } from '../../../../webviews/compare/graph/compareLooks.ts';
import { findTaskOf, toStepChanges } from '../../../../webviews/compare/graph/stepChanges.ts';
import { findLooking } from '../../../../webviews/graph/findSteps.ts';
import type { NodeLook } from '../../../../webviews/graph/graphModel.ts';
import { makeDiff, makeDiffNode, makeDiffStep } from '../../../support/diffDocuments.ts';

const reasons: DiffStep['reasons'] = [
  { kind: 'code', message: 'scale changed' },
  { kind: 'param', name: 'depth', message: 'depth 3 → 5' },
  { kind: 'package', message: 'numpy 1 → 2' },
];
const outputs: DiffStep['outputs'] = [{ name: 'out', before: 'x', after: 'y', equal: false }];
const decisionOf = (before: string | null, after: string | null): Partial<DiffStep> => ({ decision: { before, after } });

/** The look of a step with these tasks. */
function lookOf(...tasks: readonly Partial<DiffStep>[]): NodeLook {
  const steps = tasks.map((task, index) => makeDiffStep(`fit[${String(index)}]`, task));
  const change = toStepChanges(makeDiff(steps)).get('fit');
  assert.ok(change !== undefined);
  return toCompareLook(change);
}

describe('the graph of two runs', () => {
  const graph = [
    makeDiffNode('load'),
    makeDiffNode('old', ['load'], { in: 'before' }),
    makeDiffNode('check', ['load', 'old'], { kind: 'workflow' }),
    makeDiffNode('check/score', []),
  ];

  it('holds the steps of both, nested ones in place', () => {
    const { nodes, edges } = toCompareGraph(makeDiff([], graph));
    assert.deepEqual(
      nodes.map(({ id, label, kind, parent }) => [id, label, kind, parent]),
      [
        ['load', 'load', 'module', null],
        ['old', 'old', 'module', null],
        ['check', 'check', 'workflow', null],
        ['check/score', 'score', 'module', 'check'],
      ],
    );
    assert.deepEqual(edges, [
      { from: 'load', to: 'old' },
      { from: 'load', to: 'check' },
      { from: 'old', to: 'check' },
    ]);
  });

  it('holds the steps alone where the agent does not tell more', () => {
    const { nodes, edges } = toCompareGraph(makeDiff([makeDiffStep('load'), makeDiffStep('fit[a]'), makeDiffStep('fit[b]')]));
    assert.deepEqual(
      nodes.map(({ id, name }) => [id, name]),
      [
        ['load', 'demo/load'],
        ['fit', 'demo/fit[b]'],
      ],
    );
    assert.deepEqual(edges, []);
  });

  it('stands in a step for the first of its tasks that differs', () => {
    const diff = makeDiff([makeDiffStep('fit[a]'), makeDiffStep('fit[b]', { equal: false }), makeDiffStep('load')], graph);
    assert.deepEqual(
      ['fit', 'load', 'check'].map((path) => findTaskOf(diff, path)),
      ['fit[b]', 'load', 'check'],
    );
  });

  it('leads from one difference to the next, those inside a workflow before the one around them', () => {
    const diff = makeDiff(
      [makeDiffStep('load'), makeDiffStep('check', { equal: false }), makeDiffStep('check/score', { equal: false, outputs })],
      graph,
    );
    const found = findLooking(toCompareGraph(diff), toCompareLooks(diff), DIFFERENT);
    assert.deepEqual(
      found.map((node) => node.id),
      ['check/score'],
    );
  });
});

describe('what stands on a step of two runs', () => {
  const told = ({ icon, text, badge, time }: NodeLook): readonly string[] => [icon, text, badge, time];

  it('is that it is the same, with what it took', () => {
    assert.deepEqual(told(lookOf({})), ['check', 'same', '', '1.0 s']);
    assert.deepEqual(told(lookOf({ seconds: { before: 1, after: 1.1 } })), ['check', 'same', '', '1.0 s → 1.1 s']);
    assert.deepEqual(told(lookOf(decisionOf(null, null))), ['check', 'same', '', '']);
    assert.deepEqual(told(lookOf(decisionOf('reused', 'reused'))), ['check', 'same', '', 'reused']);
  });

  it('is that one of the runs reused it', () => {
    assert.deepEqual(told(lookOf(decisionOf('executed', 'reused'))), ['history', 'same, reused', '', '1.0 s → reused']);
    assert.deepEqual(told(lookOf(decisionOf('reused', 'executed'))), ['history', 'same, reused', '', 'reused → 1.0 s']);
  });

  it('is that it was slower or faster, by no chance', () => {
    assert.deepEqual(told(lookOf({ seconds: { before: 1, after: 2 } })), ['watch', 'same, slower', '', '1.0 s → 2.0 s']);
    assert.deepEqual(told(lookOf({ seconds: { before: 2, after: 1 } })), ['zap', 'same, faster', '', '2.0 s → 1.0 s']);
    assert.equal(lookOf({ seconds: { before: 0.001, after: 0.04 } }).text, 'same');
  });

  it('is which of code, inputs, parameters and environment changed, what came out where none did', () => {
    const changed = lookOf({ equal: false, reasons, outputs });
    assert.deepEqual(told(changed), ['diff-modified', 'changed', 'code, parameter +1', '1.0 s']);
    assert.equal(changed.note, 'code, parameter, environment; scale changed; depth 3 → 5; numpy 1 → 2');
    assert.equal(lookOf({ equal: false, outputs }).badge, 'result');
  });

  it('is in which run it failed', () => {
    const state = { before: 'succeeded', after: 'failed' } as const;
    const failed = lookOf({ equal: false, state, reasons: reasons.slice(0, 1) });
    assert.deepEqual([failed.tone, ...told(failed)], ['bad', 'error', 'succeeded → failed', 'code', '1.0 s']);
    assert.equal(lookOf({ equal: false, state: { before: 'failed', after: 'succeeded' } }).icon, 'pass');
  });

  it('is which run alone has it', () => {
    const before = { in: 'before', equal: false, seconds: { before: 1, after: null }, ...decisionOf('executed', null) } as const;
    const after = { in: 'after', equal: false, seconds: { before: null, after: 2 }, ...decisionOf(null, 'executed') } as const;
    assert.deepEqual(told(lookOf(before)), ['diff-removed', 'only before', '', '1.0 s']);
    assert.deepEqual(told(lookOf(after)), ['diff-added', 'only after', '', '2.0 s']);
    assert.deepEqual(told(lookOf({}, after)).slice(0, 3), ['diff-modified', 'changed', 'new']);
  });

  it('is of all elements of a fan-out together', () => {
    const look = lookOf({}, { equal: false, reasons: reasons.slice(1, 2) }, decisionOf('executed', 'reused'));
    assert.deepEqual([look.count, look.badge, look.time], ['1/3', 'parameter', '3.0 s → 2.0 s']);
    assert.equal(look.note, '1 of 3 tasks differ; depth 3 → 5');
    assert.equal(lookOf({}, {}).count, '× 2');
  });
});
