import { Ajv2020 } from 'ajv/dist/2020.js';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineageLog, type CommittedEvents } from '../../../../rde-agent/integrations/openLineage/lineageLog.ts';
import type { DatasetVersion } from '../../../../rde-agent/protocol/documents.ts';
import type { LineageRecord, OutputRecord, RunEvent } from '../../../../rde-agent/protocol/runEvents.ts';
import { OPEN_LINEAGE_SCHEMA } from '../../../support/openLineageSchema.ts';
import { digestOf, stepOf, workflowOf } from '../../../support/pinnedWorkflow.ts';
import { silentLogger } from '../../../support/silentLogger.ts';
import { waitFor } from '../../../support/waitFor.ts';

const RUN = '01980000-0000-7000-8000-000000000001';
const CHILD = '01980000-0000-7000-8000-000000000002';
const AT = '2026-11-21T08:00:00.000Z';

interface Line {
  readonly eventType: string;
  readonly run: { readonly runId: string; readonly facets: { readonly [name: string]: { readonly [field: string]: unknown } } };
  readonly job: { readonly name: string };
  readonly inputs: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly inputFacets?: { readonly [name: string]: unknown };
    readonly facets?: object;
  }[];
  readonly outputs: readonly { readonly name: string; readonly facets?: { readonly columnLineage?: { readonly fields: object } } }[];
}

const TABLE: OutputRecord = {
  type: 'table',
  digest: digestOf('t'),
  logical: digestOf('t'),
  exact: false,
  bytes: 10,
  rows: 2,
  format: 'parquet',
  columns: [{ name: 'delay', type: 'float64', digest: digestOf('c') }],
};
const VERSION: DatasetVersion = {
  version: 'v7',
  digest: TABLE.logical,
  at: AT,
  run: RUN,
  profile: { rows: 2, columns: [{ name: 'delay', type: 'float64', nulls: 1, min: -1.5, max: 'inf', distinct: null }] },
};

const started = (task: string, attempt = 1): RunEvent => ({
  type: 'task.started',
  task,
  attempt,
  fence: attempt,
  key: null,
  parts: null,
  against: null,
  reasons: [],
});
const ended = (task: string, output: string, lineage: readonly LineageRecord[] = [], attempt = 1): RunEvent => ({
  type: 'task.succeeded',
  task,
  attempt,
  fence: attempt,
  outputs: { [output]: TABLE },
  metrics: {},
  lineage,
  seconds: 1,
  entry: null,
});
const given = (output: string, task: string, port: string): LineageRecord[] => [
  { output, evidence: 'enforced', sources: [{ task, port, columns: ['delay'] }] },
];

/** A run with a fetched dataset, a failed attempt, a batch, a nested run, a reused step and one that is cancelled before it begins. */
function exampleEvents(): readonly (readonly [run: string, event: RunEvent])[] {
  const raw = stepOf('raw', {
    changes: {
      kind: 'dataset',
      name: 'flights/raw',
      format: 'csv',
      source: {
        kind: 's3',
        bucket: 'b',
        key: 'k.csv',
        region: undefined,
        endpoint: undefined,
        credentials: undefined,
        environment: undefined,
      },
    },
  });
  const reference = { step: 'raw', port: 'data', select: { kind: 'none' } } as const;
  const inner = workflowOf([stepOf('score')], {
    workflow: 'flights/inner',
    outputs: { out: { ...reference, step: 'score', port: 'out' } },
  });
  const outer = workflowOf(
    [
      raw,
      stepOf('clean'),
      stepOf('each'),
      stepOf('check', { changes: { kind: 'workflow', inputs: { flights: reference } } }),
      stepOf('late'),
    ],
    {
      outputs: { clean: { ...reference, step: 'clean', port: 'out' } },
    },
  );
  const submit = { tasks: [], force: false, from: null, requestKey: 'k' } as const;
  const error = { code: 'user-error', message: 'no', file: 'a.py', line: 1, traceback: 'trace' } as const;
  return [
    [RUN, { type: 'run.submitted', run: RUN, definition: outer, ...submit, nominalTime: AT }],
    [RUN, started('raw')],
    [RUN, { type: 'task.running', task: 'raw', attempt: 1, worker: { mode: 'forked', pid: 1, parent: 1 } }],
    [RUN, ended('raw', 'data')],
    [RUN, started('clean')],
    [RUN, { type: 'task.failed', task: 'clean', attempt: 1, failure: 'infrastructure', error, seconds: 1, retryIn: 0 }],
    [RUN, started('clean', 2)],
    [RUN, { type: 'task.lost', task: 'clean', attempt: 2 }],
    [RUN, started('clean', 3)],
    [RUN, ended('clean', 'out', given('out', 'raw', 'data'), 3)],
    [
      RUN,
      {
        type: 'tasks.ran',
        step: 'each',
        worker: { mode: 'kept', pid: 1, parent: 1 },
        ran: ['each[0]', 'each[1]'].map((task) => ({ task, attempt: 1, fence: 1, outputs: {}, metrics: {}, seconds: 0 })),
      },
    ],
    [RUN, started('check')],
    [RUN, { type: 'task.delegated', task: 'check', attempt: 1, run: CHILD }],
    [CHILD, { type: 'run.submitted', run: CHILD, definition: inner, ...submit, origin: { kind: 'nested', run: RUN, task: 'check' } }],
    [
      CHILD,
      {
        type: 'task.reused',
        task: 'score',
        key: digestOf('k'),
        parts: {} as never,
        entry: 'e',
        producer: { run: RUN, task: 'x' },
        outputs: { out: TABLE },
        metrics: {},
        lineage: given('out', 'inputs', 'flights'),
        reasons: [],
        saved: 3,
      },
    ],
    [CHILD, { type: 'run.finished', state: 'succeeded' }],
    [RUN, ended('check', 'out', given('out', 'raw', 'data'))],
    [
      RUN,
      {
        type: 'task.failed',
        task: 'late',
        attempt: 0,
        failure: 'infrastructure',
        error: { code: 'source-failed', message: 'away' },
        seconds: 0,
        retryIn: 0,
      },
    ],
    [RUN, { type: 'run.cancelRequested' }],
    [RUN, { type: 'task.cancelled', task: 'late' }],
    [RUN, { type: 'run.finished', state: 'cancelled' }],
  ];
}

class Log implements CommittedEvents {
  readonly #all: readonly (readonly [string, RunEvent])[];
  committed: number;

  constructor(all: readonly (readonly [string, RunEvent])[], committed = all.length) {
    this.#all = all;
    this.committed = committed;
  }

  scan(after: number, limit: number): ReturnType<CommittedEvents['scan']> {
    const last = Math.min(this.committed, after + limit);
    const events = this.#all
      .slice(after, last)
      .map(([run, event], index) => ({ position: after + index + 1, run, recorded: this.#record(after + index, event) }));
    return { events, last: Math.max(last, after) };
  }

  read(run: string): ReturnType<CommittedEvents['read']> {
    return this.#all.slice(0, this.committed).flatMap(([of, event], index) => (of === run ? [this.#record(index, event)] : []));
  }

  readonly versions = (): readonly DatasetVersion[] => [VERSION];

  #record(index: number, event: RunEvent): ReturnType<CommittedEvents['read']>[number] {
    const [run] = this.#all[index] ?? [''];
    const seq = this.#all.slice(0, index + 1).filter(([of]) => of === run).length;
    return { seq, at: AT, by: 'local:tester', scope: { tenant: 'local', domain: 'experiment' }, event };
  }
}

describe('OpenLineage', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-lineage-'));
    file = join(folder, 'deep/openlineage.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = (events: CommittedEvents): LineageLog => new LineageLog({ file, namespace: 'test', events, logger: silentLogger });
  const writeAll = (events: CommittedEvents): void => open(events).stop();
  const text = (): string => readFileSync(file, 'utf8');
  const lines = (): readonly Line[] =>
    text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);

  it('is valid by the structure of the published schemas', () => {
    writeAll(new Log(exampleEvents()));
    const ajv = new Ajv2020({
      strict: true,
      allErrors: true,
      formats: {
        uri: (value: string) => URL.canParse(value),
        uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
        'date-time': (value: string) => !Number.isNaN(Date.parse(value)),
      },
    });
    const validate = ajv.compile(OPEN_LINEAGE_SCHEMA);
    for (const line of lines()) assert.ok(validate(line), JSON.stringify([validate.errors, line], null, 1));
  });

  it('tells START and the end of every run and every attempt, with its parent', () => {
    writeAll(new Log(exampleEvents()));
    const all = lines();
    const told = Map.groupBy(all, (line) => line.run.runId);
    const shapes = [...told.values()].map((events) => `${events[0]?.job.name ?? ''}: ${events.map((event) => event.eventType).join(' ')}`);
    assert.deepEqual(shapes, [
      'test/flow: START ABORT',
      'test/flow.raw: START COMPLETE',
      'test/flow.clean: START FAIL',
      'test/flow.clean: START ABORT',
      'test/flow.clean: START COMPLETE',
      'test/flow.each[*]: START COMPLETE',
      'test/flow.check: START COMPLETE',
      'flights/inner: START COMPLETE',
      'flights/inner.score: START COMPLETE',
      'test/flow.late: START FAIL',
    ]);
    const parentOf = (name: string): unknown =>
      (all.find((line) => line.job.name === name)?.run.facets['parent']?.['run'] as { runId: string } | undefined)?.runId;
    assert.equal(parentOf('test/flow.raw'), RUN);
    assert.equal(parentOf('flights/inner.score'), CHILD);
    assert.equal(parentOf('flights/inner'), all.find((line) => line.job.name === 'test/flow.check')?.run.runId);
    assert.equal(parentOf('test/flow'), undefined);
  });

  it('tells where data comes from: sources with their profile, columns, and through nested runs', () => {
    writeAll(new Log(exampleEvents()));
    const complete = (name: string): Line =>
      lines().findLast((line) => line.job.name === name && line.eventType !== 'START') ?? assert.fail(name);
    const raw = complete('test/flow.raw');
    assert.deepEqual(
      raw.inputs.map(({ namespace, name }) => [namespace, name]),
      [['s3://b', 'k.csv']],
    );
    const metrics = raw.inputs[0]?.inputFacets?.['dataQualityMetrics'] as { readonly columnMetrics: unknown; readonly rowCount: unknown };
    assert.deepEqual([metrics.rowCount, metrics.columnMetrics], [2, { delay: { nullCount: 1, min: -1.5 } }]);
    assert.deepEqual(
      raw.outputs.map(({ name }) => name),
      ['flights/raw'],
    );
    const clean = complete('test/flow.clean');
    assert.deepEqual(
      clean.inputs.map(({ name }) => name),
      ['flights/raw'],
    );
    assert.deepEqual(Object.keys(clean.outputs[0]?.facets?.columnLineage?.fields ?? {}), ['delay']);
    assert.deepEqual(
      complete('flights/inner.score').inputs.map(({ name }) => name),
      ['flights/raw'],
    );
    assert.deepEqual(
      complete('test/flow').inputs.map(({ name }) => name),
      ['flights/raw'],
    );
  });

  it('goes on behind its last whole line, wherever it was cut off: nothing lost, nothing twice', () => {
    const events = exampleEvents();
    writeAll(new Log(events));
    const whole = text();
    const bytes = Buffer.byteLength(whole);
    const cuts = new Set([0, 1, bytes - 1, bytes]);
    for (let index = whole.indexOf('\n'); index >= 0; index = whole.indexOf('\n', index + 1))
      for (const near of [-1, 0, 1, 2]) cuts.add(index + near);
    for (const cut of cuts) {
      writeFileSync(file, whole);
      truncateSync(file, Math.min(cut, bytes));
      writeAll(new Log(events));
      assert.equal(text(), whole, `cut at ${String(cut)}`);
    }
    writeFileSync(file, whole.slice(0, -40) + '\0'.repeat(40));
    writeAll(new Log(events));
    assert.equal(text(), whole, 'zeros where a power failure left them');
  });

  it('writes the same whether it follows event by event or all at once', () => {
    const events = exampleEvents();
    writeAll(new Log(events));
    const whole = text();
    rmSync(file);
    for (let committed = 1; committed <= events.length; committed += 1) writeAll(new Log(events, committed));
    assert.equal(text(), whole);
  });

  it('waits while the file cannot be written, and says so once', async () => {
    const events = new Log(exampleEvents());
    const warnings: string[] = [];
    mkdirSync(file, { recursive: true });
    const log = new LineageLog({ file, namespace: 'test', events, logger: { ...silentLogger, warn: (message) => warnings.push(message) } });
    log.wake();
    await waitFor('it has tried', () => warnings.length > 0);
    rmdirSync(file);
    log.stop();
    assert.equal(warnings.length, 1);
    assert.equal(lines().length, 20);
  });

  it('writes soon after it is woken', async () => {
    const log = open(new Log(exampleEvents()));
    log.wake();
    await waitFor('the lines are there', () => {
      try {
        return lines().length === 20;
      } catch {
        return false;
      }
    });
    log.stop();
    assert.equal(lines().length, 20);
  });
});
