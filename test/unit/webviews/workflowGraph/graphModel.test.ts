import assert from 'node:assert/strict';
import type { GraphStep, WorkflowView } from '../../../../rde-agent/protocol/workspaceView.ts';
import type { PlanDocument } from '../../../../rde-agent/protocol/documents.ts';
import { nextNode, toLayout, toNodeNote, toNodes, toStructureKey } from '../../../../webviews/workflowGraph/graphModel.ts';
import { toPlanText } from '../../../../webviews/workflowGraph/planStatus.ts';
import { makeRun, makeTask } from '../../../support/runViews.ts';

function toStep(id: string, elements: readonly string[] | null = null): GraphStep {
  return { id, kind: 'module', name: `demo/${id}`, line: 1, elements, inputs: [], outputs: [] };
}

function connect(from: string, to: string): WorkflowView['edges'][number] {
  return { from: { step: from, port: 'out' }, to: { step: to, port: 'in' } };
}

/** a above b and c, those above d */
const diamond: WorkflowView = {
  name: 'demo/flow',
  file: 'flow.workflow.yaml',
  description: '',
  params: [],
  errors: 0,
  steps: [toStep('a'), toStep('b', ['x', 'y']), toStep('c'), toStep('d')],
  edges: [connect('a', 'b'), connect('a', 'c'), connect('b', 'd'), connect('c', 'd')],
};
const layout = toLayout(diamond);
const nodes = toNodes(diamond, layout, null, null);

describe('the model of the graph', () => {
  it('moves the selection by arrows, and stays where there is nothing', () => {
    const [left, right] = ['b', 'c'].toSorted(
      (one, other) => (nodes.find((node) => node.step.id === one)?.x ?? 0) - (nodes.find((node) => node.step.id === other)?.x ?? 0),
    );
    assert.ok(left !== undefined && right !== undefined);
    assert.equal(nextNode(nodes, left, 'right'), right);
    assert.equal(nextNode(nodes, left, 'left'), left);
    assert.equal(nextNode(nodes, left, 'up'), 'a');
    assert.equal(nextNode(nodes, right, 'down'), 'd');
    assert.equal(nextNode(nodes, 'd', 'down'), 'd');
  });

  it('reaches every step from the first by arrows alone', () => {
    const seen = new Set(['a']);
    for (const at of seen) for (const direction of ['up', 'down', 'left', 'right'] as const) seen.add(nextNode(nodes, at, direction));
    assert.deepEqual([...seen].sort(), ['a', 'b', 'c', 'd']);
  });

  it('keeps its places when only states, texts or lines change', () => {
    const moved = { ...diamond, description: 'other', steps: diamond.steps.map((step) => ({ ...step, line: step.line + 5 })) };
    assert.equal(toStructureKey(moved), toStructureKey(diamond));
    assert.notEqual(toStructureKey({ ...diamond, edges: diamond.edges.slice(1) }), toStructureKey(diamond));
  });

  it('says why to those who cannot see the tip, each reason once', () => {
    const reason = { kind: 'hit', message: 'nothing has changed' } as const;
    const tasks = ['b[x]', 'b[y]'].map((id) => makeTask(id, { state: 'succeeded', decision: 'reused', reasons: [reason] }));
    const [a, b] = toNodes(diamond, layout, makeRun(tasks), null);
    assert.deepEqual([a && toNodeNote(a), b && toNodeNote(b)], ['', 'nothing has changed']);
  });

  it('draws a plan over the newest run', () => {
    const miss = { kind: 'code', message: 'b.py has changed' } as const;
    const plan: PlanDocument = {
      v: 1,
      workflow: 'demo/flow',
      saved: 2,
      predictedSeconds: 1,
      steps: [
        { step: 'a', decision: 'hit', reasons: [], predictedSeconds: 0 },
        { step: 'b[x]', decision: 'miss', reasons: [miss], predictedSeconds: 1 },
        { step: 'b[y]', decision: 'hit', reasons: [], predictedSeconds: 0 },
        { step: 'd', decision: 'conditional', reasons: [], predictedSeconds: 0, on: 'sha256:0' },
      ],
    };
    const planned = toNodes(diamond, layout, makeRun([makeTask('a', { state: 'succeeded' })]), plan);
    assert.deepEqual(
      planned.map(({ plan: status }) => status && toPlanText(status)),
      ['would be reused', '1 of 2 would be reused', null, 'if its inputs change'],
    );
    assert.deepEqual(planned.map(toNodeNote), ['', 'b.py has changed', '', '']);
  });
});
