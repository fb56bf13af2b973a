import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import { listProcessesOf } from '../../support/agent.ts';
import { assertWhole, FaultBench } from '../../support/faultBench.ts';
import { moduleFiles, type Files } from '../../support/smallWorkspace.ts';
import { waitFor } from '../../support/waitFor.ts';

const MANY = 10_000;
const HOLD = `import pathlib, time
def run(gate: str, n: int):
    while not pathlib.Path(gate).exists(): time.sleep(0.01)
    return {"out": n}
`;
const POISON = 'import os\nos.kill(os.getpid(), 9)\ndef run(n: int):\n    return {"out": n}\n';
const WRONG =
  'def run(how: str):\n    import os\n    if how == "exit": os._exit(0)\n    return {"out": 1} if how == "missing" else {"out": 1, "more": 2, "extra": 3}\n';
const KEPT = 'reuse: worker\ndeterminism: stochastic\n';

function files(): Files {
  const numbers = Array.from({ length: MANY }, (_, index) => String(index)).join(', ');
  const wrong = { code: WRONG, params: '{ how: string }', outputs: '{ out: json, more: json }' };
  const each = (module: string): string =>
    `  wrong: { module: ${module}, foreach: { how: [exit, missing, extra] }, params: { how: "\${foreach.how}" }, retry: { attempts: 1 } }`;
  return {
    ...moduleFiles('load/hold', { code: HOLD, params: '{ gate: string, n: int }' }),
    ...moduleFiles('load/sum', { code: 'def run(values: list):\n    return {"out": len(values)}\n', inputs: '{ values: { list: json } }' }),
    ...moduleFiles('load/poison', { code: POISON, params: '{ n: int }' }),
    ...moduleFiles('load/fine', { code: 'def run(n: int):\n    return {"out": n}\n', params: '{ n: int }' }),
    ...moduleFiles('load/wrong', wrong),
    ...moduleFiles('load/wrong-kept', { ...wrong, more: KEPT }),
    'workflows/wide.workflow.yaml': `workflow: load/wide
params: { gate: string }
steps:
  hold: { module: load/hold, foreach: { n: [${numbers}] }, params: { n: "\${foreach.n}", gate: "\${params.gate}" } }
  sum: { module: load/sum, in: { values: "hold[*].out" } }
outputs: { out: sum.out }
`,
    'workflows/poison.workflow.yaml': `workflow: load/poisoned
steps:
  poison: { module: load/poison, foreach: { n: [1, 2, 3, 4] }, params: { n: "\${foreach.n}" }, retry: { attempts: 10, backoff: 1ms, on: [infrastructure] } }
  fine: { module: load/fine, foreach: { n: [1, 2, 3, 4] }, params: { n: "\${foreach.n}" } }
`,
    'workflows/wrong.workflow.yaml': `workflow: load/wrong-all\nsteps:\n${each('load/wrong')}\n`,
    'workflows/wrongKept.workflow.yaml': `workflow: load/wrong-kept-all\nsteps:\n${each('load/wrong-kept')}\n`,
  };
}

describe('the real agent under work that is too much or too bad', function () {
  this.timeout(90_000);
  let bench: FaultBench;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-load-'));
    bench = await FaultBench.start(files(), {}, 'failures: { keep: 0 }\n');
  });
  after(async () => {
    await bench.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('F34: ten thousand tasks are planned, begun, survive a kill, are shown, and cancelled, while others are answered', async () => {
    const gate = join(folder, 'never');
    const run = await bench.submit('load/wide', { params: { gate } });
    let asked = 0;
    const other = bench.agent.connect({ patience: 60_000 });
    const ask = async (): Promise<boolean> =>
      (await other.request('agent.status', {})).pid === bench.agent.pid ? (asked += 1) > 0 : false;
    await waitFor('tasks run', async () => (await ask()) && bench.count('task.started', `run:/${run}`) > 0);
    assert.equal((await bench.show(run)).steps.length, MANY + 1);
    await bench.agent.kill();
    await bench.restart();
    other.retry();
    await waitFor(
      'it goes on',
      async () => (await ask()) && bench.count('task.started', `run:/${run}`) > bench.count('task.lost', `run:/${run}`),
    );
    const cancelled = bench.client.request('run.cancel', { run, key: newKey() });
    await waitFor('others are answered meanwhile', ask);
    assert.equal((await cancelled).state, 'cancelled');
    const { steps } = await bench.finished(run);
    assert.ok(steps.every(({ state }) => state === 'cancelled' || state === 'skipped'));
    assert.ok(asked > 2);
    other.dispose();
    await bench.read((store) => assertWhole(store, run));
    assert.deepEqual(listProcessesOf(bench.agent.stateFolder), []);
    await bench.restart();
  });

  it('F36: a module that takes its worker down at every start is tried no more, and others go on, at this run and the next', async () => {
    for (let round = 0; round < 2; round += 1) {
      const { steps } = await bench.run('load/poisoned');
      const poisoned = steps.filter(({ module }) => module === 'load/poison');
      assert.ok(
        poisoned.every(({ error }) => error?.code === 'quarantined'),
        JSON.stringify(poisoned.map(({ error }) => error)),
      );
      assert.ok(poisoned.reduce((sum, { attempts }) => sum + attempts, 0) <= 5);
      assert.ok(steps.filter(({ module }) => module === 'load/fine').every(({ state }) => state === 'succeeded'));
    }
  });

  for (const [mode, workflow, module] of [
    ['forked', 'load/wrong-all', 'load/wrong'],
    ['kept', 'load/wrong-kept-all', 'load/wrong-kept'],
  ] as const) {
    it(`F15: exit 0 without an answer, with an output missing or one too many fails and is not reused (${mode})`, async () => {
      for (let round = 0; round < 2; round += 1) {
        const { state, steps } = await bench.run(workflow);
        assert.equal(state, 'failed');
        assert.deepEqual(
          steps.map(({ error, decision, outputs }) => [error?.code, decision, Object.keys(outputs).length]),
          [
            ['killed', 'executed', 0],
            ['output-missing', 'executed', 0],
            ['output-unexpected', 'executed', 0],
          ],
        );
      }
      await bench.read((store) => assert.equal(store.projections.recentEntries(module, 'wrong[0]', 9).length, 0));
      await bench.restart();
    });
  }

  it('F39: asked to stop with tasks in every state, it ends them, lets go of nothing, and goes on at the next start', async () => {
    const gate = join(folder, 'gate');
    const run = await bench.submit('load/poisoned');
    const held = await bench.submit('load/wide', { params: { gate } });
    await waitFor('tasks run', () => bench.count('task.started', `run:/${held}`) > 0);
    assert.equal(await bench.agent.end('SIGTERM'), 0);
    assert.deepEqual(listProcessesOf(bench.agent.stateFolder), []);
    await bench.restart();
    assert.equal((await bench.finished(run)).state, 'failed');
    await waitFor('tasks run again', () => bench.count('task.started', `run:/${held}`) > bench.count('task.lost', `run:/${held}`));
    await bench.client.request('run.cancel', { run: held, key: newKey() });
    writeFileSync(gate, '');
    assert.equal((await bench.finished(held)).state, 'cancelled');
    await bench.read((store) => assertWhole(store, held));
  });
});
