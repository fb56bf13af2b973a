import assert from 'node:assert/strict';
import { LogText, toPlainText } from '../../../../extension/ui/logText.ts';
import type { LogLine } from '../../../../rde-agent/protocol/documents.ts';

function line(text: string, stream: LogLine['stream'] = 'out'): LogLine {
  return { v: 1, step: 'train[ridge]', attempt: 1, stream, seq: 1, text };
}

describe('the text of a log', () => {
  it('names the steps where several are shown together', () => {
    const log = new LogText(true);
    log.append([line('one'), line('two', 'err')]);
    assert.equal(log.whole, '[train[ridge]] one\n[train[ridge]] ! two\n');
  });

  it('says that nothing was written once it is known', () => {
    const log = new LogText(false);
    assert.equal(log.whole, '');
    log.end();
    assert.equal(log.whole, '— nothing was written —\n');
  });

  it('keeps the newest lines of a long log and says how many are missing', () => {
    const log = new LogText(false);
    log.append(Array.from({ length: 20_003 }, (_, index) => line(String(index))));
    const lines = log.whole.trimEnd().split('\n');
    assert.deepEqual([lines[0], lines[1], lines.at(-1), lines.length], ['— 3 earlier lines: cairn logs —', '3', '20002', 20_001]);
  });

  it('shows escape sequences and control characters as nothing (A40)', () => {
    assert.equal(
      toPlainText('\u001b[31mred\u001b[0m\tand \u001b]8;;http://evil\u0007link\u001b]8;;\u0007\r\u0000\u202eend'),
      'red\tand linkend',
    );
  });
});
