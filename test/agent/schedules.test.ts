import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { newKey } from '../../rde-agent/client/newKey.ts';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import type { RunSummary, ScheduleSummary } from '../../rde-agent/protocol/documents.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import type { ParamsOf } from '../../rde-agent/protocol/operations.ts';
import { TestAgent } from '../support/agent.ts';
import { createScheduledWorkspace, toTickWorkflow } from '../support/scheduledWorkspace.ts';
import type { SmallWorkspace } from '../support/smallWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';

const EACH_SECOND = '{ cron: "* * * * * *", timezone: Australia/Sydney, catchUp: latest, overlap: queue, params: { who: timer } }';
const isCode = (code: string) => (thrown: unknown) => thrown instanceof CairnError && thrown.code === code;

describe('agent/schedules', function () {
  this.timeout(120_000);
  let agent: TestAgent;
  let client: AgentClient;
  let workspace: SmallWorkspace;

  beforeEach(async () => {
    workspace = createScheduledWorkspace(EACH_SECOND);
    agent = await TestAgent.start();
    client = agent.connect();
  });
  afterEach(async () => {
    await agent.dispose();
    workspace.dispose();
  });

  const push = () => client.request('workspace.push', { root: workspace.root, key: newKey() });
  const change = (what: ParamsOf<'schedule.change'>['change']) =>
    client.request('schedule.change', { workflow: 'small/tick', change: what, key: newKey() });

  async function schedule(): Promise<ScheduleSummary> {
    const { schedules } = await client.request('schedule.list', { workflow: 'tick' });
    assert.ok(schedules[0] !== undefined);
    return schedules[0];
  }

  async function fired(atLeast: number): Promise<readonly RunSummary[]> {
    return waitFor(`${String(atLeast)} runs`, async () => {
      const { runs } = await client.request('run.list', { workflow: 'small/tick' });
      return runs.length >= atLeast && runs;
    });
  }

  /** Every fired nominal time, as the stream on disk has it. */
  function readFired(): readonly string[] {
    const database = new DatabaseSync(join(agent.stateFolder, 'events.db'), { readOnly: true });
    try {
      const rows = database.prepare("SELECT payload FROM events WHERE stream = 'schedule:/small/tick' ORDER BY seq").all();
      return rows.flatMap(({ payload }) => {
        const text = typeof payload === 'string' ? payload : Buffer.from(payload as Uint8Array).toString();
        const event = JSON.parse(text) as { readonly type?: string; readonly nominalTime?: string };
        return event.nominalTime !== undefined && text.includes('"run"') ? [event.nominalTime] : [];
      });
    } finally {
      database.close();
    }
  }

  it('declared by a push, started by a person, and then fires with its parameters and its nominal time', async () => {
    await assert.rejects(change('start'), isCode('unknown-schedule'));
    await push();
    assert.deepEqual([(await schedule()).state, (await schedule()).next.length], ['declared', 5]);
    await change('start');
    const [run] = await fired(1);
    const document = await client.request('run.show', { run: run?.run ?? '' });
    assert.deepEqual(document.origin, { kind: 'schedule', schedule: 'small/tick' });
    assert.match(document.nominalTime ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    assert.ok(document.started >= (document.nominalTime ?? ''));
    assert.match(document.by, /^local:/);
    const { state, last } = await schedule();
    assert.deepEqual([state, last?.run === undefined], ['active', false]);
  });

  it('F23: fires each nominal time at most once over kill -9, and catches up the latest', async () => {
    await push();
    await change('start');
    await fired(2);
    await agent.kill();
    const killed = Date.now();
    await waitFor('some fire times pass while nobody is here', () => Date.now() > killed + 3_500);
    await agent.start();
    client.retry();
    const before = readFired().length;
    await waitFor('it goes on', async () => (await fired(before + 2)).length > 0);
    await change('stop');
    const times = readFired();
    assert.equal(new Set(times).size, times.length);
    const { runs } = await client.request('run.list', { workflow: 'small/tick', limit: 500 });
    const nominal = await Promise.all(runs.map(async ({ run }) => (await client.request('run.show', { run })).nominalTime ?? ''));
    assert.deepEqual([...nominal].sort(), [...times].sort(), 'a run for each fired time and no other');
    const gaps = times.filter((time, index) => index > 0 && Date.parse(time) - Date.parse(times[index - 1] ?? '') > 1_000);
    assert.ok(gaps.length <= 1, 'what passed while nobody was here is one gap, up to its latest');
  });

  it('fires nothing while paused, and catches nothing of it up', async () => {
    await push();
    await change('start');
    await fired(1);
    const paused = await change('pause');
    assert.equal(paused.schedules[0]?.state, 'paused');
    await assert.rejects(change('start'), isCode('conflict'));
    await assert.rejects(change('pause'), isCode('conflict'));
    const { nominalTime: last = '' } = (await schedule()).last ?? {};
    const since = Date.now();
    await waitFor('fire times pass', () => Date.now() > since + 2_200);
    assert.equal((await schedule()).last?.nominalTime, last);
    const resumed = new Date().toISOString();
    await change('resume');
    const next = await waitFor(
      'it fires again',
      async () => (await schedule()).last?.nominalTime !== last && (await schedule()).last?.nominalTime,
    );
    assert.ok(next > resumed);
    await assert.rejects(change('resume'), isCode('conflict'));
  });

  it('a push that changes the block starts it anew, one without it stops it, also when the agent was killed in between', async () => {
    await push();
    await change('start');
    workspace.write({ 'workflows/tick.workflow.yaml': toTickWorkflow('{ cron: "0 3 * * *", timezone: UTC, params: { who: later } }') });
    await push();
    assert.deepEqual([(await schedule()).cron, (await schedule()).state], ['0 3 * * *', 'active']);
    await agent.kill();
    await agent.start();
    client.retry();
    assert.deepEqual([(await schedule()).cron, (await schedule()).state], ['0 3 * * *', 'active']);
    workspace.write({ 'workflows/tick.workflow.yaml': toTickWorkflow('') });
    await push();
    assert.deepEqual((await client.request('schedule.list', {})).schedules, []);
    await assert.rejects(schedule(), isCode('unknown-schedule'));
  });

  it('refuses to start what its runs would be refused for, and changes nothing twice for one key', async () => {
    await push();
    const key = newKey();
    const params = { workflow: 'small/tick', change: 'start', key } as const;
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.request('schedule.change', params)));
    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
    await assert.rejects(client.request('schedule.change', { ...params, change: 'stop' }), isCode('conflict'));
  });
});

describe('agent/schedules: idle exit', function () {
  this.timeout(60_000);

  it('an agent with an active schedule does not end for want of work', async () => {
    const workspace = createScheduledWorkspace('{ cron: "0 3 1 1 *", timezone: UTC }');
    const agent = await TestAgent.start({ args: ['--idle-exit', '1'] });
    try {
      const client = agent.connect();
      await client.request('workspace.push', { root: workspace.root, key: newKey() });
      await client.request('schedule.change', { workflow: 'tick', change: 'start', key: newKey() });
      client.dispose();
      const left = Date.now();
      await waitFor('more than the idle time', () => Date.now() > left + 2_500);
      const again = agent.connect();
      assert.equal((await again.request('agent.status', {})).pid, agent.pid);
      await again.request('schedule.change', { workflow: 'tick', change: 'stop', key: newKey() });
      again.dispose();
      await waitFor('without a schedule it ends', () => !agent.log.includes('"never"') && isGone(agent.pid));
    } finally {
      await agent.dispose();
      workspace.dispose();
    }
  });
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true; // no such process
  }
}
