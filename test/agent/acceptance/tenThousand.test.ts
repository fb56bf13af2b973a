import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { AgentStatusDocument, PlanDocument, RunDocument } from '../../../rde-agent/protocol/documents.ts';
import { waitFor } from '../../support/waitFor.ts';
import { findStep, Home, Studio, toModule } from './studio.ts';

const WIDTH = 10_000;
const DEPTH = 500;
const HELD = 250;
/** MiB */
const MOST_MEMORY = 300;

/** Counts how often its interpreter was used, says something now and then, and can be told which element fails. */
const TASK = `COUNT = 0


def run(i: int, bad: int):
    global COUNT
    COUNT += 1
    if i % 2500 == 7:
        print("task", i)
    if i == bad:
        raise ValueError("bad")
    return {"out": [i, COUNT]}
`;
/** How many there are, whether they are in order, and how many were the first of their interpreter. */
const SUM = 'def run(x: list):\n    return {"out": [len(x), [a[0] for a in x] == list(range(len(x))), sum(a[1] == 1 for a in x)]}\n';
const HOLD = 'import time\n\n\ndef run(x: list):\n    time.sleep(600)\n    return {"out": x}\n';
const SHOW = 'def run(x: list):\n    print(*x)\n    return {"out": x}\n';

const WIDE = `workflow: many/wide
params:
  bad: { type: int, default: -1 }
steps:
  list: { module: many/list, params: { n: ${WIDTH} } }
  task:
    module: many/task
    foreach: { i: list }
    params: { i: '\${foreach.i}', bad: '\${params.bad}' }
    retry: { attempts: 2, backoff: 10ms, on: [user] }
  sum: { module: many/sum, in: { x: 'task[*].out' } }
  show: { module: many/show, in: { x: sum } }
`;

/** `held`: the step that does not end by itself. */
function toChain(name: string, held?: number): string {
  const links = Array.from({ length: DEPTH - 1 }, (_, index) => {
    const module = index + 1 === held ? 'many/hold' : 'many/next';
    return `  s${index + 1}: { module: ${module}, in: { x: s${index} } }\n`;
  });
  return `workflow: many/${name}\nsteps:\n  s0: { module: many/list, params: { n: 0 } }\n${links.join('')}`;
}

describe('acceptance: ten thousand tasks in interpreters that are used again', function () {
  this.timeout(80_000);
  let home: Home;
  let studio: Studio;
  before(async () => {
    home = new Home();
    studio = new Studio(home, {
      ...toModule('many/list', { code: 'def run(n: int):\n    return {"out": list(range(n))}\n', params: '{ n: int }' }),
      ...toModule('many/task', { code: TASK, params: '{ i: int, bad: int }', more: 'reuse: worker\n' }),
      ...toModule('many/sum', { code: SUM, inputs: '{ x: { list: json } }' }),
      ...toModule('many/show', { code: SHOW, inputs: '{ x: json }', more: 'determinism: external\n' }),
      ...toModule('many/next', { code: 'def run(x: list):\n    return {"out": x}\n', inputs: '{ x: json }', more: 'reuse: worker\n' }),
      'workflows/wide.workflow.yaml': WIDE,
      ...toModule('many/hold', { code: HOLD, inputs: '{ x: json }', more: 'reuse: worker\n' }),
      'workflows/deep.workflow.yaml': toChain('deep'),
      'workflows/held.workflow.yaml': toChain('held', HELD),
    });
    await studio.cairn(['agent', 'start']);
  });
  after(async () => {
    studio.dispose();
    await home.dispose();
  });

  const show = async (run: string): Promise<RunDocument> => JSON.parse((await studio.cairn(['show', run, '--json'])).out) as RunDocument;
  const agent = async (): Promise<number> =>
    (JSON.parse((await studio.cairn(['agent', 'status', '--json'])).out) as AgentStatusDocument).pid;

  /** The most memory that the agent has ever had, in MiB. */
  async function assertSmall(): Promise<void> {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${await agent()}/status`, 'utf8'))?.[1];
    const most = Number(peak) / 1024;
    console.log(`  agent: at most ${most.toFixed(0)} MiB`);
    assert.ok(most <= MOST_MEMORY, `${most.toFixed(0)} MiB`);
  }

  const count = ({ steps }: RunDocument): { readonly [state: string]: number } =>
    Object.fromEntries(Object.entries(Object.groupBy(steps, ({ state }) => state)).map(([state, those]) => [state, those.length]));

  it('run once each, in order, with what each has written', async function () {
    if (process.platform !== 'linux') this.skip();
    const document = await studio.run('many/wide');
    assert.deepEqual([document.state, count(document)], ['succeeded', { succeeded: WIDTH + 3 }]);
    assert.deepEqual(
      document.steps.filter(({ step }) => step.startsWith('task[')).map(({ step }) => step),
      Array.from({ length: WIDTH }, (_, index) => `task[${index}]`),
    );
    const [seen = ''] = await studio.logs(document.run, 'show');
    const [total, inOrder, interpreters] = seen.split(' ');
    assert.deepEqual([total, inOrder], [String(WIDTH), 'True']);
    assert.ok(Number(interpreters) < 100, `state of the module stays: ${interpreters} interpreters for all of them`);
    assert.deepEqual(await studio.logs(document.run, 'task[2507]'), ['task 2507']);
    assert.deepEqual(await studio.logs(document.run, 'task[2508]'), []);
    await assertSmall();
  });

  it('fail alone, and are tried again alone', async () => {
    const document = await studio.run('many/wide', '--param', 'bad=5007');
    assert.deepEqual(
      document.steps.filter(({ state }) => state !== 'succeeded').map(({ step, state, attempts }) => [step, state, attempts]),
      [
        ['task[5007]', 'failed', 2],
        ['sum', 'skipped', 0],
        ['show', 'skipped', 0],
      ],
    );
    await assertSmall();
  });

  it('are complete after kill -9, each once', async () => {
    const { out } = await studio.cairn(['run', 'many/wide', '--detach', '--json']);
    const { run } = JSON.parse(out) as RunDocument;
    const pid = await agent();
    process.kill(pid, 'SIGKILL');
    await waitFor('it has ended', async () => (await show(run)).state === 'succeeded', 60);
    const document = await show(run);
    assert.deepEqual(count(document), { succeeded: WIDTH + 3 });
    assert.deepEqual((await studio.logs(run, 'show'))[0]?.split(' ').slice(0, 2) ?? [], [String(WIDTH), 'True']);
    assert.equal(findStep(document, 'task[9999]').state, 'succeeded');
  });

  it('are planned, run and cancelled as a chain', async () => {
    const { code, out, err } = await studio.cairn(['plan', 'many/deep', '--json']);
    assert.equal(code, 0, err);
    assert.equal((JSON.parse(out) as PlanDocument).steps.length, DEPTH);
    const document = await studio.run('many/deep');
    assert.deepEqual([document.state, count(document)], ['succeeded', { succeeded: DEPTH }]);
    const detached = await studio.cairn(['run', 'many/held', '--detach', '--json']);
    const { run } = JSON.parse(detached.out) as RunDocument;
    await waitFor('it is held', async () => findStep(await show(run), `s${HELD}`).state === 'running', 60);
    await studio.cairn(['cancel', run]);
    await waitFor('it has ended', async () => (await show(run)).state === 'cancelled');
    assert.deepEqual(count(await show(run)), { succeeded: HELD, cancelled: DEPTH - HELD });
    await assertSmall();
  });
});
