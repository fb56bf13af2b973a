import assert from 'node:assert/strict';
import { toFindingLines } from '../../../../rde-agent/cli/findingText.ts';

describe('unit/rde-agent/cli/findingText', () => {
  it('is one line for each finding, whatever the file is called', () => {
    const start = { line: 1, column: 1 };
    const lines = toFindingLines({ folder: '/w', paint: (_style, text) => text }, '/w', [
      {
        file: 'm/a\r\nb.py:9:9-9: error: \u001b[31mforged [x]',
        range: { start, end: start },
        severity: 'error',
        code: 'invalid-value',
        message: 'rename\nit',
        fix: 'as\nb',
      },
    ]);
    assert.deepEqual(lines, ['m/a b.py:9:9-9: error: forged [x]:1:1-1: error: rename it [invalid-value]', '    fix: as b']);
  });
});
