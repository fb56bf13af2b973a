import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { createModuleDefaults } from '../../../../language/model/moduleDefaults.ts';
import { DEFAULT_RETRY } from '../../../../language/model/workflow.ts';
import { parseDataset } from '../../../../language/parse/parseDataset.ts';
import { parseEnvironment } from '../../../../language/parse/parseEnvironment.ts';
import { DEFAULT_MANIFEST, parseManifest } from '../../../../language/parse/parseManifest.ts';
import { parseModule } from '../../../../language/parse/parseModule.ts';
import { parseWorkflow } from '../../../../language/parse/parseWorkflow.ts';
import { readFixture, toPlaceText } from '../../../support/languageWorkspace.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const PARSERS = [parseManifest, parseModule, parseDataset, parseEnvironment, parseWorkflow];

describe('parseModule', () => {
  it('fills in what is not said', () => {
    const { value, diagnostics } = parseModule('module.yaml', 'module: a/b\nentry: x.py:f\n');
    assert.deepEqual(diagnostics, []);
    const { kind, description, language, resources, determinism, reuse, preload, cache, uses } = createModuleDefaults();
    assert.deepEqual(value, {
      ...{ kind, description, language, resources, determinism, reuse, preload, cache, uses },
      ...{
        name: 'a/b',
        entry: { file: 'x.py', function: 'f' },
        environment: undefined,
        inputs: [],
        params: [],
        outputs: [],
        seed: undefined,
        tests: undefined,
      },
    });
  });

  it('reads every field', () => {
    const text = [
      'module: a/b',
      'description: does it',
      'kind: train',
      'entry: src/x.py:f',
      'environment: ml',
      'inputs:',
      '  t: { table: { open: true, accepts: [public], columns: { x: float64 } } }',
      '  l: { list: model, description: many }',
      '  j: { type: json }',
      'params: { s: string, n: { type: int, default: 1, min: 0, max: 9, description: how many } }',
      'outputs:',
      '  t: { table: { addLabels: [secret], columns: { y: { type: int64, from: [t.x, t.any] } } } }',
      '  m: model',
      'resources: { cpu: 0.5, memory: 512MiB, gpu: 1, network: any }',
      'determinism: seeded',
      'seed: 7',
      'reuse: worker',
      'preload: [pandas]',
      'cache: { ttl: 1d, version: 2, salt: x }',
      'tests: tests',
    ].join('\n');
    const { value, diagnostics } = parseModule('module.yaml', text);
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(value, {
      name: 'a/b',
      description: 'does it',
      kind: 'train',
      language: 'python',
      entry: { file: 'src/x.py', function: 'f' },
      environment: 'ml',
      uses: [],
      inputs: [
        { name: 't', type: { kind: 'table', open: true, columns: [{ name: 'x', type: 'float64' }] }, accepts: ['public'] },
        { name: 'l', type: { kind: 'list', of: { kind: 'model' } }, description: 'many' },
        { name: 'j', type: { kind: 'json' } },
      ],
      params: [
        { name: 's', type: 'string' },
        { name: 'n', type: 'int', default: 1, min: 0, max: 9, description: 'how many' },
      ],
      outputs: [
        {
          name: 't',
          type: { kind: 'table', open: false, columns: [{ name: 'y', type: 'int64', from: ['t.x', 't.any'] }] },
          addLabels: ['secret'],
        },
        { name: 'm', type: { kind: 'model' }, addLabels: [] },
      ],
      resources: { cpu: 0.5, memory: 536_870_912, gpu: 1, network: 'any' },
      determinism: 'seeded',
      seed: 7,
      reuse: 'worker',
      preload: ['pandas'],
      cache: { ttl: 86_400, version: 2, salt: 'x' },
      tests: 'tests',
    });
  });

  it('gives equal models to texts that mean the same', () => {
    const one = parseModule('module.yaml', 'module: a/b\nentry: x.py:f\noutputs: { m: model }\n').value;
    const other = parseModule('module.yaml', '# a comment\n"entry": \'x.py:f\'\noutputs:\n  m: { type: model }\n"module":   a/b').value;
    assert.deepEqual(one, other);
  });

  it('refuses names that every object answers to', () => {
    for (const name of ['toString', 'valueOf', 'hasOwnProperty']) {
      const { diagnostics } = parseModule(
        'module.yaml',
        `module: a/b\nentry: x.py:f\nparams: { ${name}: json }\ninputs: { ${name}: json }`,
      );
      assert.deepEqual(
        diagnostics.map(({ code }) => code),
        ['invalid-value', 'invalid-value'],
      );
    }
  });

  it('knows the name of a file that can’t be read', () => {
    for (const text of [
      'module: a/b\nentry: [',
      'module: "a/b"\nx: {',
      `module: a/b\nx: ${'['.repeat(100)}`,
      `module: a/b\n# ${'x'.repeat(2_000_000)}`,
    ]) {
      const { name, value } = parseModule('module.yaml', text);
      assert.equal(name?.text, 'a/b');
      assert.equal(value, undefined);
    }
  });
});

describe('parseWorkflow', () => {
  it('reads steps, and the places of what references name', () => {
    const text = [
      'workflow: a/w',
      'params: { month: int }',
      'steps:',
      '  raw: { dataset: a/d, timeout: 30m, cache: refresh }',
      '  fit:',
      '    module: a/m@latestAlpha',
      '    in: { t: "raw.data" }',
      '    foreach: { k: [1, x], n: [2, y] }',
      '    params: { k: "${foreach.k}", t: a-${params.month} }',
      '    retry: { attempts: 5, on: [user] }',
      '    cluster: big',
      'outputs: { m: "fit[x,y].model" }',
    ].join('\n');
    const { value, diagnostics, source } = parseWorkflow('w.workflow.yaml', text);
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ['syntax'],
    );
    const step = {
      description: '',
      inputs: {},
      params: {},
      foreach: undefined,
      join: { kind: 'all' },
      when: undefined,
      retry: DEFAULT_RETRY,
      timeout: {},
      priority: undefined,
      cluster: undefined,
      cache: 'on',
    };
    assert.deepEqual(value, {
      name: 'a/w',
      description: '',
      domain: undefined,
      params: [{ name: 'month', type: 'int' }],
      steps: [
        { ...step, id: 'raw', use: { kind: 'dataset', dataset: 'a/d' }, timeout: { run: 1800 }, cache: 'refresh' },
        {
          ...step,
          id: 'fit',
          use: { kind: 'module', module: 'a/m', tag: 'latestAlpha' },
          inputs: { t: { step: 'raw', port: 'data', select: { kind: 'none' } } },
          foreach: { names: ['k', 'n'], values: { k: [1, 'x'], n: [2, 'y'] } },
          params: {
            k: { kind: 'template', parts: [{ kind: 'substitution', scope: 'foreach', name: 'k' }] },
            t: {
              kind: 'template',
              parts: [
                { kind: 'text', text: 'a-' },
                { kind: 'substitution', scope: 'params', name: 'month' },
              ],
            },
          },
          retry: { attempts: 5, backoff: 1, on: ['user'] },
          cluster: 'big',
        },
      ],
      outputs: { m: { step: 'fit', port: 'model', select: { kind: 'one', element: 'x,y' } } },
      inputs: [],
      schedule: undefined,
      concurrency: {},
      priority: 0,
    });
    const place = (...path: readonly string[]): string => toPlaceText(source.valueRange(path));
    assert.deepEqual(
      [place('steps', 'fit', 'in', 't', '@port'), place('outputs', 'm', '@element'), place('steps', 'fit', 'module', '@tag')],
      ['7:19-7:23', '12:20-12:23', '6:17-6:28'],
    );
  });
});

describe('parseManifest, parseEnvironment, parseDataset', () => {
  it('fill in what is not said', () => {
    assert.deepEqual(parseManifest('cairn.yaml', 'workspace: w').value, { ...DEFAULT_MANIFEST, name: 'w' });
    assert.deepEqual(parseManifest('cairn.yaml', 'workspace: w\ndefaults: { cluster: c }').value?.defaults, {
      ...DEFAULT_MANIFEST.defaults,
      cluster: 'c',
    });
    assert.deepEqual(parseEnvironment('e.environment.yaml', 'environment: e').value, {
      ...{ name: 'e', description: '', python: undefined, node: undefined, lock: undefined, image: undefined, variables: {}, secrets: [] },
    });
    assert.deepEqual(
      parseDataset(
        'd.dataset.yaml',
        'dataset: a/d\nsource: { kind: python, entry: d.py:load }\ncolumns: { x: int64, y: { type: string, labels: [] } }',
      ).value,
      {
        ...{ name: 'a/d', description: '', source: { kind: 'python', entry: { file: 'd.py', function: 'load' }, environment: undefined } },
        ...{ format: 'parquet', owner: undefined, domain: 'experiment', residency: 'any', retention: undefined },
        columns: [
          { name: 'x', type: 'int64' },
          { name: 'y', type: 'string', labels: [] },
        ],
      },
    );
  });

  it('refuse globs that a matcher could take long for', () => {
    for (const glob of ['{a,b}/**', '+(a)', '[a-z]', '***', '**/**/**/**/**/x', '/abs', '../up', 'a\\b', 'C:/x', '@(a|b)', '!x']) {
      const { diagnostics } = parseManifest('cairn.yaml', `workspace: w\nmodules: [${JSON.stringify(glob)}]`);
      assert.deepEqual(
        diagnostics.map(({ code }) => code),
        ['invalid-value'],
        glob,
      );
    }
  });
});

describe('names', () => {
  const attacks = [
    '$(id)',
    '`id`',
    'a;b',
    'a\nb',
    '-rf',
    "a'b",
    'a"b',
    'a b',
    '../a',
    'a\u200b',
    'аdmin',
    'A',
    '\u202ea',
    'a'.repeat(500),
    '',
    '.',
    '%61',
  ];
  for (const attack of attacks) {
    it(`refuses ${JSON.stringify(attack.slice(0, 20))} wherever a name stands`, () => {
      const name = JSON.stringify(attack);
      const full = JSON.stringify(`a/${attack}`);
      const texts: readonly (readonly [(typeof PARSERS)[number], string])[] = [
        [parseManifest, `workspace: ${name}`],
        [parseModule, `module: ${full}\nentry: x.py:f`],
        [parseDataset, `dataset: ${full}\nsource: { kind: python, entry: d.py:load }\ncolumns: {}`],
        [parseEnvironment, `environment: ${name}`],
        [parseWorkflow, `workflow: ${full}\nsteps: {}`],
        [parseWorkflow, `workflow: a/b\nsteps: { s: { module: ${full} } }`],
      ];
      for (const [parse, text] of texts) assert.ok(parse('a.yaml', text).diagnostics.length > 0, text);
    });
  }

  for (const tag of ['latest\u200b', 'lаtest', '\u202elatest', '-x', '1', 'a b', 'x'.repeat(65), '__proto__', '']) {
    it(`refuses the tag ${JSON.stringify(tag.slice(0, 20))}`, () => {
      const { diagnostics } = parseWorkflow('a.yaml', `workflow: a/b\nsteps: { s: { module: ${JSON.stringify(`a/b@${tag}`)} } }`);
      assert.deepEqual(
        diagnostics.map(({ code }) => code),
        ['invalid-value'],
      );
    });
  }
});

describe('all parsers', () => {
  const texts = [
    ...readFixture('base.txt').values(),
    ...globSync('**/*.yaml', { cwd: join(ROOT, 'examples/flights') }).map((file) =>
      readFileSync(join(ROOT, 'examples/flights', file), 'utf8'),
    ),
  ];

  it('never throw on any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), parseWithAll));
  });

  it('never throw on mutated examples', function () {
    this.timeout(120_000);
    const words = [
      '\n',
      ' ',
      ':',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      '#',
      '&a ',
      '*a',
      '!x ',
      '${',
      '1',
      'null',
      '~',
      '__proto__: 1',
      '<<: *a',
      '\t',
      '😀',
      '',
    ];
    const edits = fc.array(fc.record({ at: fc.nat(), cut: fc.nat({ max: 12 }), word: fc.constantFrom(...words) }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.constantFrom(...texts), edits, (text, list) => {
        let mutated = text;
        for (const { at, cut, word } of list) {
          const start = at % (mutated.length + 1);
          mutated = mutated.slice(0, start) + word + mutated.slice(start + cut);
        }
        parseWithAll(mutated);
      }),
      { numRuns: 400 },
    );
  });

  it('never change the prototype of anything', () => {
    parseWithAll(
      '__proto__: { polluted: 1 }\nsteps: { __proto__: { polluted: 1 }, a: { module: a/b, params: { __proto__: { polluted: 1 } } } }',
    );
    assert.equal(Reflect.get({}, 'polluted'), undefined);
  });

  function parseWithAll(text: string): void {
    for (const parse of PARSERS) {
      const { diagnostics, value } = parse('a.yaml', text);
      assert.ok(value !== undefined || diagnostics.length > 0, 'says why there is nothing');
    }
  }
});
