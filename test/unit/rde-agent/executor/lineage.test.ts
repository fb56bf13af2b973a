import assert from 'node:assert/strict';
import { toDatasetContract, type DatasetDefinition } from '../../../../language/model/dataset.ts';
import type { Column, PortType } from '../../../../language/model/portType.ts';
import type { Reference } from '../../../../language/model/workflow.ts';
import { showLineage, type LineageSources } from '../../../../rde-agent/executor/lineage.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { PinnedStep, PinnedWorkflow } from '../../../../rde-agent/protocol/pinned.ts';
import type { LineageRecord, RunEvent } from '../../../../rde-agent/protocol/runEvents.ts';
import { digestOf, stepOf, workflowOf } from '../../../support/pinnedWorkflow.ts';

const RUN = '01980000-0000-7000-8000-000000000001';
const CHILD = '01980000-0000-7000-8000-000000000002';

const COLUMNS: readonly Column[] = [
  { name: 'tail', type: 'string', labels: ['restricted'] },
  { name: 'delay', type: 'float64', labels: ['public'] },
  { name: 'dest', type: 'string' },
];

function table(...names: string[]): PortType {
  return { kind: 'table', open: false, columns: names.map((name) => ({ name, type: 'float64' })) };
}

function datasetStep(id: string, columns = COLUMNS): PinnedStep {
  const name = `flights/${id}`;
  const definition: DatasetDefinition = {
    name,
    description: '',
    columns,
    source: { kind: 'file', path: 'a.csv', environment: undefined },
    format: 'csv',
    owner: undefined,
    domain: 'experiment',
    residency: 'any',
    retention: undefined,
  };
  const contract = toDatasetContract(definition);
  return stepOf(id, { contract, changes: { kind: 'dataset', name, columns, inputs: {} } });
}

interface Module {
  readonly inputs: { readonly [port: string]: readonly [from: string, type: PortType] };
  readonly output: PortType;
  readonly addLabels?: readonly string[];
  readonly changes?: Partial<PinnedStep>;
}

function reference(text: string): Reference {
  const [, step = '', element, port = ''] = /^(\w+)(?:\[(.+)\])?\.(\w+)$/.exec(text) ?? [];
  const select =
    element === undefined ? { kind: 'none' as const } : element === '*' ? { kind: 'all' as const } : { kind: 'one' as const, element };
  return { step, port, select };
}

function moduleStep(id: string, { inputs, output, addLabels = [], changes = {} }: Module): PinnedStep {
  const ports = Object.entries(inputs);
  return stepOf(id, {
    contract: { inputs: ports.map(([name, [, type]]) => ({ name, type })), outputs: [{ name: 'out', type: output, addLabels }] },
    changes: { inputs: Object.fromEntries(ports.map(([name, [from]]) => [name, reference(from)])), ...changes },
  });
}

function succeeded(
  task: string,
  evidence: LineageRecord['evidence'] = 'floor',
  sources: LineageRecord['sources'] = [],
  output = 'out',
): RunEvent {
  const lineage: LineageRecord[] = [{ output, evidence, sources }];
  return { type: 'task.succeeded', task, attempt: 1, fence: 1, outputs: {}, metrics: {}, lineage, seconds: 0, entry: null };
}

function submitted(run: string, definition: PinnedWorkflow): RunEvent {
  return { type: 'run.submitted', run, definition, tasks: [], force: false, from: null, requestKey: 'k' };
}

function from(text: string, columns: readonly string[] | null): LineageRecord['sources'][number] {
  const { step, port = '' } = reference(text.replace(/\[.*\]/, ''));
  const element = /\[.*\]/.exec(text)?.[0] ?? '';
  return { task: step + element, port, columns };
}

function sourcesOf(
  runs: { readonly [run: string]: readonly RunEvent[] },
  arrived: { readonly [dataset: string]: string } = {},
): LineageSources {
  return {
    events: (run) => runs[run],
    versions: (dataset) => {
      const run = arrived[dataset];
      return run === undefined ? [] : [{ version: 'v1', digest: digestOf(dataset), at: '', run, profile: null }];
    },
  };
}

function show(target: string, sources: LineageSources): readonly string[] {
  return showLineage(target, sources).columns.map(
    ({ column, from: found, labels }) =>
      `${column} <- ${found.map((each) => `${each.dataset}.${each.column} ${each.evidence}`).join(', ')} {${labels.join(' ')}}`,
  );
}

function refuse(target: string, sources: LineageSources): string {
  try {
    showLineage(target, sources);
  } catch (error) {
    assert.ok(error instanceof CairnError);
    return `${error.code}: ${error.message}`;
  }
  return assert.fail('was answered');
}

describe('lineage', () => {
  const steps = [
    datasetStep('raw'),
    moduleStep('clean', { inputs: { flights: ['raw.data', table('delay', 'dest')] }, output: table('delay', 'place') }),
    moduleStep('train', {
      inputs: { rows: ['clean.out', { kind: 'table', open: true, columns: [] }] },
      output: { kind: 'model' },
      addLabels: ['model'],
    }),
  ];
  const run: readonly RunEvent[] = [
    submitted(RUN, workflowOf(steps)),
    succeeded('raw', 'floor', [], 'data'),
    succeeded('clean', 'enforced', [from('raw.data', ['delay', 'dest'])]),
    succeeded('train', 'floor', [from('clean.out', null)]),
  ];
  const sources = sourcesOf({ [RUN]: run }, { 'flights/raw': RUN });

  it('says for every column which columns of datasets feed it, and joins their labels', () => {
    assert.deepEqual(show(`${RUN}:clean.out`, sources), [
      'delay <- flights/raw.delay enforced, flights/raw.dest enforced {public restricted}',
      'place <- flights/raw.delay enforced, flights/raw.dest enforced {public restricted}',
    ]);
  });

  it('keeps the weakest evidence of the way, and adds what outputs add', () => {
    assert.deepEqual(show(`${RUN}:train`, sources), ['* <- flights/raw.delay floor, flights/raw.dest floor {model public restricted}']);
  });

  it('answers one column, also of a dataset step, each of whose columns is its own', () => {
    assert.deepEqual(show(`${RUN}:raw.data.delay`, sources), ['delay <- flights/raw.delay enforced {public}']);
    assert.deepEqual(show(`${RUN}:clean.out.place`, sources).length, 1);
  });

  it('answers a dataset, by its newest version or by one of its versions', () => {
    const expected = [
      'tail <- flights/raw.tail enforced {restricted}',
      'delay <- flights/raw.delay enforced {public}',
      'dest <- flights/raw.dest enforced {restricted}',
    ];
    assert.deepEqual(show('flights/raw', sources), expected);
    assert.deepEqual(show('flights/raw@v1', sources), expected);
  });

  it('raises labels of what was made before when a newer definition does', () => {
    const later = '01980000-0000-7000-8000-00000000000f';
    const raised = datasetStep(
      'raw',
      COLUMNS.map((column) => (column.name === 'delay' ? { ...column, labels: ['internal'] } : column)),
    );
    const both = sourcesOf({ [RUN]: run, [later]: [submitted(later, workflowOf([raised]))] }, { 'flights/raw': later });
    assert.deepEqual(show(`${RUN}:raw.data.delay`, both), ['delay <- flights/raw.delay enforced {internal public}']);
  });

  it('calls what is made of nothing restricted, wherever it goes', () => {
    const made = [
      moduleStep('make', { inputs: {}, output: table('a') }),
      moduleStep('use', { inputs: { a: ['make.out', table('a')] }, output: table('b') }),
    ];
    const events = [submitted(RUN, workflowOf(made)), succeeded('make'), succeeded('use', 'enforced', [from('make.out', ['a'])])];
    assert.deepEqual(show(`${RUN}:use.out`, sourcesOf({ [RUN]: events })), ['b <-  {restricted}']);
  });

  it('joins the elements of a fan-out, of one or of all', () => {
    const wide = moduleStep('each', {
      inputs: { a: ['raw.data', table('delay')] },
      output: table('x'),
      changes: { foreach: { names: ['k'], values: { k: ['a.b/c', 'd'] } } },
    });
    const joined = moduleStep('all', { inputs: { list: ['each[*].out', { kind: 'list', of: table('x') }] }, output: table('y') });
    const elements = ['each[a.b/c]', 'each[d]'];
    const events = [
      submitted(RUN, workflowOf([datasetStep('raw'), wide, joined])),
      succeeded('raw', 'floor', [], 'data'),
      ...elements.map((task) => succeeded(task, 'enforced', [from('raw.data', ['delay'])])),
      succeeded(
        'all',
        'enforced',
        elements.map((task) => ({ task, port: 'out', columns: ['x'] })),
      ),
    ];
    const wideSources = sourcesOf({ [RUN]: events });
    for (const target of ['each[a.b/c].out.x', 'each[*].out.x', 'each.out.x'])
      assert.deepEqual(show(`${RUN}:${target}`, wideSources), ['x <- flights/raw.delay enforced {public}']);
    assert.deepEqual(show(`${RUN}:all.out`, wideSources), ['y <- flights/raw.delay enforced {public}']);
  });

  it('follows nested runs in and out, each input by its own way', () => {
    const inner = workflowOf(
      [
        moduleStep('left', { inputs: { a: ['inputs.one', table('delay')] }, output: table('l') }),
        moduleStep('right', { inputs: { b: ['inputs.two', table('tail')] }, output: table('r') }),
      ],
      { workflow: 'flights/inner', outputs: { left: reference('left.out'), right: reference('right.out') } },
    );
    const outer = workflowOf(
      [
        datasetStep('raw'),
        stepOf('check', {
          contract: {
            inputs: [
              { name: 'one', type: table('delay') },
              { name: 'two', type: table('tail') },
            ],
            outputs: [
              { name: 'left', type: table('l'), addLabels: [] },
              { name: 'right', type: table('r'), addLabels: [] },
            ],
          },
          changes: { kind: 'workflow', name: 'flights/inner', inputs: { one: reference('raw.data'), two: reference('raw.data') } },
        }),
        moduleStep('after', { inputs: { l: ['check.left', table('l')] }, output: table('z') }),
      ],
      { workflows: [inner] },
    );
    const outside = [from('raw.data', ['delay']), from('raw.data', ['tail'])];
    const events: readonly RunEvent[] = [
      submitted(RUN, outer),
      succeeded('raw', 'floor', [], 'data'),
      { type: 'task.delegated', task: 'check', attempt: 1, run: CHILD },
      succeeded('check', 'floor', outside, 'left'),
      succeeded('after', 'enforced', [from('check.left', ['l'])]),
    ];
    const inside: readonly RunEvent[] = [
      submitted(CHILD, inner),
      succeeded('left', 'enforced', [from('inputs.one', ['delay'])]),
      succeeded('right', 'enforced', [from('inputs.two', ['tail'])]),
    ];
    const nested = sourcesOf({ [RUN]: events, [CHILD]: inside });
    assert.deepEqual(show(`${RUN}:after.out`, nested), ['z <- flights/raw.delay enforced {public}']);
    assert.deepEqual(show(`${RUN}:check.right`, nested), ['r <- flights/raw.tail enforced {restricted}']);
    assert.deepEqual(show(`${RUN}:check/right.out`, nested), ['r <- flights/raw.tail enforced {restricted}']);
    // A nested run that is gone: its step counts as one that used everything.
    assert.deepEqual(show(`${RUN}:check.left`, sourcesOf({ [RUN]: events })), [
      'l <- flights/raw.delay floor, flights/raw.tail floor {public restricted}',
    ]);
  });

  it('knows what a batch in a kept interpreter was given', () => {
    const events: readonly RunEvent[] = [
      submitted(RUN, workflowOf(steps)),
      succeeded('raw', 'floor', [], 'data'),
      {
        type: 'tasks.ran',
        step: 'clean',
        worker: { mode: 'kept', pid: 1, parent: 1 },
        ran: [{ task: 'clean', attempt: 1, fence: 1, outputs: {}, metrics: {}, seconds: 0 }],
      },
    ];
    assert.match(
      show(`${RUN}:clean.out.delay`, sourcesOf({ [RUN]: events }))[0] ?? '',
      /flights\/raw.delay enforced, flights\/raw.dest enforced/,
    );
  });

  it('is linear in a chain of ten thousand steps', () => {
    const chain = Array.from({ length: 10_000 }, (_, n) =>
      moduleStep(`s${String(n)}`, {
        inputs: { a: [n === 0 ? 'raw.data' : `s${String(n - 1)}.out`, table('delay')] },
        output: table('delay'),
      }),
    );
    const events = [
      submitted(RUN, workflowOf([datasetStep('raw'), ...chain])),
      succeeded('raw', 'floor', [], 'data'),
      ...chain.map((step, n) => succeeded(step.id, 'enforced', [from(n === 0 ? 'raw.data' : `s${String(n - 1)}.out`, ['delay'])])),
    ];
    assert.deepEqual(show(`${RUN}:s9999.out`, sourcesOf({ [RUN]: events })), ['delay <- flights/raw.delay enforced {public}']);
  });

  for (const [target, expected] of [
    ['what', 'invalid-request: "what" is neither an output of a run nor a dataset'],
    [`${RUN}:`, `invalid-request: "${RUN}:" is neither an output of a run nor a dataset`],
    ['flights/none', 'unknown-dataset: No version of flights/none has arrived yet'],
    ['flights/raw@v9', 'unknown-dataset: flights/raw has no version v9'],
    [`${CHILD}:clean.out`, `unknown-run: There is no run ${CHILD}`],
    [`${RUN}:dirty.out`, `unknown-step: Run ${RUN} has no step dirty`],
    [`${RUN}:check/x.out`, `unknown-step: Run ${RUN} has no nested step check`],
    [`${RUN}:clean.in`, 'invalid-request: clean has no output in'],
    [`${RUN}:clean.out.nothing`, 'invalid-request: out has no column nothing'],
  ] as const) {
    it(`refuses ${target}`, () => assert.equal(refuse(target, sources), expected));
  }
});
