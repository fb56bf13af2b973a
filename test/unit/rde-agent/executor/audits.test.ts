import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toTaskGraph } from '../../../../rde-agent/engine/taskGraph.ts';
import type { TaskNode } from '../../../../rde-agent/engine/taskNode.ts';
import { Audits, type AuditsOptions } from '../../../../rde-agent/executor/audits.ts';
import { AuditShare } from '../../../../rde-agent/executor/auditShare.ts';
import type { AuditCase } from '../../../../rde-agent/executor/auditTask.ts';
import { Distrusts } from '../../../../rde-agent/executor/distrusts.ts';
import { ScratchFolders } from '../../../../rde-agent/executor/scratchFolders.ts';
import { Slots, type SlotRequest } from '../../../../rde-agent/executor/slots.ts';
import type { CachedResult } from '../../../../rde-agent/protocol/cachedResult.ts';
import type { CatalogEvent, Demotion } from '../../../../rde-agent/protocol/catalogEvents.ts';
import type { OutputRecord, RunEvent } from '../../../../rde-agent/protocol/runEvents.ts';
import type { WorkerOutput } from '../../../../rde-agent/protocol/runner.ts';
import type { Projections } from '../../../../rde-agent/store/store.ts';
import { fail, FakeRuntime, succeedWith, toOutput, untilAborted } from '../../../support/fakeRuntime.ts';
import { digestOf, sketchWorkflow, type StepSketch } from '../../../support/pinnedWorkflow.ts';
import { silentLogger } from '../../../support/silentLogger.ts';
import { waitFor } from '../../../support/waitFor.ts';

const SAME = toOutput('out', 'same');
const OTHER = toOutput('out', 'other');

function toNode(sketch: StepSketch = {}): TaskNode {
  const node = toTaskGraph(sketchWorkflow({ a: sketch }), { id: 'run', nominalTime: null }, null).byId.get('a');
  assert.ok(node);
  return node;
}

/** A stored result with this output, of code as given. */
function toEntry(output: WorkerOutput, code: string, id = 'entry'): CachedResult {
  const { type, digest, logical, exact, bytes, format } = output;
  const record = { type, digest, logical, exact, bytes, format } as OutputRecord;
  return {
    id,
    key: digestOf(id),
    parts: { module: { code, name: 'test/a' } },
    producer: { run: 'run', task: 'a' },
    outputs: { out: record },
    metrics: {},
    lineage: [],
    seconds: 1,
    at: '2026-01-01T00:00:00.000Z',
  } as unknown as CachedResult;
}

const pickle = (text: string): WorkerOutput => ({ ...toOutput('out', text), type: 'model', format: 'pickle', exact: true });

describe('audits: which reuses are checked', () => {
  it('takes exactly its share, evenly, of each module and code apart', () => {
    const share = new AuditShare({ share: 0.04, excused: 0 });
    const taken = Array.from({ length: 100 }, (_, index) => index + 1).filter(() => share.takes('m', 'c', false, false));
    assert.equal(taken.length, 4);
    const turns = new AuditShare({ share: 0.04, excused: 0 });
    const first = Array.from({ length: 50 }, (_, index) => index + 1).filter(() => turns.takes('m', 'c', false, false));
    assert.deepEqual(first, [25, 50]);
    assert.equal(turns.takes('m', 'other', false, false), false);
  });

  it('takes every excused one by default, every one of a suspect, and none where it is 0', () => {
    assert.equal(new AuditShare({ share: 0.04, excused: 1 }).takes('m', 'c', true, false), true);
    assert.equal(new AuditShare({ share: 0.04, excused: 1 }).takes('m', 'c', false, true), true);
    const none = new AuditShare({ share: 0, excused: 0 });
    assert.deepEqual(Array.from({ length: 200 }, () => none.takes('m', 'c', true, true)).includes(true), false);
  });
});

describe('audits: what they do', () => {
  let folder: string;
  let runtime: FakeRuntime;
  let slots: Slots;
  let audits: Audits;
  let events: CatalogEvent[];
  let notes: (readonly [run: string, event: RunEvent])[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-audits-'));
    runtime = new FakeRuntime();
    slots = new Slots(1);
    events = [];
    notes = [];
    audits = create();
  });
  afterEach(async () => {
    await audits.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const create = (config: Partial<AuditsOptions['config']> = {}): Audits => {
    const demotions = (module: string): readonly Demotion[] =>
      events.flatMap((event) => (event.type === 'module.demoted' && event.module === module ? [event] : []));
    return new Audits({
      config: { share: 1, excused: 1, longest: 100, ...config },
      slots,
      runtimes: { local: runtime },
      services: {
        trees: { ensure: () => Promise.resolve({ root: folder, code: [], language: 'python' }), restore: () => Promise.resolve([]) },
        inputs: { toInputs: () => Promise.resolve([]) },
        environments: { ensure: () => Promise.resolve() },
        scratch: new ScratchFolders(join(folder, 'scratch'), silentLogger),
        readSecret: undefined,
      } as unknown as AuditsOptions['services'],
      distrusts: new Distrusts({ demotions } as unknown as Projections),
      commit: (_module, event) => Promise.resolve(void events.push(event)),
      tell: (run, event) => Promise.resolve(void notes.push([run, event])),
      logger: silentLogger,
    });
  };
  const caseOf = (output: WorkerOutput, code?: string, node = toNode()): AuditCase => ({
    run: 'run',
    node,
    outputOf: () => undefined,
    entry: toEntry(output, code ?? node.step.artifact),
  });
  const checked = (count = 1): Promise<true> => waitFor('it was checked', () => audits.counts.checked >= count);
  const told = (): readonly string[] => events.map((event) => (event.type === 'module.demoted' ? `demoted ${event.to}` : event.type));

  it('says nothing of what comes out the same', async () => {
    runtime.on('a', () => succeedWith([SAME]));
    audits.offer(caseOf(SAME), false);
    await checked();
    assert.deepEqual([audits.reports[0]?.result, events], ['equal', []]);
  });

  it('demotes the same code that gives another result, and sets the result aside', async () => {
    runtime.on('a', () => succeedWith([OTHER]));
    audits.offer(caseOf(SAME), false);
    await checked();
    assert.deepEqual(told(), ['demoted unstable', 'entry.quarantined']);
    const [[run, note] = []] = notes;
    assert.ok(note?.type === 'task.distrusted');
    assert.deepEqual([run, note.task, note.entry, note.port], ['run', 'a', 'entry', 'out']);
    assert.match(note.message, /came out different/);
  });

  it('takes away excuses from other code that gives another result, fails, or writes other bytes', async () => {
    const outcomes = [succeedWith([OTHER]), fail('user'), succeedWith([pickle('b')])];
    for (const outcome of outcomes) {
      events = [];
      await audits.stop();
      audits = create();
      runtime.on('a', () => outcome);
      audits.offer(caseOf(outcome === outcomes[2] ? pickle('a') : SAME, digestOf('other code')), true);
      await checked();
      assert.deepEqual(told(), ['demoted exact', 'entry.quarantined']);
    }
  });

  it('holds nothing against pickles whose bytes repeat themselves, or failures that are nobody’s fault', async () => {
    runtime.on('a', () => succeedWith([pickle('b')]));
    audits.offer(caseOf(pickle('a')), false);
    await checked();
    runtime.on('a', () => fail('infrastructure'));
    audits.offer(caseOf(SAME), false);
    await checked(2);
    assert.deepEqual(
      audits.reports.map(({ result }) => result),
      ['unknown', 'bytes'],
    );
    let count = 0;
    runtime.on('a', () => succeedWith([pickle(String(++count))]));
    audits.offer(caseOf(pickle('a')), false);
    await checked(3);
    assert.deepEqual(told(), ['demoted unstable', 'entry.quarantined']);
  });

  it('waits for a place that nobody wants, gives it up at once to a task, and tries again', async () => {
    const request: SlotRequest = {
      cluster: 'local',
      task: 'a',
      run: 'r',
      share: 'r',
      priority: 0,
      limit: undefined,
      start: () => undefined,
    };
    slots.request(request);
    let begun = 0;
    runtime.on('a', (launch, signal) => (++begun === 1 ? untilAborted(launch, signal) : succeedWith([SAME])));
    audits.offer(caseOf(SAME), false);
    await new Promise(setImmediate);
    assert.deepEqual([begun, audits.counts.waiting], [0, 1]);
    slots.release(request);
    await waitFor('it is under way', () => begun === 1);
    let started = false;
    const other: SlotRequest = { ...request, start: () => (started = true) };
    slots.request(other);
    assert.equal(started, true, 'the task does not wait for it');
    await waitFor('its process is gone', () => runtime.running === 0);
    assert.equal(audits.counts.checked, 0);
    slots.release(other);
    await checked();
    assert.deepEqual([begun, events], [2, []]);
  });

  it('checks an excused reuse once for each code, and leaves out what takes long or promises nothing', async () => {
    runtime.on('a', () => succeedWith([SAME]));
    for (let times = 0; times < 3; times++) audits.offer(caseOf(SAME, digestOf('other')), true);
    await checked();
    audits.offer({ ...caseOf(SAME, digestOf('other')) }, true);
    audits.offer({ ...caseOf(SAME), entry: { ...toEntry(SAME, 'x', 'long'), seconds: 101 } }, false);
    audits.offer(caseOf(SAME, undefined, toNode({ contract: { determinism: 'stochastic' } })), false);
    audits.offer(caseOf(SAME, undefined, toNode({ contract: { determinism: 'external' } })), false);
    await new Promise(setImmediate);
    assert.deepEqual(audits.counts, { waiting: 0, checked: 1 });
  });

  it('runs in a fresh interpreter with another hash seed and number of cores, and ends with the agent', async () => {
    const seen: unknown[] = [];
    runtime.on('a', (request, signal) => {
      seen.push([request.fresh?.cpus, request.context.threads, request.context.trace ?? false, typeof request.fresh?.hashSeed]);
      return untilAborted(request, signal);
    });
    audits.offer(caseOf(SAME), false);
    await waitFor('it is under way', () => seen.length === 1);
    assert.deepEqual(seen, [[2, 2, false, 'number']]);
    await audits.stop();
    assert.equal(runtime.running, 0);
    audits.offer(caseOf(OTHER), false);
    await new Promise(setImmediate);
    assert.equal(seen.length, 1);
  });
});
