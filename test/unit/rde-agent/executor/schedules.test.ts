import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { DEFAULT_CATCH_UP_LIMIT, type Schedule } from '../../../../language/model/schedule.ts';
import type { Param } from '../../../../language/model/module.ts';
import { nextFires } from '../../../../language/service/nextFires.ts';
import { toScheduleStream, type CatalogEvent } from '../../../../rde-agent/protocol/catalogEvents.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { ScheduleSummary } from '../../../../rde-agent/protocol/documents.ts';
import type { ParamsOf } from '../../../../rde-agent/protocol/operations.ts';
import type { BlobBytes } from '../../../../rde-agent/protocol/roles.ts';
import { reduceSchedules, type SchedulesView } from '../../../../rde-agent/protocol/schedulesView.ts';
import { toTreeText } from '../../../../rde-agent/protocol/tree.ts';
import { succeed } from '../../../support/fakeRuntime.ts';
import { artifactOf, digestOf, stepOf, workflowOf } from '../../../support/pinnedWorkflow.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';
import { waitFor } from '../../../support/waitFor.ts';

const HOUR = 3600;
const EACH_SECOND: Schedule = {
  cron: '* * * * * *',
  timezone: 'UTC',
  catchUp: 'latest',
  catchUpLimit: DEFAULT_CATCH_UP_LIMIT,
  overlap: 'skip',
  params: {},
};
/** Half an hour from now, so that no real fire time comes while a test runs. */
const HOURLY: Schedule = { ...EACH_SECOND, cron: `${String((new Date().getUTCMinutes() + 30) % 60)} * * * *` };
const WHO: Param = { name: 'who', type: 'string', default: 'nobody' };
const isCode = (code: string) => (error: unknown) => error instanceof CairnError && error.code === code;

describe('executor: schedules', function () {
  this.timeout(60_000);
  let harness: RunRoleHarness;
  beforeEach(async () => {
    harness = new RunRoleHarness();
    await harness.open({ nextFires });
  });
  afterEach(() => harness.remove());

  async function push(schedule: Schedule | undefined, declared: readonly Param[] = [WHO]): Promise<void> {
    const tree: BlobBytes = { digest: digestOf(toTreeText([])), bytes: Buffer.from(toTreeText([])) };
    const step = stepOf('say', { changes: { cache: 'off' } });
    const definition = workflowOf([step], {
      declared,
      params: Object.fromEntries(declared.map(({ name }) => [name, 'x'])),
      ...(schedule === undefined ? {} : { schedule }),
    });
    const { blobs } = artifactOf(step.name, 'say');
    const request = {
      key: randomUUID(),
      workspace: 'test',
      tree: tree.digest,
      changed: 0,
      blobs: [tree, ...blobs],
      artifacts: [],
      tags: [],
      dirty: false,
      commit: null,
    };
    await harness.role.push({ ...request, workflows: [definition] }, OWNER);
  }
  const change = (what: ParamsOf<'schedule.change'>['change']) =>
    harness.role.changeSchedule({ workflow: 'flow', change: what, key: randomUUID() }, OWNER);

  function schedule(): ScheduleSummary {
    const [summary] = harness.role.schedules('test/flow', OWNER).schedules;
    assert.ok(summary !== undefined);
    return summary;
  }
  function events(): readonly CatalogEvent[] {
    return harness.store.events.read(toScheduleStream('test/flow')).map(({ event }) => event as CatalogEvent);
  }
  const fired = (): readonly string[] => events().flatMap((event) => (event.type === 'schedule.fired' ? [event.nominalTime] : []));
  const missed = (because: string): number =>
    events().reduce((count, event) => count + (event.type === 'schedule.missed' && event.because === because ? event.count : 0), 0);

  /** The agent is away for so many hours. */
  async function away(hours: number): Promise<void> {
    await harness.close();
    harness.ahead += hours * HOUR;
    await harness.open({ nextFires });
  }
  const runsEnded = (count: number): Promise<unknown> =>
    waitFor(
      `${String(count)} runs have ended`,
      () => harness.role.list({ limit: 100 }, OWNER).runs.filter(({ state }) => state === 'succeeded').length === count,
    );

  it('F23: catch-up none, latest and all after hours without an agent; each time is fired or missed once', async () => {
    for (const [catchUp, runs] of [
      ['none', 0],
      ['latest', 1],
      ['all', 5],
    ] as const) {
      await push({ ...HOURLY, catchUp });
      if (schedule().state === 'declared') await change('start');
      const before = fired().length;
      await away(5);
      await waitFor(`${catchUp}: fired`, () => fired().length === before + runs);
      await runsEnded(before + runs);
    }
    assert.equal(new Set(fired()).size, fired().length);
    assert.deepEqual(fired(), [...fired()].sort());
    assert.equal(missed('catch-up') + fired().length, 15);
  });

  it('tells who follows them of each change, so that what they have is what a list answers', async () => {
    let followed: SchedulesView = { schedules: [] };
    const states: string[] = [];
    const listening = harness.role.onDidChangeSchedules((action) => {
      followed = reduceSchedules(followed, action);
      states.push(action.type === 'scheduleChanged' ? `${action.schedule.state} ${action.schedule.last?.state ?? '-'}` : 'removed');
    });
    await push(undefined);
    await push(EACH_SECOND);
    await change('start');
    await waitFor('a run of it has ended', () => states.includes('active succeeded'));
    await change('pause');
    assert.deepEqual(
      followed.schedules.map(({ next: _, ...rest }) => rest),
      harness.role.schedules(undefined, OWNER).schedules.map(({ next: _, ...rest }) => rest),
    );
    await change('stop');
    await push(undefined);
    assert.deepEqual(followed.schedules, []);
    assert.deepEqual([states[0], states[1], states.at(-1)], ['declared -', 'active -', 'removed']);
    listening.dispose();
    const told = states.length;
    await push(EACH_SECOND);
    assert.equal(states.length, told);
  });

  it('F23: what waits in line survives the agent, and comes in its order', async () => {
    let open = false;
    harness.runtime.on('say', async (request, signal) => {
      await waitFor('it may end', () => open || signal.aborted);
      return signal.aborted ? { kind: 'cancelled' } : succeed(request);
    });
    await push({ ...HOURLY, catchUp: 'all' });
    await change('start');
    await away(4);
    await waitFor('one runs, the others wait', () => schedule().queued === 3 && fired().length === 1);
    await away(0);
    assert.deepEqual([schedule().queued, fired().length], [3, 1]);
    open = true;
    await runsEnded(4);
    assert.equal(schedule().queued, 0);
    assert.deepEqual(fired(), [...fired()].sort());
  });

  it('F23: the clock goes back an hour and nothing fires twice; it goes on where it was', async () => {
    await push(HOURLY);
    await change('start');
    await away(3);
    await runsEnded(1);
    await away(-1);
    assert.equal(fired().length, 1);
    assert.ok((schedule().next[0] ?? '') > (fired()[0] ?? ''));
    await away(2);
    await runsEnded(2);
    assert.equal(new Set(fired()).size, 2);
  });

  it('overlap skip: misses what comes while its run goes on; overlap cancel: ends the run and fires', async () => {
    harness.runtime.on('say', (request, signal) =>
      waitFor('it is cancelled', () => signal.aborted).then(() => ({ kind: 'cancelled' as const })),
    );
    await push(EACH_SECOND);
    await change('start');
    await waitFor('two are missed', () => missed('overlap') >= 2);
    assert.equal(fired().length, 1);
    await push({ ...EACH_SECOND, overlap: 'cancel' });
    await waitFor('it has fired again', () => fired().length >= 3);
    const states = harness.role.list({ limit: 100 }, OWNER).runs.map(({ state }) => state);
    assert.deepEqual([...new Set(states.slice(1))], ['cancelled']);
    await change('stop');
    const [last] = harness.role.list({ limit: 1 }, OWNER).runs;
    await harness.role.cancel(last?.run ?? '', randomUUID(), OWNER);
  });

  it('a run that cannot begin makes its time a missed one with the reason, and the schedule goes on', async () => {
    await assert.rejects(
      push({ ...EACH_SECOND, params: { who: 5 } }).then(() => change('start')),
      isCode('invalid-request'),
    );
    await push({ ...EACH_SECOND, params: { who: 'me' } });
    await change('start');
    await runsEnded(1);
    await push({ ...EACH_SECOND, params: { who: 'me' } }, []);
    const failed = await waitFor('it fails', () =>
      events().find((event) => event.type === 'schedule.missed' && event.because === 'failed'),
    );
    assert.match(failed.type === 'schedule.missed' ? (failed.message ?? '') : '', /no parameter who/);
    assert.equal(schedule().state, 'active');
    const before = fired().length;
    await push({ ...EACH_SECOND, params: { who: 'me' } });
    await waitFor('it fires again', () => fired().length > before);
  });

  it('runs in the name of who started it, with the parameters of the block over the defaults, and inherits its time', async () => {
    await push({ ...EACH_SECOND, params: { who: 'me' } });
    await change('start');
    await runsEnded(1);
    await change('stop');
    const { last } = schedule();
    const view = harness.role.view(last?.run ?? '', OWNER)?.view;
    assert.deepEqual([view?.by, view?.params, view?.nominalTime], [OWNER.id, { who: 'me' }, last?.nominalTime]);
  });
});
