import assert from 'node:assert/strict';
import { toStructureKey } from '../../../../webviews/graph/graphModel.ts';
import { toRunGraph } from '../../../../webviews/graph/runGraph.ts';
import { toRows } from '../../../../webviews/graph/treeRows.ts';
import { expandTo, toVisible } from '../../../../webviews/graph/visibleGraph.ts';
import { toWorkflowGraph } from '../../../../webviews/graph/workflowGraph.ts';
import { findNested, findStep } from '../../../../webviews/protocol/nestedSteps.ts';
import { inner, outer, sketchScene, sketchWorkflow } from '../../../support/graphs.ts';
import { makeRun, makeTask } from '../../../support/runViews.ts';

const graph = toWorkflowGraph(outer, [inner]);
const idsOf = (nodes: readonly { readonly id: string }[]): readonly string[] => nodes.map((node) => node.id);

describe('the structure of a graph', () => {
  it('holds the steps of nested workflows under their paths', () => {
    assert.deepEqual(idsOf(graph.nodes), ['load', 'clean', 'check', 'check/fit', 'check/score', 'report']);
    assert.ok(graph.edges.some((edge) => edge.from === 'check/fit' && edge.to === 'check/score'));
    assert.deepEqual(toWorkflowGraph(outer, []).nodes.length, 4);
  });

  it('ends where a workflow nests itself, as only a broken file does', () => {
    const loop = sketchWorkflow('demo/loop', { again: [] }, { again: 'demo/loop' });
    const [one, other] = [sketchWorkflow('a', { x: [] }, { x: 'b' }), sketchWorkflow('b', { y: [] }, { y: 'a' })];
    assert.deepEqual(idsOf(toWorkflowGraph(loop, [loop]).nodes), ['again']);
    assert.deepEqual(idsOf(toWorkflowGraph(one, [one, other]).nodes), ['x', 'x/y']);
    assert.deepEqual(findNested(one, [one, other]), [other]);
  });

  it('is the same while only states, texts or lines change', () => {
    const moved = { ...outer, description: 'other', steps: outer.steps.map((step) => ({ ...step, line: step.line + 5 })) };
    assert.equal(toStructureKey(toWorkflowGraph(moved, [inner])), toStructureKey(graph));
    assert.notEqual(toStructureKey(toWorkflowGraph({ ...outer, edges: outer.edges.slice(1) }, [inner])), toStructureKey(graph));
  });

  it('of a run is what was submitted, with the tasks of the runs inside it', () => {
    const tasks = ['load', 'each[a]', 'each[b]', 'check', 'check/fit', 'check/score[x/y]', 'check/deep', 'check/deep/last'];
    const own = makeRun(['load', 'each[a]', 'check'].map((id) => makeTask(id)));
    const run = { ...own, order: tasks, tasks: Object.fromEntries(tasks.map((id) => [id, makeTask(id)])) };
    const { nodes } = toRunGraph(run);
    assert.deepEqual(idsOf(nodes), ['load', 'each', 'check', 'check/fit', 'check/score', 'check/deep', 'check/deep/last']);
    assert.equal(nodes.find((node) => node.id === 'check/deep')?.kind, 'workflow');
  });

  it('of a path leads to the step and the file that writes it', () => {
    const found = findStep(outer, [inner], 'check/score');
    assert.deepEqual([found?.workflow.name, found?.step.line], ['demo/inner', 4]);
    assert.equal(findStep(outer, [inner], 'check/nothing'), undefined);
    assert.equal(findStep(outer, [], 'check/score'), undefined);
  });
});

describe('what of a graph is on the picture', () => {
  it('is all of it while there is room, and what a person collapses is one box', () => {
    const all = toVisible(graph, {});
    assert.deepEqual([idsOf(all.nodes), idsOf(all.groups)], [['load', 'clean', 'check/fit', 'check/score', 'report'], ['check']]);
    const collapsed = toVisible(graph, { check: false });
    assert.deepEqual([idsOf(collapsed.nodes), idsOf(collapsed.groups)], [['load', 'clean', 'check', 'report'], []]);
    assert.ok(collapsed.edges.every((edge) => !edge.from.includes('/')));
    assert.deepEqual([...collapsed.nesting], ['check']);
  });

  it('is collapsed beyond a budget, unless a person expands it', () => {
    const many = Object.fromEntries(Array.from({ length: 58 }, (_, index) => [`s${index}`, []]));
    const large = toWorkflowGraph(
      sketchWorkflow('demo/large', { ...many, check: [], other: [] }, { check: 'demo/inner', other: 'demo/inner' }),
      [inner],
    );
    assert.deepEqual(idsOf(toVisible(large, {}).groups), []);
    assert.deepEqual(idsOf(toVisible(large, { other: true }).groups), ['other']);
  });

  it('brings a step to sight out of all that it is collapsed in', () => {
    const middle = sketchWorkflow('demo/middle', { in: [] }, { in: 'demo/inner' });
    const deep = toWorkflowGraph(sketchWorkflow('demo/top', { a: [] }, { a: 'demo/middle' }), [middle, inner]);
    const choices = expandTo('a/in/score', deep, { a: false, 'a/in': false });
    assert.ok(idsOf(toVisible(deep, choices).nodes).includes('a/in/score'));
  });

  it('holds what is nested inside the box of the step that nests it', () => {
    const scene = sketchScene(outer, [inner]);
    const [box, group] = [scene.byId.get('check/fit'), scene.byId.get('check')];
    assert.ok(box !== undefined && group !== undefined);
    assert.ok(box.x >= group.x && box.y >= group.y && box.x + box.width <= group.x + group.width);
    assert.deepEqual([scene.indexOf.has('check'), scene.indexOf.has('check/fit')], [false, true]);
  });

  it('stands in the tree of all steps as well, expanded there or not', () => {
    const rows = toRows(graph, new Set());
    assert.deepEqual(
      rows.map((row) => [row.node.id, row.level, row.position, row.setSize, row.isOpen]),
      [
        ['load', 1, 1, 4, null],
        ['clean', 1, 2, 4, null],
        ['check', 1, 3, 4, true],
        ['check/fit', 2, 1, 2, null],
        ['check/score', 2, 2, 2, null],
        ['report', 1, 4, 4, null],
      ],
    );
    assert.deepEqual(idsOf(toRows(graph, new Set(['check'])).map((row) => row.node)), ['load', 'clean', 'check', 'report']);
  });
});
