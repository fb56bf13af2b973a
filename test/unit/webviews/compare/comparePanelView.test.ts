import assert from 'node:assert/strict';
import { readView } from '../../../../webviews/compare/comparePanelView.ts';

describe('what the comparison kept', () => {
  it('is read as it was kept', () => {
    const graph = { choices: { check: true }, camera: { x: 1, y: 2, k: 0.5 } };
    const kept = { tab: 'graph', selected: 'train[a]', onlyDifferent: false, graph } as const;
    assert.deepEqual(readView({ ...kept, before: 'a', after: 'b' }), kept);
  });

  it('is as at first where it is anything else', () => {
    const first = { tab: 'steps', selected: null, onlyDifferent: true, graph: { choices: {}, camera: null } };
    const strange = { tab: 'evil', selected: 3, graph: { choices: { a: 1 }, camera: { x: Infinity, y: 0, k: 1 } } };
    for (const kept of [undefined, null, 7, 'x', [], strange]) assert.deepEqual(readView(kept), first);
  });
});
