import assert from 'node:assert/strict';
import { toDuration, toMetric, toSize } from '../../../../rde-agent/cli/numbers.ts';
import { toTable } from '../../../../rde-agent/cli/table.ts';
import { createPaint, toColouredText, toPlainText, wantsColour } from '../../../../rde-agent/cli/terminal.ts';
import { createProgressLine } from '../../../../rde-agent/cli/progressLine.ts';
import { reportFailure, toExitCode } from '../../../../rde-agent/cli/failure.ts';
import { CairnError, ERRORS, isErrorCode } from '../../../../rde-agent/protocol/errors.ts';
import { ErrorDocument } from '../../../../rde-agent/protocol/documents.ts';

const plain = createPaint(false);

function capture(): { readonly stream: { write(text: string): void }; text(): string } {
  let all = '';
  return { stream: { write: (text) => void (all += text) }, text: () => all };
}

describe('cli/text', () => {
  it('writes durations, sizes and metrics for people', () => {
    assert.deepEqual([0.0008, 0.012, 0.8, 1.24, 59.94, 245].map(toDuration), [
      '0.8 ms',
      '12 ms',
      '800 ms',
      '1.2 s',
      '59.9 s',
      '4 min 05 s',
    ]);
    assert.deepEqual([0, 213, 4096, 3_200_000, 7e12].map(toSize), ['0 B', '213 B', '4.1 kB', '3.2 MB', '7.0 TB']);
    assert.deepEqual([12, 0.123456, 12.3456789].map(toMetric), ['12', '0.1235', '12.35']);
  });

  it('aligns columns by what is seen, colours aside', () => {
    const red = createPaint(true)('red', 'a');
    assert.equal(
      toTable(
        [
          ['x', '1', 'end'],
          [red, '100', ''],
          ['long', '20', 'end'],
        ],
        [1],
      ),
      `x       1  end\n${red}     100\nlong   20  end\n`,
    );
  });

  it('paints for a terminal, as NO_COLOR and FORCE_COLOR say', () => {
    const terminal = { write: () => true, isTTY: true };
    const pipe = { write: () => true };
    assert.deepEqual(
      [wantsColour(terminal, {}), wantsColour(pipe, {}), wantsColour(terminal, { NO_COLOR: '1' }), wantsColour(pipe, { FORCE_COLOR: '1' })],
      [true, false, false, true],
    );
    assert.deepEqual(
      [
        wantsColour(terminal, { TERM: 'dumb' }),
        wantsColour(terminal, { FORCE_COLOR: '0' }),
        wantsColour(pipe, { NO_COLOR: '1', FORCE_COLOR: '1' }),
      ],
      [false, false, false],
    );
  });

  it('lets nothing of others move the cursor or talk to the terminal (A40)', () => {
    const evil = 'a\u001b[31mred\u001b[0m\u001b[2J\u001b]0;title\u0007\u001b]8;;http://x\u001b\\b\rc\u0000\u0008\u009b31md\te';
    assert.equal(toPlainText(evil), 'aredbc31md\te');
    assert.equal(toColouredText(evil), 'a\u001b[31mred\u001b[0mbc31md\te\u001b[0m');
    assert.equal(toColouredText('plain'), 'plain');
  });

  it('tells a failure in three lines, or as a document', () => {
    const people = capture();
    reportFailure(new CairnError('unknown-run', 'There is no run x\n of that\u001b[2J id.'), false, people.stream, plain);
    assert.equal(
      people.text(),
      'unknown-run: There is no run x of that id.\n  why:  This agent has no run of that id.\n  next: See the runs with `cairn runs`.\n',
    );
    const machines = capture();
    reportFailure(new CairnError('conflict', 'no'), true, machines.stream, plain);
    assert.deepEqual(ErrorDocument.parse(JSON.parse(machines.text())), {
      v: 1,
      error: { code: 'conflict', message: 'no', next: ERRORS.conflict.next },
    });
  });

  it('has the exit codes of cli.md', () => {
    const exits: { [code: string]: number } = {
      'check-failed': 1,
      usage: 2,
      'agent-unreachable': 3,
      denied: 4,
      unauthenticated: 4,
      conflict: 5,
      cancelled: 130,
    };
    for (const [code, exit] of Object.entries(exits)) assert.equal(isErrorCode(code) && toExitCode(new CairnError(code, '')), exit, code);
  });

  it('writes nothing of the progress line without a terminal, and takes it away around lasting output', () => {
    const silent = capture();
    const quiet = createProgressLine(silent.stream, false);
    quiet.show('working');
    quiet.clear();
    assert.equal(silent.text(), '');
    const screen = capture();
    const line = createProgressLine({ ...screen.stream, columns: 20 }, true);
    line.show('a very long text that does not fit into the line');
    line.around(() => screen.stream.write('done\n'));
    line.clear();
    const frames = screen.text().split('\r\u001b[K');
    assert.ok(
      frames.every((frame) => frame.length <= 19 || frame === 'done\n'),
      screen.text(),
    );
    assert.ok(frames.some((frame) => frame.startsWith('done\n')) && frames.at(-1) === '');
  });
});
