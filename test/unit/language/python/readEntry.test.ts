import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EntryReading, PythonEntry, PythonReader } from '../../../../language/python/pythonReader.ts';
import { readPython, toPlaceText } from '../../../support/languageWorkspace.ts';

describe('readEntry', () => {
  let python: PythonReader;
  before(async () => {
    python = await readPython();
  });

  function read(source: string, name = 'f'): EntryReading {
    return python.readEntry(source, name);
  }

  function readFound(source: string): PythonEntry {
    const reading = read(source);
    assert.ok(reading.kind === 'found', JSON.stringify(reading));
    return reading.entry;
  }

  it('reads parameters with their styles, annotations and places', () => {
    const { parameters, range, parametersRange } = readFound('def f(a, /, b: int, *args, c: "pd.DataFrame" = None, **kw):\n    pass\n');
    assert.deepEqual(
      parameters.map(({ name, style, annotation, range: place }) => [name, style, annotation, toPlaceText(place)]),
      [
        ['a', 'positional', undefined, '1:7-1:8'],
        ['b', 'normal', 'int', '1:13-1:14'],
        ['args', 'args', undefined, '1:22-1:26'],
        ['c', 'keyword', '"pd.DataFrame"', '1:28-1:29'],
        ['kw', 'kwargs', undefined, '1:56-1:58'],
      ],
    );
    assert.deepEqual([toPlaceText(range), toPlaceText(parametersRange)], ['1:5-1:6', '1:6-1:59']);
  });

  describe('reads defaults that are literals', () => {
    const table: readonly (readonly [string, unknown])[] = [
      ['1', 1],
      ['-1', -1],
      ['336_776', 336776],
      ['0x1F', 31],
      ['1.0', 1],
      ['1e-3', 0.001],
      ['True', true],
      ['None', null],
      ['"a"', 'a'],
      ["r'a'", 'a'],
      ['""', ''],
      ['"é"', 'é'],
      ['[1, "a", (2, 3)]', [1, 'a', [2, 3]]],
      ['{"a": {"b": None}}', { a: { b: null } }],
    ];
    for (const [text, expected] of table) {
      it(text, () => {
        const value = readFound(`def f(x=${text}): pass`).parameters[0]?.default;
        assert.deepEqual(value?.kind === 'literal' ? value.value : value, expected);
      });
    }
    for (const text of [
      'f"{a}"',
      'b"a"',
      '"a\\n"',
      '"a" "b"',
      '1j',
      '10**2',
      'CONSTANT',
      '[x]',
      '{1: 2}',
      '{**a}',
      '9007199254740993',
      '{"a": 1, **b}',
    ]) {
      it(`leaves ${text} alone`, () => {
        const value = readFound(`def f(x=${text}): pass`).parameters[0]?.default;
        assert.deepEqual([value?.kind, value?.kind === 'expression' ? value.text : ''], ['expression', text]);
      });
    }
    it('tells 1 from 1.0', () => {
      const floats = readFound('def f(a=1, b=1.0, c=-1.0): pass').parameters.map(
        (one) => one.default.kind === 'literal' && one.default.isFloat,
      );
      assert.deepEqual(floats, [false, true, true]);
    });
  });

  describe('reads returned keys', () => {
    const table: readonly (readonly [string, readonly (readonly string[])[] | 'unknown'])[] = [
      ['return {"a": 1, "b": 2}', [['a', 'b']]],
      ['if x: return {"a": 1}\n    return {"b": 1}', [['a'], ['b']]],
      ['return {\n        "a": 1,  # why\n    }', [['a']]],
      ['return {}', [[]]],
      ['pass', []],
      ['raise NotImplementedError  # later', 'unknown'],
      ['if x: raise ValueError\n    print(x)', []],
      ['def g(): return 3\n    return {"a": g}', [['a']]],
      ['h = lambda: {"z": 1}\n    return {"a": h}', [['a']]],
      ['return dict(a=1)', 'unknown'],
      ['return {**a}', 'unknown'],
      ['return {k: 1}', 'unknown'],
      ['return', 'unknown'],
      ['return x', 'unknown'],
      ['yield {"a": 1}', 'unknown'],
    ];
    for (const [body, expected] of table) {
      it(JSON.stringify(body), () => {
        const { returns } = readFound(`def f(x):\n    ${body}\n`);
        assert.deepEqual(returns.kind === 'literal' ? returns.returns.map((keys) => keys.map(({ key }) => key)) : 'unknown', expected);
      });
    }
  });

  it('knows decorators and async', () => {
    const { decorators, isAsync } = readFound('@cache(maxsize=1)\n@other\nasync def f(): pass');
    assert.deepEqual([decorators, isAsync], [['cache(maxsize=1)', 'other'], true]);
  });

  it('takes the last of several', () => {
    assert.equal(readFound('def f(a): pass\ndef f(b): pass').parameters[0]?.name, 'b');
  });

  it('names similar functions where it is missing', () => {
    assert.deepEqual(read('def fit(): pass\nclass A:\n    def fitt(self): pass\n', 'fitt'), { kind: 'missing', near: ['fit'] });
  });

  for (const source of [
    'from x import f',
    'import f',
    'from x import y as f',
    'from x import *',
    'f = make()',
    'class f: pass',
    'if a:\n    def f(): pass',
    'def f(): pass\nf = wrap(f)',
  ]) {
    it(`says that something else binds the name: ${JSON.stringify(source)}`, () => assert.equal(read(source).kind, 'other'));
  }

  it('says that a text is not Python', () => {
    assert.equal(read('def g(:\n  x').kind, 'unreadable');
    assert.equal(read('def f(a, b:\n  x').kind, 'unreadable');
  });

  it('reads newer Python', () => {
    const source = 'type P = int\ndef g[T](x: T) -> T:\n    match x:\n        case {"a": b}: return b\ndef f(x): return {"a": 1}\n';
    assert.equal(read(source).kind, 'found');
  });

  it('never throws on any text', () => {
    const words = [
      'def f',
      '(',
      ')',
      ':',
      '\n',
      '    ',
      'return ',
      '{',
      '}',
      '"a"',
      '=',
      '*',
      ',',
      '@x\n',
      'async ',
      'lambda',
      'yield',
      '1',
      '😀',
      '\\',
    ];
    const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...words), maxLength: 30 }));
    fc.assert(
      fc.property(anyText, (text) => assert.ok(read(text).kind.length > 0)),
      { numRuns: 500 },
    );
  });
});
