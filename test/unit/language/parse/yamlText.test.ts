import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PARSE_LIMITS } from '../../../../language/parse/limits.ts';
import { readYaml } from '../../../../language/parse/yamlText.ts';
import { toPlaceText } from '../../../support/languageWorkspace.ts';

function codesOf(text: string): readonly string[] {
  return readYaml('a.yaml', text).findings.list.map(({ code, range }) => `${toPlaceText(range)} ${code}`);
}

describe('readYaml', () => {
  describe('types exactly as YAML 1.2 core says', () => {
    const table: readonly (readonly [string, unknown])[] = [
      ['no', 'no'],
      ['yes', 'yes'],
      ['on', 'on'],
      ['true', true],
      ['True', true],
      ['null', null],
      ['~', null],
      ['', null],
      ['010', 10],
      ['0o17', 15],
      ['0x1F', 31],
      ['1_000', '1_000'],
      ['1e3', 1000],
      ['1.0', 1],
      ['12:30:45', '12:30:45'],
      ['2026-11-21', '2026-11-21'],
      ['"1"', '1'],
      ['a: b', undefined],
    ];
    for (const [text, expected] of table) {
      if (expected === undefined) continue;
      it(text === '' ? 'nothing' : text, () => assert.deepEqual(readYaml('a.yaml', `x: ${text}`).value, { x: expected }));
    }
  });

  describe('refuses', () => {
    const table: readonly (readonly [string, string, readonly string[]])[] = [
      ['a reserved key', '__proto__: { polluted: true }', ['1:1-1:10 invalid-value']],
      ['a reserved key in a flow map', 'x: { constructor: 1 }', ['1:6-1:17 invalid-value']],
      ['a key that is no text', '1: a', ['1:1-1:2 invalid-value']],
      ['an empty key', ': a', ['1:1-1:1 invalid-value']],
      ['a map as key', '? { a: 1 }\n: 2', ['1:3-1:11 invalid-value']],
      ['a repeated key', 'a: 1\nb: 2\na: 3', ['3:1-3:2 duplicate-name']],
      ['a merge key', 'a: &b { c: 1 }\nd:\n  <<: *b', ['3:3-3:5 not-supported']],
      ['a tag', 'a: !!python/object:os.system x', ['1:4-1:29 yaml-tag']],
      ['a tag before a map', 'a: !x { b: 1 }', ['1:4-1:6 yaml-tag']],
      ['a text that begins like a tag', 'a: !params.x && b', ['1:4-1:18 yaml-tag']],
      ['an unknown alias', 'a: *b', ['1:4-1:6 syntax']],
      ['an alias of what holds it', 'a: &b { c: *b }', ['1:12-1:14 limit-exceeded']],
      ['a whole number without an exact value', 'a: 9007199254740993', ['1:4-1:20 invalid-value']],
      ['infinity', 'a: .inf', ['1:4-1:8 invalid-value']],
      ['a second document', 'a: 1\n---\nb: 2', ['2:1-3:5 syntax']],
      ['YAML 1.1', '%YAML 1.1\n---\na: yes', ['1:1-1:1 syntax']],
      ['a control character', 'a: \u0007', ['1:4-1:5 syntax']],
      ['half a surrogate pair', 'a: \ud800', ['1:4-1:5 syntax']],
      ['a tab that indents', 'a:\n\tb: 1', ['2:1-2:2 syntax']],
      ['what is left of another encoding', 'a: caf\ufffd', ['1:7-1:8 syntax']],
      ['a map that is never closed, where it begins', 'a: { b: 1\n', ['1:4-1:5 syntax']],
      ['the same before more lines', 'a:\n  b: { c: 1\n  d: { e: 2 }\n', ['2:6-2:7 syntax']],
      ['a list that is never closed, in a map', 'a: { b: [1, 2 }\n', ['1:9-1:10 syntax']],
      ['a quote that is never closed, where it begins', 'a: { b: "c }\n', ['1:9-1:10 syntax']],
      ['two negations', 'a: !!params.x', ['1:4-1:14 yaml-tag']],
      ['an element of an output in a flow map', 'a: { b: c.d[0] }', ['1:9-1:15 syntax']],
    ];
    for (const [name, text, expected] of table) it(name, () => assert.deepEqual(codesOf(text), expected));
  });

  it('reads unquoted expressions as if they stood in quotes', () => {
    const reading = readYaml('a.yaml', 'p: { kind: ${foreach.kind}, all: train[*].model, n: 1 }\nw: !params.deploy');
    assert.deepEqual(reading.value, { p: { kind: '${foreach.kind}', all: 'train[*].model', n: 1 }, w: '!params.deploy' });
    assert.deepEqual(
      reading.findings.list.map(({ fix }) => fix?.edits[0]?.newText),
      ['"${foreach.kind}"', '"train[*].model"', '"!params.deploy"'],
    );
  });

  it('leaves expressions in quotes, lists and block texts alone', () => {
    assert.deepEqual(codesOf('a: { b: "${x}", c: [d, e] }\nf: ${y}\ng: train[*].model\nh: |\n  { i: ${z} }\n'), []);
  });

  it('warns of a text that a comment cuts, where nothing else would notice', () => {
    assert.deepEqual(codesOf('description: see #12'), ['1:14-1:21 cut-by-comment']);
    assert.deepEqual(codesOf('description: see # twelve'), []);
    assert.deepEqual(codesOf('kind: data #twelve'), []);
    assert.deepEqual(codesOf('kind: ${a #b}'), ['1:7-1:14 cut-by-comment']);
  });

  it('reads a condition that a comment cuts inside of a text as a whole', () => {
    const { value, findings } = readYaml('a.yaml', 'steps:\n  b:\n    when: params.s == "a #1"\n');
    assert.deepEqual(value, { steps: { b: { when: 'params.s == "a #1"' } } });
    assert.deepEqual(
      findings.list.map(({ code, severity, fix }) => [code, severity, fix?.edits[0]?.newText]),
      [['cut-by-comment', 'error', '"params.s == \\"a #1\\""']],
    );
  });

  it('repeats no long text in a sentence', () => {
    const [found] = readYaml('a.yaml', `a: ${'!'.repeat(50_000)}params.x`).findings.list;
    assert.ok((found?.message.length ?? 0) < 300);
  });

  it('knows the place of every value', () => {
    const { source } = readYaml('a.yaml', 'steps:\n  "raw":   { in: [a, \'b c\'] }\n');
    assert.equal(toPlaceText(source.keyRange(['steps', 'raw'])), '2:3-2:8');
    assert.equal(toPlaceText(source.valueRange(['steps', 'raw', 'in', 1])), '2:22-2:27');
    assert.equal(toPlaceText(source.textRange(['steps', 'raw', 'in', 1], 2, 3)), '2:25-2:26');
    assert.equal(toPlaceText(source.valueRange(['steps', 'raw', 'nothing', 'here'])), '2:12-2:30');
  });

  it('counts columns in UTF-16 code units, with any end of line', () => {
    const { source } = readYaml('a.yaml', '\ufeffa: 1\r\n"😀": x\r\nb: y\r\n');
    assert.equal(toPlaceText(source.valueRange(['😀'])), '2:7-2:8');
    assert.equal(toPlaceText(source.valueRange(['b'])), '3:4-3:5');
  });

  describe('stays in bounds', () => {
    const bombs: readonly (readonly [string, string])[] = [
      ['a text over the limit', 'a'.repeat(PARSE_LIMITS.characters + 1)],
      ['ten megabytes', `a: ${'x'.repeat(10_000_000)}`],
      ['a million brackets', '['.repeat(1_000_000)],
      ['braces', '{a: '.repeat(250_000)],
      ['dashes', '- '.repeat(500_000)],
      ['question marks', '? '.repeat(500_000)],
      ['deep blocks', Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
      ['an alias bomb', toAliasBomb()],
      ['many aliases', `a: &a 1\nb: [${'*a, '.repeat(1000)}]`],
      ['many values', `a: [${'1, '.repeat(120_000)}]`],
    ];
    for (const [name, text] of bombs) {
      it(`refuses ${name}`, function () {
        this.timeout(30_000);
        const { value, findings } = readYaml('a.yaml', text);
        assert.equal(value, undefined);
        assert.ok(findings.list.some(({ code }) => code === 'limit-exceeded'));
        assert.ok(findings.list.length <= PARSE_LIMITS.diagnostics);
      });
    }

    it('reads 20,000 keys', function () {
      this.timeout(30_000);
      const { value, findings } = readYaml('a.yaml', Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n'));
      assert.equal(Object.keys(value ?? {}).length, 20_000);
      assert.deepEqual(findings.list, []);
    });
  });

  it('never throws on any text, and every place is inside it', function () {
    this.timeout(60_000);
    const words = [
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      '#',
      ' #',
      '&x ',
      '*x',
      '!t ',
      '|\n',
      '>',
      '? ',
      '%',
      '---',
      '...',
      '${',
      '\t',
      '<<',
      '😀',
      '\r',
    ];
    const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ unit: fc.constantFrom(...words), maxLength: 40 }));
    fc.assert(
      fc.property(anyText, (text) => {
        const { findings } = readYaml('a.yaml', text);
        const lines = text.split('\n');
        for (const { range } of findings.list) {
          assert.ok(range.start.line >= 1 && range.end.line <= lines.length, JSON.stringify(range));
          assert.ok(range.end.column <= (lines[range.end.line - 1] ?? '').length + 1, JSON.stringify([text, range]));
          assert.ok(range.start.column >= 1 && range.start.column <= (lines[range.start.line - 1] ?? '').length + 1);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

function toAliasBomb(): string {
  const rows = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let row = 1; row < 12; row += 1) rows.push(`a${row}: &a${row} [${Array.from({ length: 9 }, () => `*a${row - 1}`).join(', ')}]`);
  return rows.join('\n');
}
