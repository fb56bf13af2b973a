import assert from 'node:assert/strict';
import type { DatasetSource } from '../../../../language/model/dataset.ts';
import type { Step, Workflow } from '../../../../language/model/workflow.ts';
import { parseDataset } from '../../../../language/parse/parseDataset.ts';
import { parseLibrary } from '../../../../language/parse/parseLibrary.ts';
import { parseModule } from '../../../../language/parse/parseModule.ts';
import { parseWorkflow } from '../../../../language/parse/parseWorkflow.ts';
import { toPlaceText } from '../../../support/languageWorkspace.ts';

function readWorkflow(...lines: readonly string[]): Workflow {
  const { value, diagnostics } = parseWorkflow('w.workflow.yaml', ['workflow: a/w', ...lines].join('\n'));
  assert.deepEqual(diagnostics, []);
  assert.ok(value !== undefined);
  return value;
}

function readStep(text: string): Step {
  const [step] = readWorkflow('inputs: { rows: json }', 'steps:', `  s: { ${text} }`).steps;
  assert.ok(step !== undefined);
  return step;
}

function readSource(text: string): DatasetSource | undefined {
  const { value, diagnostics } = parseDataset('d.dataset.yaml', `dataset: a/d\nsource: { ${text} }\ncolumns: { n: int64 }`);
  assert.deepEqual(diagnostics, []);
  return value?.source;
}

describe('parseWorkflow, the forms of a step', () => {
  it('reads a workflow, lists of references and inputs of its own', () => {
    const step = readStep('workflow: a/x, in: { p: [a.m, "b[*].m"], q: inputs.rows }');
    assert.deepEqual(step.use, { kind: 'workflow', workflow: 'a/x' });
    assert.deepEqual(step.inputs, {
      p: {
        items: [
          { step: 'a', port: 'm', select: { kind: 'none' } },
          { step: 'b', port: 'm', select: { kind: 'all' } },
        ],
      },
      q: { step: 'inputs', port: 'rows', select: { kind: 'none' } },
    });
  });

  it('reads fan-outs over literals and outputs, zipped and crossed in both places', () => {
    const from = { step: 'a', port: 'rows', select: { kind: 'none' } };
    assert.deepEqual(readStep('module: a/m, foreach: { x: [1, 2], y: a.rows }').foreach, {
      names: ['x', 'y'],
      values: { x: [1, 2] },
      from: { y: from },
    });
    const crossed = { names: ['x', 'y'], values: { x: [1, 2], y: ['a', 'b', 'c'] }, product: true };
    assert.deepEqual(readStep('module: a/m, foreach: { x: [1, 2], y: [a, b, c], product: true }').foreach, crossed);
    assert.deepEqual(readStep('module: a/m, product: true, foreach: { x: [1, 2], y: [a, b, c] }').foreach, crossed);
    assert.deepEqual(readStep('module: a/m, foreach: { x: [1], product: false }').foreach, { names: ['x'], values: { x: [1] } });
  });

  const rows: readonly (readonly [string, Partial<Step>])[] = [
    ['join: any', { join: { kind: 'any' } }],
    ['join: quorum( 2 )', { join: { kind: 'quorum', count: 2 } }],
    ['timeout: 30m', { timeout: { run: 1800 } }],
    ['timeout: { queue: 1h, run: 10m, idle: 500ms }', { timeout: { queue: 3600, run: 600, idle: 0.5 } }],
    ['priority: -100', { priority: -100 }],
    ['when: true', { when: { kind: 'literal', value: true } }],
    ['when: params.x', { when: { kind: 'param', name: 'x' } }],
    ['cache: off', { cache: 'off' }],
  ];
  for (const [text, expected] of rows) {
    it(`reads ${text}`, () => {
      const step = readStep(`module: a/m, ${text}`);
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(Reflect.get(step, key), value);
    });
  }

  it('places the parts of lists and conditions', () => {
    const text = 'workflow: a/w\nsteps:\n  s:\n    module: a/m\n    in: { p: [a.m, "b[*].m"] }\n    when: fit.metrics.auc > params.floor\n';
    const { source } = parseWorkflow('w.workflow.yaml', text);
    const place = (...path: readonly (string | number)[]): string => toPlaceText(source.valueRange(path));
    assert.deepEqual(
      [
        place('steps', 's', 'in', 'p', 1, '@element'),
        place('steps', 's', 'when', '@0'),
        place('steps', 's', 'when', '@1'),
        place('steps', 's', 'when', '@2'),
      ],
      ['5:23-5:24', '6:11-6:14', '6:23-6:26', '6:36-6:41'],
    );
  });
});

describe('parseWorkflow, what belongs to the whole', () => {
  it('fills in what a schedule does not say', () => {
    const { schedule, concurrency, priority } = readWorkflow(
      'steps: {}',
      'schedule: { cron: "0 3 * * *" }',
      'concurrency: { runs: 1 }',
      'priority: 7',
    );
    assert.deepEqual(schedule, { cron: '0 3 * * *', timezone: 'UTC', catchUp: 'none', catchUpLimit: 100, overlap: 'skip', params: {} });
    assert.deepEqual([concurrency, priority], [{ runs: 1 }, 7]);
  });

  it('reads all of a schedule', () => {
    const { schedule } = readWorkflow(
      'steps: {}',
      'schedule: { cron: "*/5 0 3 * * MON", timezone: Asia/Kolkata, catchUp: all, catchUpLimit: 3, overlap: cancel, params: { a: [1] } }',
    );
    assert.deepEqual(schedule, {
      ...{ cron: '*/5 0 3 * * MON', timezone: 'Asia/Kolkata', catchUp: 'all', catchUpLimit: 3, overlap: 'cancel', params: { a: [1] } },
    });
  });
});

describe('parseDataset, its sources', () => {
  const environment = undefined;
  const rows: readonly (readonly [string, DatasetSource])[] = [
    ['kind: file, path: a/b.csv', { kind: 'file', path: 'a/b.csv', environment }],
    [
      'kind: http, url: "https://x.y/a?b=c", headers: { X-Key: KEY }',
      { kind: 'http', url: 'https://x.y/a?b=c', headers: { 'X-Key': 'KEY' }, environment },
    ],
    [
      'kind: s3, bucket: b-1, key: a b/c',
      { kind: 's3', bucket: 'b-1', key: 'a b/c', region: undefined, endpoint: undefined, credentials: undefined, environment },
    ],
    [
      'kind: s3, bucket: bbb, key: k, endpoint: "http://127.0.0.1:9000", credentials: { accessKeyId: A, secretAccessKey: B }, environment: e',
      {
        ...{ kind: 's3', bucket: 'bbb', key: 'k', region: undefined, endpoint: 'http://127.0.0.1:9000', environment: 'e' },
        credentials: { accessKeyId: 'A', secretAccessKey: 'B' },
      },
    ],
    [
      'kind: postgres, connection: URI, table: a.b',
      { kind: 'postgres', connection: 'URI', table: 'a.b', query: undefined, version: undefined, environment },
    ],
    [
      'kind: postgres, connection: URI, query: select 1, version: select 2',
      { kind: 'postgres', connection: 'URI', table: undefined, query: 'select 1', version: 'select 2', environment },
    ],
  ];
  for (const [text, expected] of rows) it(text, () => assert.deepEqual(readSource(text), expected));
});

describe('parseLibrary and what uses one', () => {
  it('fills in what is not said', () => {
    const { value, diagnostics } = parseLibrary('library.yaml', 'library: a/lib');
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(value, {
      ...{ name: 'a/lib', description: '', language: 'python', files: ['**'], uses: [], requires: { python: undefined, packages: [] } },
    });
  });

  it('refuses patterns that leave the folder, and names that are none', () => {
    const text = 'library: a/lib\nfiles: ["../x", "*.py", "{a,b}"]\nuses: [a/b, A/b, a/b, a/c@ x]\nrequires: { packages: ["pandas>=2"] }';
    assert.deepEqual(
      parseLibrary('library.yaml', text).diagnostics.map(({ code, range }) => `${toPlaceText(range)} ${code}`),
      [
        '4:24-4:35 invalid-value',
        '2:9-2:15 invalid-value',
        '2:25-2:32 invalid-value',
        '3:13-3:16 invalid-value',
        '3:18-3:21 duplicate-name',
        '3:27-3:29 invalid-value',
      ],
    );
  });

  it('are modules, of Python or TypeScript', () => {
    const python = parseModule('module.yaml', 'module: a/m\nentry: m.py:f\nuses: [a/lib, b/lib@v1]');
    assert.deepEqual([python.value?.language, python.value?.uses, python.diagnostics], ['python', ['a/lib', 'b/lib@v1'], []]);
    const typescript = parseModule('module.yaml', 'module: a/m\nentry: src/m.ts:f');
    assert.deepEqual([typescript.value?.language, typescript.diagnostics], ['typescript', []]);
  });
});
