import assert from 'node:assert/strict';
import { toDiffText } from '../../../../extension/ui/commands/diffText.ts';
import type { DiffDocument, DiffStep } from '../../../../rde-agent/protocol/comparisons.ts';

function toSide(run: string): DiffDocument['before'] {
  return { run, workflow: 'demo/flow', state: 'succeeded', started: '2026-01-01T00:00:00Z', seconds: 2, tree: 'sha256:0' };
}

const step: DiffStep = {
  step: 'clean',
  module: 'demo/clean',
  in: 'both',
  equal: false,
  state: { before: 'succeeded', after: 'failed' },
  decision: { before: 'executed', after: 'executed' },
  seconds: { before: 1, after: 1 },
  reasons: [{ kind: 'code', symbol: 'scale', file: 'modules/demo/clean/helpers.py', line: 3, message: 'scale changed \u001b[31mred' }],
  outputs: [
    {
      name: 'out',
      before: 'sha256:1',
      after: 'sha256:2',
      equal: false,
      rows: { before: 10, after: 12 },
      columns: [{ column: 'rate', change: 'type', before: 'int64', after: 'double' }],
    },
  ],
  metrics: [{ name: 'error', before: 0.5, after: null }],
};

describe('two runs compared, as text', () => {
  it('says what was given differently and what that did, without what a terminal would obey', () => {
    const diff = {
      v: 1,
      before: toSide('run-1'),
      after: toSide('run-2'),
      equal: false,
      params: [{ name: 'limit', before: '1', after: null }],
      environments: [{ environment: 'default', kind: 'package', name: 'numpy', before: '2.0', after: '2.1' }],
      steps: [step, { ...step, step: 'load', equal: true }],
    } satisfies DiffDocument;
    assert.equal(
      toDiffText(diff),
      [
        '--- demo/flow run-1, succeeded, 2.0 s',
        '+++ demo/flow run-2, succeeded, 2.0 s',
        '',
        '1 of 2 steps differ.',
        '',
        'Parameters',
        '  limit: 1 → none',
        '',
        'Environments',
        '  default package numpy: 2.0 → 2.1',
        '',
        '@@ clean · demo/clean',
        '  because scale changed red (helpers.py:3)',
        '  state: succeeded → failed',
        '  output out has other content',
        '  output out, rows: 10 → 12',
        '  output out, column rate type: int64 → double',
        '  error: 0.5 → none',
        '',
      ].join('\n'),
    );
  });

  it('says that nothing differs', () => {
    const same = { v: 1, before: toSide('a'), after: toSide('b'), equal: true, params: [], environments: [], steps: [] } as const;
    assert.match(toDiffText({ ...same, params: [], environments: [], steps: [] }), /\nNothing differs but times and decisions\.\n$/);
  });
});
