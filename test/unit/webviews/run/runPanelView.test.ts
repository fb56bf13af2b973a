import assert from 'node:assert/strict';
import { FIRST_VIEW, readView } from '../../../../webviews/run/runPanelView.ts';

describe('what the run view kept', () => {
  it('is read as it was kept', () => {
    const kept = {
      ...FIRST_VIEW,
      tab: 'timeline',
      selected: 'train[a]',
      sort: { by: 'seconds', descending: true },
      expanded: ['train'],
      logOf: 'all',
      follow: false,
      graph: { choices: { check: true }, camera: { x: 1, y: 2, k: 0.5 } },
    } as const;
    assert.deepEqual(readView(JSON.parse(JSON.stringify({ ...kept, run: 'r' }))), kept);
  });

  for (const strange of [
    undefined,
    null,
    7,
    'x',
    [],
    { tab: 'evil', selected: 3, sort: 'x', expanded: [1, {}], graph: { camera: { x: null, k: -1 } } },
  ]) {
    it(`is as at first where it is ${JSON.stringify(strange)}`, () => assert.deepEqual(readView(strange), FIRST_VIEW));
  }
});
