import assert from 'node:assert/strict';
import { findLooking, findReach, findSteps, nextOf } from '../../../../webviews/graph/findSteps.ts';
import { findNext, toAction, toKeyMap } from '../../../../webviews/graph/graphKeys.ts';
import { NO_LOOK } from '../../../../webviews/graph/graphModel.ts';
import { toWorkflowGraph } from '../../../../webviews/graph/workflowGraph.ts';
import { inner, outer, sketchScene, sketchWorkflow } from '../../../support/graphs.ts';

const graph = toWorkflowGraph(outer, [inner]);
const scene = sketchScene(outer, [inner]);
const DIRECTIONS = ['up', 'down', 'left', 'right'] as const;

describe('walking a graph by keys', () => {
  it('goes along edges up and down, by rows left and right, and stays where there is nothing', () => {
    assert.equal(findNext(scene, 'load', 'down'), 'clean');
    assert.equal(findNext(scene, 'clean', 'up'), 'load');
    assert.equal(findNext(scene, 'clean', 'down'), 'check');
    assert.equal(findNext(scene, 'report', 'up'), 'check');
    assert.equal(findNext(scene, 'report', 'down'), 'report');
    assert.equal(findNext(scene, 'load', 'left'), 'load');
    assert.equal(findNext(scene, 'gone', 'down'), 'load');
  });

  it('reaches every step from the first by arrows alone', () => {
    const wide = sketchWorkflow('demo/wide', { a: [], b: ['a'], c: ['a'], d: ['b', 'c'], alone: [], e: ['b'] });
    for (const [picture, first] of [
      [scene, 'load'],
      [sketchScene(wide, []), 'a'],
    ] as const) {
      const seen = new Set<string>([first]);
      for (const at of seen) for (const direction of DIRECTIONS) seen.add(findNext(picture, at, direction));
      assert.deepEqual([...seen].sort(), [...picture.byId.keys()].sort());
    }
  });

  it('leaves the keys of the editor alone, and names its own', () => {
    const press = (key: string, more = {}) => toAction({ key, altKey: false, ctrlKey: false, metaKey: false, ...more })?.kind;
    assert.deepEqual(['/', 'n', 'e', '[', ']', 'f', '+', '-', '0', 'Enter', ' ', '?'].map((key) => press(key)), [
      'find', 'search', 'nextFailed', 'upstream', 'downstream', 'fit', 'zoom', 'zoom', 'fit', 'open', 'toggle', 'help',
    ]); // prettier-ignore
    assert.equal(press('Enter', { altKey: true }), 'log');
    assert.deepEqual(
      [press('f', { ctrlKey: true }), press('0', { metaKey: true }), press('e', { altKey: true }), press('toString')],
      [undefined, undefined, undefined, undefined],
    );
    assert.ok(toKeyMap({ hasLog: true, sought: undefined }).length >= 10);
  });
});

describe('finding steps', () => {
  const idsOf = (nodes: readonly { readonly id: string }[]): readonly string[] => nodes.map((node) => node.id);

  it('matches all words in paths and modules, whatever their case', () => {
    assert.deepEqual(idsOf(findSteps(graph, 'SCORE')), ['check/score']);
    assert.deepEqual(idsOf(findSteps(graph, 'check fit')), ['check/fit']);
    assert.deepEqual(idsOf(findSteps(graph, 'demo/inner')), ['check']);
    assert.deepEqual([findSteps(graph, '  '), findSteps(graph, 'nothing')], [[], []]);
  });

  it('goes round and round, from wherever one is', () => {
    const found = findSteps(graph, 'check');
    assert.equal(nextOf(graph, found, null, 1)?.id, 'check');
    assert.equal(nextOf(graph, found, 'check', 1)?.id, 'check/fit');
    assert.equal(nextOf(graph, found, 'report', 1)?.id, 'check');
    assert.equal(nextOf(graph, found, 'clean', -1)?.id, 'check/score');
    assert.equal(nextOf(graph, [], 'clean', 1), undefined);
  });

  it('leads to what failed itself, not to what stands around it', () => {
    const failed = { ...NO_LOOK, tone: 'bad' } as const;
    const looks = new Map([
      ['check', failed],
      ['check/score', failed],
      ['load', failed],
    ]);
    assert.deepEqual(idsOf(findLooking(graph, looks, ['bad'])), ['load', 'check/score']);
  });

  it('knows what is upstream and downstream, into and out of nested workflows', () => {
    assert.deepEqual([...findReach(graph, 'check/score', 'up')].sort(), ['check', 'check/fit', 'check/score', 'clean', 'load']);
    assert.deepEqual([...findReach(graph, 'clean', 'down')].sort(), ['check', 'check/fit', 'check/score', 'clean', 'report']);
    assert.deepEqual([...findReach(graph, 'check/fit', 'down')].sort(), ['check', 'check/fit', 'check/score', 'report']);
  });
});
