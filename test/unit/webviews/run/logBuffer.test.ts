import assert from 'node:assert/strict';
import { findLogPlace } from '../../../../webviews/protocol/logPlaces.ts';
import { LogBuffer, MOST_LINES, toLineParts } from '../../../../webviews/run/logs/logBuffer.ts';

const line = (text: string) => ({ step: 'load', attempt: 1, stream: 'out' as const, text });

describe('the log of a run in its panel', () => {
  it('is text: what a terminal would obey is gone (A40)', () => {
    const buffer = new LogBuffer();
    buffer.append({
      lines: [line('\u001b[31mred\u001b[0m \u001b]8;;http://evil\u0007link\u001b]8;;\u0007 \u202eevil')],
      done: false,
      problem: '',
    });
    assert.equal(buffer.lineAt(0)?.text, 'red link evil');
  });

  it('holds the newest lines, and knows how many it dropped', () => {
    const buffer = new LogBuffer();
    const lines = Array.from({ length: 5000 }, (_, index) => line(`line ${index}`));
    const pages = Math.ceil((MOST_LINES * 1.2) / lines.length);
    for (let page = 0; page < pages; page++) buffer.append({ lines, done: page === pages - 1, problem: '' });
    assert.equal(buffer.dropped + buffer.count, pages * lines.length);
    assert.ok(buffer.count <= MOST_LINES * 1.1);
    assert.equal(buffer.isDone, true);
    assert.equal(buffer.lineAt(buffer.count - 1)?.text, 'line 4999');
  });

  it('cuts a line without an end', () => {
    const buffer = new LogBuffer();
    buffer.append({ lines: [line('x'.repeat(1_000_000))], done: true, problem: '' });
    assert.equal(buffer.lineAt(0)?.text.length, 10_000);
  });

  it('finds text whatever its case, and nothing for no text', () => {
    const buffer = new LogBuffer();
    buffer.append({ lines: ['a Needle', 'hay', 'needles'].map(line), done: false, problem: '' });
    assert.deepEqual(buffer.find('NEEDLE'), [0, 2]);
    assert.deepEqual(buffer.find(''), []);
  });
});

describe('a line of a log', () => {
  it('leads to the place that it names', () => {
    const places = [
      ['  File "modules/load/main.py", line 12, in run', 'modules/load/main.py', 12],
      ['File "/tmp/x y/main.py", line 3', '/tmp/x y/main.py', 3],
      ['warning at src/clean.py:7: old', 'src/clean.py', 7],
      ['    at run (./main.ts:9:3)', './main.ts', 9],
    ] as const;
    for (const [text, file, number] of places) {
      const place = findLogPlace(text);
      assert.deepEqual([place?.file, place?.line], [file, number], text);
    }
    for (const text of ['12:30:01 began', 'ratio 3:4', 'http://example.org:8080/', '']) assert.equal(findLogPlace(text), undefined, text);
  });

  it('is looked through fast, whatever it is', () => {
    for (const text of ['a/'.repeat(50_000), `File "${'x'.repeat(50_000)}`, '.'.repeat(50_000), 'a.py'.repeat(20_000)]) findLogPlace(text);
  });

  it('is shown in parts: plain, found and the place', () => {
    assert.deepEqual(toLineParts('ab AB main.py:3 ab', 'ab'), [
      { kind: 'found', text: 'ab' },
      { kind: 'text', text: ' ' },
      { kind: 'found', text: 'AB' },
      { kind: 'text', text: ' ' },
      { kind: 'place', text: 'main.py:3' },
      { kind: 'text', text: ' ' },
      { kind: 'found', text: 'ab' },
    ]);
  });
});
