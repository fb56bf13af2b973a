import assert from 'node:assert/strict';
import { FromComparePanel } from '../../../../webviews/protocol/comparePanel.ts';
import { FromDataPanel } from '../../../../webviews/protocol/dataPanel.ts';
import { FromGraphPanel } from '../../../../webviews/protocol/graphPanel.ts';
import { FromRunPanel } from '../../../../webviews/protocol/runPanel.ts';

/** A39: what a forged page could send. */
const forged: readonly unknown[] = [
  null,
  'ready',
  {},
  { type: 'command', command: 'workbench.action.terminal.new' },
  { type: 'openCode' },
  { type: 'openCode', step: 'clean', uri: 'file:///etc/passwd' },
  { type: 'openCode', step: { toString: 'x' } },
  { type: 'showLog', step: 'x'.repeat(1025) },
  { type: 'openReason', step: 'clean', index: 0, file: '/etc/passwd' },
  { type: 'openReason', step: 'clean', index: -1 },
  { type: 'openError', step: 'clean', attempt: 0 },
  { type: 'openError', step: 'clean', file: '/etc/passwd' },
  { type: 'readPage', offset: -1 },
  { type: 'readPage', offset: 0, path: '/etc/passwd' },
  { type: 'showOutput', step: 'clean', port: 'x'.repeat(1025) },
  { type: 'openLogPlace', line: 0.5 },
  { type: 'openLogPlace', file: '/etc/passwd', line: 1 },
  { type: 'followLog' },
  { type: 'showRun', side: 'x', run: 'other' },
  { type: 'ready', __proto__: null, extra: 1 },
];

describe('what the panels may ask', () => {
  for (const schema of [FromRunPanel, FromGraphPanel, FromDataPanel, FromComparePanel]) {
    for (const message of forged)
      it(`is not ${JSON.stringify(message)?.slice(0, 60)}`, () => assert.equal(schema.safeParse(message).success, false));
  }

  it('is what their pages send', () => {
    assert.deepEqual(FromRunPanel.parse({ type: 'openError', step: 'train[ridge]' }), { type: 'openError', step: 'train[ridge]' });
    const openReason = { type: 'openReason', step: 'train[ridge]', index: 1 };
    assert.deepEqual([FromRunPanel.parse(openReason), FromGraphPanel.parse(openReason)], [openReason, openReason]);
    assert.deepEqual(FromGraphPanel.parse({ type: 'plan' }), { type: 'plan' });
  });
});
