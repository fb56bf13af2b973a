import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  parseDuration,
  parseEntry,
  parseReference,
  parseSize,
  parseTemplate,
  parseUse,
  type GrammarReading,
} from '../../../../language/parse/grammar.ts';
import type { Span } from '../../../../language/parse/sourceMap.ts';

function cut(text: string, span: Span | undefined): string | undefined {
  return span === undefined ? undefined : text.slice(span.start, span.end);
}

function toBadPart(text: string, reading: GrammarReading<unknown>): string | undefined {
  return reading.kind === 'bad' ? cut(text, reading.span) : undefined;
}

describe('parseReference', () => {
  const good: readonly (readonly [string, string, string | undefined, string | undefined])[] = [
    ['raw', 'raw', undefined, undefined],
    ['clean.clean', 'clean', undefined, 'clean'],
    ['train[*].model', 'train', '*', 'model'],
    ['train[ridge].model', 'train', 'ridge', 'model'],
    ['train[ridge,7].model', 'train', 'ridge,7', 'model'],
    ['train[a#2]', 'train', 'a#2', undefined],
    ['two-words._x', 'two-words', undefined, '_x'],
    ['inputs.model', 'inputs', undefined, 'model'],
  ];
  for (const [text, step, element, port] of good) {
    it(text, () => {
      const reading = parseReference(text);
      assert.ok(reading.kind === 'ok');
      assert.deepEqual([cut(text, reading.step), cut(text, reading.element), cut(text, reading.port)], [step, element, port]);
      assert.equal(reading.value.step, step);
      assert.equal(reading.value.port, port);
      assert.deepEqual(
        reading.value.select,
        element === undefined ? { kind: 'none' } : element === '*' ? { kind: 'all' } : { kind: 'one', element },
      );
    });
  }

  const bad: readonly (readonly [string, string])[] = [
    ['', ''],
    ['.port', '.port'],
    ['1step', '1step'],
    ['step.', '.'],
    ['step.a.b', '.b'],
    ['step[].a', '[].a'],
    ['step[ ].a', '[ ].a'],
    ['step[a', '[a'],
    ['step .a', ' .a'],
    ['stép.a', 'ép.a'],
  ];
  for (const [text, part] of bad) it(`refuses ${JSON.stringify(text)}`, () => assert.equal(toBadPart(text, parseReference(text)), part));
});

describe('parseTemplate', () => {
  it('leaves a text without substitutions as it is', () => {
    const reading = parseTemplate('a $b {c}');
    assert.deepEqual(reading, { kind: 'ok', value: { kind: 'literal', value: 'a $b {c}' }, substitutions: [] });
  });

  it('reads one substitution that is the whole value', () => {
    const reading = parseTemplate('${params.month}');
    assert.ok(reading.kind === 'ok');
    assert.deepEqual(reading.value, { kind: 'template', parts: [{ kind: 'substitution', scope: 'params', name: 'month' }] });
    assert.deepEqual(reading.substitutions, [{ scope: 'params', name: 'month', start: 9, end: 14 }]);
  });

  it('reads several inside a text', () => {
    const text = 'a-${foreach.kind}-${run.id}.';
    const reading = parseTemplate(text);
    assert.ok(reading.kind === 'ok' && reading.value.kind === 'template');
    assert.deepEqual(
      reading.value.parts.map((part) => (part.kind === 'text' ? part.text : `${part.scope}:${part.name}`)),
      ['a-', 'foreach:kind', '-', 'run:id', '.'],
    );
    assert.deepEqual(
      reading.substitutions.map((span) => cut(text, span)),
      ['kind', 'id'],
    );
  });

  const bad: readonly (readonly [string, string])[] = [
    ['a ${params.x', '${params.x'],
    ['${params.x + 1} b', '${params.x + 1}'],
    ['${x}', '${x}'],
    ['${env.HOME}', '${env.HOME}'],
    ['${ params.x }', '${ params.x }'],
    ['${}', '${}'],
    ['${params.${x}}', '${params.${x}}'],
  ];
  for (const [text, part] of bad) it(`refuses ${text}`, () => assert.equal(toBadPart(text, parseTemplate(text)), part));

  it('gives back the text that it read', () => {
    const name = fc.stringMatching(/^[A-Za-z_]\w{0,8}$/);
    const part = fc.oneof(
      fc.string().filter((text) => !text.includes('$') && text !== ''),
      fc.record({ scope: fc.constantFrom('params', 'run', 'foreach'), name }).map((one) => `\${${one.scope}.${one.name}}`),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const reading = parseTemplate(parts.join(''));
        assert.ok(reading.kind === 'ok');
        const { value } = reading;
        const read =
          value.kind === 'literal'
            ? [value.value]
            : value.parts.map((one) => (one.kind === 'text' ? one.text : `\${${one.scope}.${one.name}}`));
        assert.equal(read.join(''), parts.join(''));
      }),
    );
  });
});

describe('parseEntry', () => {
  it('reads file and function', () => {
    const text = 'src/features.py:build';
    const reading = parseEntry(text);
    assert.ok(reading.kind === 'ok');
    assert.deepEqual(reading.value, { file: 'src/features.py', function: 'build' });
    assert.deepEqual([cut(text, reading.file), cut(text, reading.function)], ['src/features.py', 'build']);
  });
  for (const text of [
    '',
    'a.py',
    'a.py:',
    ':f',
    'a.py:1f',
    'a.py:f:g',
    '../a.py:f',
    '/a.py:f',
    'a//b.py:f',
    './a.py:f',
    'a\\b.py:f',
    'a.py:f(x)',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseEntry(text).kind, 'bad'));
  }
});

describe('parseUse', () => {
  it('splits at the first @', () => {
    assert.deepEqual(parseUse('a/b'), { name: 'a/b', tag: undefined, nameSpan: { start: 0, end: 3 }, tagSpan: undefined });
    assert.deepEqual(parseUse('a/b@latest'), {
      name: 'a/b',
      tag: 'latest',
      nameSpan: { start: 0, end: 3 },
      tagSpan: { start: 4, end: 10 },
    });
    assert.equal(parseUse('a/b@').tag, '');
  });
});

describe('parseDuration and parseSize', () => {
  const durations: readonly (readonly [string, number | undefined])[] = [
    ['250ms', 0.25],
    ['10s', 10],
    ['1.5 h', 5400],
    ['30m', 1800],
    ['1d', 86_400],
    ['0s', undefined],
    ['-1s', undefined],
    ['10', undefined],
    ['s', undefined],
    ['10 sec', undefined],
    ['1e3s', undefined],
    ['constructor', undefined],
    ['1toS', undefined],
  ];
  for (const [text, expected] of durations) {
    it(text, () => {
      const reading = parseDuration(text);
      assert.equal(reading.kind === 'ok' ? reading.value : undefined, expected);
    });
  }
  it('0s, where no pause at all may be meant', () => {
    assert.deepEqual(parseDuration('0s', 'none'), { kind: 'ok', value: 0 });
    assert.equal(parseDuration('0', 'none').kind, 'bad');
  });
  const sizes: readonly (readonly [string, number | undefined])[] = [
    ['1GiB', 1_073_741_824],
    ['512 MiB', 536_870_912],
    ['2GB', 2_000_000_000],
    ['100B', 100],
    ['1g', undefined],
    ['1gib', undefined],
  ];
  for (const [text, expected] of sizes) {
    it(text, () => {
      const reading = parseSize(text);
      assert.equal(reading.kind === 'ok' ? reading.value : undefined, expected);
    });
  }
});

describe('the small grammar', () => {
  it('never throws, and every span is inside the text', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('$', '{', '}', '[', ']', '.', '*', 'a', '@', ':', ' ', '1') }),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        for (const reading of [parseReference(text), parseTemplate(text), parseEntry(text), parseDuration(text), parseSize(text)]) {
          if (reading.kind === 'bad')
            assert.ok(0 <= reading.span.start && reading.span.start <= reading.span.end && reading.span.end <= text.length);
        }
        parseUse(text);
      }),
    );
  });
});
