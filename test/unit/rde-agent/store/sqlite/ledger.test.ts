import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { RunDocument } from '../../../../../rde-agent/protocol/documents.ts';
import type { PinnedStep, PinnedWorkflow } from '../../../../../rde-agent/protocol/pinned.ts';
import { toRunDocument } from '../../../../../rde-agent/protocol/runDocument.ts';
import { toRunStream, type RunEvent, type RunOrigin } from '../../../../../rde-agent/protocol/runEvents.ts';
import { NO_RUN, reduceRunEvents, type RunView } from '../../../../../rde-agent/protocol/runView.ts';
import { openSqliteStore } from '../../../../../rde-agent/store/sqlite/sqliteStore.ts';
import type { LedgerAnswer, LedgerCount, LedgerQuery, Store, StoreEvent } from '../../../../../rde-agent/store/store.ts';
import { digestOf } from '../../../../support/pinnedWorkflow.ts';
import { silentLogger } from '../../../../support/silentLogger.ts';

const writerScript = new URL('../../../../../rde-agent/store/sqlite/writerThread.ts', import.meta.url);
const SCOPE = { tenant: 'local', domain: 'experiment' } as const;
const DIGEST = digestOf('x');

type Outcome = 'executed' | 'ran' | 'reused' | 'waited' | 'given' | 'failed' | 'retried' | 'cancelled' | 'skipped' | 'none';
interface Sketch {
  readonly workflow: string;
  readonly day: number;
  readonly origin: 'none' | 'rerun' | 'replay' | 'schedule';
  readonly end: 'succeeded' | 'failed' | 'cancelled' | 'open';
  readonly tasks: readonly { readonly outcome: Outcome; readonly seconds: number }[];
  readonly nested: Sketch | null;
}

const sketches = fc.letrec<{ sketch: Sketch }>((tie) => ({
  sketch: fc.record({
    workflow: fc.constantFrom('a/one', 'a/two', 'b/one'),
    day: fc.integer({ min: 1, max: 3 }),
    origin: fc.constantFrom('none', 'none', 'rerun', 'replay', 'schedule'),
    end: fc.constantFrom('succeeded', 'failed', 'cancelled', 'open'),
    tasks: fc.array(
      fc.record({
        outcome: fc.constantFrom<Outcome>(
          'executed',
          'ran',
          'reused',
          'waited',
          'given',
          'failed',
          'retried',
          'cancelled',
          'skipped',
          'none',
        ),
        seconds: fc.double({ min: 0, max: 5000, noNaN: true }),
      }),
      { maxLength: 6 },
    ),
    nested: fc.option(tie('sketch'), { maxDepth: 2 }),
  }),
})).sketch;

interface Written {
  readonly run: string;
  readonly parent: string | undefined;
  readonly day: string;
  readonly origin: Sketch['origin'] | 'nested';
  readonly given: ReadonlySet<string>;
  readonly events: readonly RunEvent[];
}

describe('store/ledger', function () {
  this.timeout(120_000);
  let folder: string;
  let store: Store;
  const open = async (): Promise<void> => {
    store = await openSqliteStore({ folder, writerScript, logger: silentLogger });
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-ledger-'));
    await open();
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('equals what the documents of the runs say, in whatever pieces their events come; rebuilt, it is equal to the last bit', async () => {
    let made = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(sketches, { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        async (found, pieces) => {
          await store.close();
          rmSync(folder, { recursive: true, force: true });
          folder = mkdtempSync(join(tmpdir(), 'cairn-ledger-'));
          await open();
          const written = found.flatMap((sketch) => write(sketch, () => `run-${String((made += 1)).padStart(6, '0')}`));
          await commit(store, written, pieces);
          const before = askAll(store);
          assert.deepEqual(before, toExpected(written));
          await store.close();
          for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `projections.db${suffix}`), { force: true });
          await open();
          assert.deepEqual(askAll(store), before);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('asks for days, both ends included, and at most so many rows', async () => {
    const written = [1, 2, 3].flatMap((day) =>
      write(
        { workflow: 'a/one', day, origin: 'none', end: 'succeeded', tasks: [{ outcome: 'reused', seconds: day }], nested: null },
        () => `run-${String(day)}`,
      ),
    );
    await commit(store, written, [3]);
    const ask = (changes: Partial<LedgerQuery>): LedgerAnswer =>
      store.projections.ledger({ by: 'day', since: null, until: null, limit: 100, ...changes });
    assert.deepEqual(
      ask({ since: '2026-11-02' }).rows.map(({ name, savedSeconds }) => [name, savedSeconds]),
      [
        ['2026-11-03', 3],
        ['2026-11-02', 2],
      ],
    );
    assert.equal(ask({ until: '2026-11-02' }).total.savedSeconds, 3);
    const newest = ask({ by: 'run', limit: 2 });
    assert.deepEqual([newest.rows.map(({ name }) => name), newest.total.runs], [['run-3', 'run-2'], 3]);
    const none = ask({ since: '2027-01-01' });
    assert.deepEqual([none.total.runs, none.workflows, none.rows], [0, 0, []]);
  });
});

const KEYS = ['run', 'workflow', 'namespace', 'day'] as const;

function askAll(store: Store): { readonly [by: string]: LedgerAnswer } {
  return Object.fromEntries(KEYS.map((by) => [by, store.projections.ledger({ by, since: null, until: null, limit: 1000 })]));
}

/** The events of each stream in order, interleaved with those of the others, in commits of the given sizes. */
async function commit(store: Store, written: readonly Written[], pieces: readonly number[]): Promise<void> {
  const left = written.map(({ run, parent, day, events }) => ({ run, parent, day, events: [...events], seq: 0 }));
  for (let turn = 0; left.some(({ events }) => events.length > 0); turn += 1) {
    // A nested run begins after the one around it, as it does in an agent.
    const begun = new Set(left.filter(({ seq }) => seq > 0).map(({ run }) => run));
    const ready = left.filter(({ events, parent }) => events.length > 0 && (parent === undefined || begun.has(parent)));
    const next = ready[turn % 2] ?? ready[0];
    if (next === undefined) return;
    const events: StoreEvent[] = next.events.splice(0, pieces[turn % pieces.length] ?? 1);
    await store.events.commit({
      appends: [
        { stream: toRunStream(next.run), expected: next.seq, by: 'local:tester', scope: SCOPE, at: `${next.day}T23:59:59.000Z`, events },
      ],
    });
    next.seq += events.length;
  }
}

/** A run, and those nested in it. */
function write(
  sketch: Sketch,
  newId: () => string,
  parent?: { readonly run: string; readonly replay: boolean; readonly day: string },
): readonly Written[] {
  const run = newId();
  const isReplay = parent?.replay ?? sketch.origin === 'replay';
  const day = parent?.day ?? `2026-11-0${String(sketch.day)}`;
  const inner = sketch.nested === null ? [] : write(sketch.nested, newId, { run, replay: isReplay, day });
  const [child] = inner;
  const ids = sketch.tasks.map((_, index) => `t${String(index)}`);
  const steps = [...ids.map((id) => toStep(id, 'module')), ...(child === undefined ? [] : [toStep('inner', 'workflow')])];
  const submitted: RunEvent = {
    type: 'run.submitted',
    run,
    definition: { ...DEFINITION, workflow: sketch.workflow, steps },
    tasks: steps.map(({ id }) => id),
    force: false,
    from: null,
    requestKey: run,
    ...toOrigin(sketch, parent?.run, isReplay),
  };
  const nested: readonly RunEvent[] =
    child === undefined ? [] : [toStarted('inner'), { type: 'task.delegated', task: 'inner', attempt: 1, run: child.run }];
  const ended: readonly RunEvent[] = child === undefined || sketch.end !== 'succeeded' ? [] : [toSucceeded('inner', 77)];
  const finished: readonly RunEvent[] = sketch.end === 'open' ? [] : [{ type: 'run.finished', state: sketch.end }];
  const events = [
    submitted,
    ...nested,
    ...sketch.tasks.flatMap(({ outcome, seconds }, index) => toEvents(`t${String(index)}`, outcome, seconds)),
    ...ended,
    ...finished,
  ];
  const given = new Set(ids.filter((_, index) => sketch.tasks[index]?.outcome === 'given'));
  return [{ run, parent: parent?.run, day, origin: parent === undefined ? sketch.origin : 'nested', given, events }, ...inner];
}

function toOrigin({ origin }: Sketch, parent: string | undefined, isReplay: boolean): { readonly origin?: RunOrigin } {
  const replay = isReplay ? { replay: { run: 'earlier', pinned: {}, runs: {} } } : {};
  if (parent !== undefined) return { origin: { kind: 'nested', run: parent, task: 'inner' }, ...replay };
  if (origin === 'none') return {};
  return { origin: origin === 'schedule' ? { kind: 'schedule', schedule: 'daily' } : { kind: origin, run: 'earlier' }, ...replay };
}

function toEvents(task: string, outcome: Outcome, seconds: number): readonly RunEvent[] {
  const worker = { mode: 'kept', pid: 1, parent: 1 } as const;
  switch (outcome) {
    case 'executed':
      return [toStarted(task), toSucceeded(task, seconds)];
    case 'ran':
      return [{ type: 'tasks.ran', step: task, worker, ran: [{ task, attempt: 1, fence: 1, outputs: {}, metrics: {}, seconds }] }];
    case 'reused':
      return [toReused(task, 'entry', seconds, 'hit')];
    case 'waited':
      return [{ type: 'task.waiting', task }, toReused(task, 'entry', seconds, 'hit-after-wait')];
    case 'given':
      return [toReused(task, '', 0, 'hit')];
    case 'failed':
      return [toStarted(task), toFailed(task, seconds, null)];
    case 'retried':
      return [toStarted(task), toFailed(task, seconds, 1), toStarted(task), toSucceeded(task, seconds)];
    case 'cancelled':
      return [toStarted(task), { type: 'task.cancelled', task }];
    case 'skipped':
      return [{ type: 'task.skipped', task, because: 'other' }];
    case 'none':
      return [];
  }
}

function toStarted(task: string): RunEvent {
  return { type: 'task.started', task, attempt: 1, fence: 1, key: null, parts: null, against: null, reasons: [] };
}
function toSucceeded(task: string, seconds: number): RunEvent {
  return { type: 'task.succeeded', task, attempt: 1, fence: 1, outputs: {}, metrics: {}, lineage: [], seconds, entry: null };
}
function toFailed(task: string, seconds: number, retryIn: number | null): RunEvent {
  return { type: 'task.failed', task, attempt: 1, failure: 'user', error: { code: 'user-error', message: 'no' }, seconds, retryIn };
}
function toReused(task: string, entry: string, saved: number, kind: 'hit' | 'hit-after-wait'): RunEvent {
  const producer = { run: 'earlier', task };
  return {
    type: 'task.reused',
    task,
    key: DIGEST,
    parts: null,
    entry,
    producer,
    outputs: {},
    metrics: {},
    lineage: [],
    reasons: [{ kind, message: '' }],
    saved,
  };
}

/** The same from documents, the plain way. */
function toExpected(written: readonly Written[]): { readonly [by: string]: LedgerAnswer } {
  const views = new Map<string, RunView>();
  for (const { run, day, events } of written) {
    const recorded = events.map((event, index) => ({ seq: index + 1, at: `${day}T23:59:59.000Z`, by: 'x', scope: SCOPE, event }));
    views.set(run, reduceRunEvents(NO_RUN, recorded));
  }
  const given = new Map(written.map((each) => [each.run, each.given]));
  const rows = written
    .filter(({ origin }) => origin !== 'nested' && origin !== 'replay')
    .map(({ run, day }) =>
      toRow(
        toRunDocument(views.get(run) ?? NO_RUN, (id) => views.get(id)),
        day,
        given,
      ),
    );
  return Object.fromEntries(KEYS.map((by) => [by, toAnswer(by, rows)]));
}

interface Row extends LedgerCount {
  readonly day: string;
  readonly workflow: string;
}

function toRow(document: RunDocument, day: string, given: ReadonlyMap<string, ReadonlySet<string>>): Row {
  const owners = new Map<string, string>(
    document.steps.flatMap(({ step, run }) => (run === undefined ? [] : [[`${step}/`, run] as const])),
  );
  const ownerOf = (step: string): string => owners.get(step.slice(0, step.lastIndexOf('/') + 1)) ?? document.run;
  const isGiven = (step: string): boolean => given.get(ownerOf(step))?.has(step.slice(step.lastIndexOf('/') + 1)) === true;
  const steps = document.steps.filter(({ workflow, state }) => workflow === undefined && state === 'succeeded');
  const executed = steps.filter(({ decision }) => decision === 'executed');
  const reused = steps.filter(({ decision, step }) => decision === 'reused' && !isGiven(step));
  return {
    name: document.run,
    day,
    workflow: document.workflow,
    runs: 1,
    reusing: reused.length > 0 ? 1 : 0,
    executed: executed.length,
    reused: reused.length,
    spentSeconds: executed.reduce((sum, { seconds }) => sum + Math.round(seconds * 1e6), 0) / 1e6,
    savedSeconds: document.saved,
  };
}

function toAnswer(by: LedgerQuery['by'], rows: readonly Row[]): LedgerAnswer {
  const nameOf = {
    run: (row: Row) => row.name,
    workflow: (row: Row) => row.workflow,
    namespace: (row: Row) => row.workflow.split('/', 1)[0] ?? '',
    day: (row: Row) => row.day,
  }[by];
  const groups = [...Map.groupBy(rows, nameOf)].map(([name, group]) => add(name, group));
  const workflows = [...Map.groupBy(rows, ({ workflow }) => workflow).values()];
  const isNewest = by === 'run' || by === 'day';
  const dayOf = new Map(rows.map((row) => [row.name, row.day]));
  const newest = ({ name }: LedgerCount): string => (by === 'run' ? `${dayOf.get(name) ?? ''} ${name}` : name);
  groups.sort((a, b) => (isNewest ? (newest(a) < newest(b) ? 1 : -1) : b.savedSeconds - a.savedSeconds || (a.name < b.name ? -1 : 1)));
  return {
    total: add('total', rows),
    workflows: workflows.length,
    reusingWorkflows: workflows.filter((group) => group.some(({ reusing }) => reusing > 0)).length,
    rows: groups,
  };
}

function add(name: string, rows: readonly Row[]): LedgerCount {
  const sum = (pick: (row: Row) => number): number => rows.reduce((total, row) => total + pick(row), 0);
  const seconds = (pick: (row: Row) => number): number => sum((row) => Math.round(pick(row) * 1e6)) / 1e6;
  return {
    name,
    runs: sum(({ runs }) => runs),
    reusing: sum(({ reusing }) => reusing),
    executed: sum(({ executed }) => executed),
    reused: sum(({ reused }) => reused),
    spentSeconds: seconds(({ spentSeconds }) => spentSeconds),
    savedSeconds: seconds(({ savedSeconds }) => savedSeconds),
  };
}

const DEFINITION: PinnedWorkflow = {
  workflow: '',
  workspace: 'w',
  tree: DIGEST,
  domain: 'experiment',
  params: {},
  environments: [],
  steps: [],
  outputs: {},
};

function toStep(id: string, kind: 'module' | 'workflow'): PinnedStep {
  const contract = { name: 'ns/one' } as PinnedStep['contract'];
  const rest = {
    inputs: {},
    params: {},
    foreach: undefined,
    retry: { attempts: 1, backoff: 0, on: [] },
    timeout: undefined,
    cluster: 'local',
    cache: 'on',
    columns: undefined,
  } as const;
  return { id, kind, name: 'ns/one', artifact: DIGEST, contract, environment: DIGEST, ...rest };
}
