import assert from 'node:assert/strict';
import type { LayoutRequest } from '../../../../webviews/graph/layout/layout.ts';
import { createLayouter, type LayoutThread, type StartThread } from '../../../../webviews/graph/layout/layouter.ts';
import { layoutGraph } from '../../../../webviews/graph/layout/layoutGraph.ts';
import { packLayout, toBuffers, type PackedLayout } from '../../../../webviews/graph/layout/packedLayout.ts';
import { createBox, createGraph, createLayeredGraph } from '../../../support/layeredGraphs.ts';

/** A thread that answers when it is told to, what crosses over copied as a browser does. */
class HeldThread implements LayoutThread {
  readonly posted: LayoutRequest[] = [];
  stopped = 0;
  answer: () => void = () => {};
  fail: () => void = () => {};

  readonly start: StartThread = (onAnswer, onError) => {
    this.answer = () => {
      const request = this.posted.at(-1);
      assert.ok(request !== undefined);
      const packed = packLayout(layoutGraph(request), request);
      onAnswer(structuredClone<PackedLayout>(packed, { transfer: toBuffers(packed) }));
    };
    this.fail = onError;
    return this;
  };
  post(request: LayoutRequest): void {
    this.posted.push(structuredClone(request));
  }
  stop(): void {
    this.stopped++;
  }
}

const LARGE = createLayeredGraph({ nodes: 600, seed: 6 });
const [FIRST, SECOND, THIRD] = ['a>b', 'a>c', 'a>d'].map(createGraph);

describe('createLayouter', () => {
  it('answers from the thread what layoutGraph answers, groups and left out edges included', async () => {
    const thread = new HeldThread();
    const request: LayoutRequest = {
      nodes: [createBox('a'), createBox('b', { group: 'g' }), createBox('c', { group: 'gone' })],
      groups: [{ id: 'g', width: 10, height: 10, header: 20, padding: 8 }],
      edges: [
        { from: 'a', to: 'nowhere' },
        { from: 'a', to: 'g' },
        { from: 'a', to: 'g' },
        { from: 'b', to: 'c' },
      ],
    };
    const layout = createLayouter(thread.start).layout(request);
    thread.answer();
    assert.deepEqual(await layout, layoutGraph(request));
  });

  it('gives way to the newest request: those between are never laid out', async () => {
    assert.ok(FIRST !== undefined && SECOND !== undefined && THIRD !== undefined);
    const thread = new HeldThread();
    const layouter = createLayouter(thread.start);
    const answers = [FIRST, SECOND, THIRD].map((request) => layouter.layout(request));
    thread.answer();
    thread.answer();
    assert.deepEqual(await Promise.all(answers), [undefined, undefined, layoutGraph(THIRD)]);
    assert.deepEqual(thread.posted, [FIRST, THIRD]);
  });

  it('lays out on its own thread where there is no other, or where it breaks', async () => {
    const none = createLayouter(() => undefined);
    assert.deepEqual(await none.layout(LARGE), layoutGraph(LARGE));
    const thread = new HeldThread();
    const layouter = createLayouter(thread.start);
    const waiting = layouter.layout(LARGE);
    thread.fail();
    assert.deepEqual(await waiting, layoutGraph(LARGE));
    assert.deepEqual(await layouter.layout(LARGE), layoutGraph(LARGE));
    assert.deepEqual([thread.posted.length, thread.stopped], [1, 1]);
  });

  it('answers small graphs and edits at once, and large ones not', () => {
    const layouter = createLayouter();
    assert.ok(FIRST !== undefined);
    assert.deepEqual(layouter.layoutNow(FIRST), layoutGraph(FIRST));
    assert.equal(layouter.layoutNow(LARGE), undefined);
    const previous = layoutGraph(LARGE);
    const edited = { ...LARGE, edges: LARGE.edges.slice(1), previous };
    assert.deepEqual(layouter.layoutNow(edited), layoutGraph(edited));
  });

  it('answers nothing after it is disposed, and stops its thread', async () => {
    const thread = new HeldThread();
    const layouter = createLayouter(thread.start);
    const answers = [layouter.layout(LARGE), layouter.layout(LARGE)];
    layouter.dispose();
    assert.deepEqual(await Promise.all(answers), [undefined, undefined]);
    assert.equal(thread.stopped, 1);
    thread.answer();
  });
});
