import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import { assertWhole, FaultBench } from '../../support/faultBench.ts';
import { FakeClock, findFaketime } from '../../support/faketime.ts';
import { moduleFiles, type Files } from '../../support/smallWorkspace.ts';
import { waitFor } from '../../support/waitFor.ts';

const HOUR = 3600;
const HOLD = `import pathlib, time
def run(gate: str):
    while not pathlib.Path(gate).exists(): time.sleep(0.01)
    return {"out": gate}
`;

function files(): Files {
  return {
    ...moduleFiles('clock/hold', { code: HOLD, params: '{ gate: string }' }),
    ...moduleFiles('clock/tick', { code: 'def run():\n    return {"out": 1}\n' }),
    'workflows/hold.workflow.yaml': `workflow: clock/flow
params: { gate: string }
steps:
  hold: { module: clock/hold, params: { gate: "\${params.gate}" }, timeout: { run: 10m, idle: 10m, queue: 10m } }
outputs: { result: hold.out }
`,
    'workflows/late.workflow.yaml': `workflow: clock/late
params: { gate: string }
steps:
  hold: { module: clock/hold, params: { gate: "\${params.gate}" }, timeout: 500ms }
`,
    'workflows/daily.workflow.yaml': toScheduled('daily', '30 2 * * *'),
    'workflows/hourly.workflow.yaml': toScheduled('hourly', '0,30 * * * *'),
    'workflows/leap.workflow.yaml': toScheduled('leap', '0 12 29 2 *'),
  };
}

function toScheduled(name: string, cron: string): string {
  const schedule = `{ cron: "${cron}", timezone: Europe/Berlin, catchUp: latest, overlap: queue }`;
  return `workflow: clock/${name}\nsteps:\n  tick: { module: clock/tick, cache: off }\nschedule: ${schedule}\n`;
}

describe('a wall clock that jumps, stands still or crosses the turns of the year (needs libfaketime: Debian, libfaketime)', function () {
  this.timeout(60_000);
  let bench: FaultBench;
  let clock: FakeClock;
  let folder: string;
  before(async function () {
    const library = findFaketime();
    if (library === undefined) return this.skip();
    folder = mkdtempSync(join(tmpdir(), 'cairn-clock-'));
    clock = new FakeClock(library, join(folder, 'time'));
    bench = await FaultBench.start(files(), { env: clock.env });
  });
  after(async () => {
    if (folder === undefined) return;
    await bench.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [what, change] of [
    ['an hour ahead', () => clock.shift(HOUR)],
    ['an hour back', () => clock.shift(-HOUR)],
    ['still', () => clock.freeze(new Date().toISOString())],
  ] as const) {
    it(`F22: set ${what} while a task runs it ends nothing, timeouts are kept all the same, and events stay in order`, async () => {
      clock.shift(0);
      const gate = join(folder, what);
      const run = await bench.submit('clock/flow', { params: { gate } });
      await waitFor('the task runs', async () => (await bench.show(run)).steps[0]?.worker !== null);
      change();
      const late = await bench.finished(await bench.submit('clock/late', { params: { gate: `${gate} never` } }));
      assert.deepEqual([late.state, late.steps[0]?.error?.code], ['failed', 'timeout']);
      writeFileSync(gate, '');
      const document = await bench.finished(run);
      assert.deepEqual([document.state, document.steps[0]?.attempts], ['succeeded', 1]);
      assert.ok(document.seconds >= 0 && document.steps.every(({ seconds }) => seconds >= 0));
      await bench.read((store) => assertWhole(store, run));
      await bench.restart();
    });
  }

  it('F22: killed and started an hour earlier, an open run goes on, and what begins later is listed later', async () => {
    clock.shift(0);
    const gate = join(folder, 'restart');
    const run = await bench.submit('clock/flow', { params: { gate } });
    await waitFor('the task runs', async () => (await bench.show(run)).steps[0]?.worker !== null);
    await bench.agent.kill();
    clock.shift(-HOUR);
    await bench.restart();
    const second = await bench.submit('clock/flow', { params: { gate: `${gate} second` } });
    const { runs } = await bench.client.request('run.list', { limit: 2 });
    assert.deepEqual(
      runs.map((one) => one.run),
      [second, run],
    );
    for (const name of [gate, `${gate} second`]) writeFileSync(name, '');
    for (const one of [run, second]) assert.equal((await bench.finished(one)).state, 'succeeded');
    await bench.read((store) => assertWhole(store, run));
    await bench.restart();
  });

  it('F23: over the gap and the repeated hour of a zone, a leap day and an agent that was down, each nominal time fires at most once', async () => {
    const nominal = async (name: string): Promise<readonly string[]> => {
      const { runs } = await bench.client.request('run.list', { workflow: `clock/${name}`, limit: 100 });
      const times = await Promise.all(runs.map(async ({ run }) => (await bench.show(run)).nominalTime ?? ''));
      return times.toSorted();
    };
    const at = async (time: string, name: string, fires: string): Promise<void> => {
      await bench.agent.kill();
      clock.startAt(time);
      await bench.restart();
      await waitFor(`${name} fires for ${fires}`, async () => (await nominal(name)).includes(fires));
    };
    await bench.agent.end('SIGTERM');
    clock.startAt('2027-03-28T00:30:05Z');
    await bench.restart();
    await bench.client.request('workspace.push', { root: bench.workspace.root, key: newKey() });
    for (const name of ['daily', 'hourly', 'leap'])
      await bench.client.request('schedule.change', { workflow: `clock/${name}`, change: 'start', key: newKey() });
    // 02:30 is not there this day: right after the gap, at 03:00 of Berlin.
    await at('2027-03-28T00:59:58Z', 'daily', '2027-03-28T01:00:00.000Z');
    await at('2027-03-28T01:29:58Z', 'hourly', '2027-03-28T01:30:00.000Z');
    await at('2027-03-29T00:29:58Z', 'daily', '2027-03-29T00:30:00.000Z');
    // 02:30 is there twice this day, and `hourly` goes through both.
    await at('2027-10-31T00:29:58Z', 'daily', '2027-10-31T00:30:00.000Z');
    await at('2027-10-31T01:29:58Z', 'hourly', '2027-10-31T01:30:00.000Z');
    await at('2028-02-29T10:59:58Z', 'leap', '2028-02-29T11:00:00.000Z');
    const daily = await nominal('daily');
    assert.deepEqual(
      daily.filter((time) => /^2027-(03-28|10-31)/.test(time)),
      ['2027-03-28T01:00:00.000Z', '2027-10-31T00:30:00.000Z'],
    );
    for (const name of ['daily', 'hourly', 'leap']) {
      const times = await nominal(name);
      assert.equal(new Set(times).size, times.length, `${name}: each time once`);
    }
    assert.deepEqual(await nominal('leap'), ['2028-02-29T11:00:00.000Z']);
    assert.ok(daily.length <= 6, 'what passed while nobody was here is caught up by its latest alone');
  });
});
