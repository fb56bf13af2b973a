import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { RunEvent } from '../../../rde-agent/protocol/runEvents.ts';
import { assertWhole, FaultBench } from '../../support/faultBench.ts';
import { moduleFiles, type Files } from '../../support/smallWorkspace.ts';
import { waitFor } from '../../support/waitFor.ts';

const WAITERS = 50;
const HOLD = `import os, pathlib, time
def run(folder: str, name: str):
    with open(folder + "/began", "a") as file: file.write(str(os.getpid()) + "\\n")
    while not pathlib.Path(folder, "gate").exists(): time.sleep(0.01)
    with open(folder + "/ended", "a") as file: file.write(name + "\\n")
    return {"out": name}
`;
/** Waits for a signal: a file that it looked for in vain would make its result nobody else's. */
const SIGNALLED = `import os
import signal

def run(folder):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    with open(os.path.join(folder, "began"), "a") as file:
        file.write(f"{os.getpid()}\\n")
    signal.sigwait([signal.SIGUSR1])
    with open(os.path.join(folder, "ended"), "a") as file:
        file.write("1\\n")
    return {"out": [1]}
`;
const FLAKY = 'def run():\n    raise OSError("never")\n';

function files(): Files {
  return {
    ...moduleFiles('race/hold', { code: HOLD, params: '{ folder: string, name: string }' }),
    ...moduleFiles('race/quick', { code: 'def run(value):\n    return {"out": ["x" * 70000, value]}\n', inputs: '{ value: json }' }),
    ...moduleFiles('race/signalled', { code: SIGNALLED, params: '{ folder: string }' }),
    ...moduleFiles('race/flaky', { code: FLAKY }),
    'workflows/hold.workflow.yaml': `workflow: race/flow
params: { folder: string, name: string }
steps:
  hold:
    module: race/hold
    params: { folder: "\${params.folder}", name: "\${params.name}" }
    retry: { attempts: 5, backoff: 10ms, on: [infrastructure] }
  quick: { module: race/quick, in: { value: hold.out } }
outputs: { result: quick.out }
`,
    'workflows/signalled.workflow.yaml': `workflow: race/signalled-flow
params: { folder: string }
steps:
  hold:
    module: race/signalled
    params: { folder: "\${params.folder}" }
    retry: { attempts: 5, backoff: 10ms, on: [infrastructure] }
  quick: { module: race/quick, in: { value: hold.out } }
outputs: { result: quick.out }
`,
    'workflows/flaky.workflow.yaml': `workflow: race/flaky-flow
steps:
  flaky: { module: race/flaky, retry: { attempts: 5, backoff: 1h, on: [user] } }
`,
  };
}

/** False = it has ended. */
function tryKill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGUSR1');
  } catch {
    return false;
  }
}

describe('races at the real agent', function () {
  this.timeout(60_000);
  let bench: FaultBench;
  let folder: string;
  before(async () => void (bench = await FaultBench.start(files(), {}, 'audit: { share: 0, excused: 0 }\n')));
  after(() => bench.dispose());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-race-'));
    await bench.revive();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const lines = (name: string): readonly string[] =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8').trim().split('\n') : [];
  const open = (): void => writeFileSync(join(folder, 'gate'), '');
  const submit = (name = 'n', key = newKey()): Promise<string> => bench.submit('race/flow', { params: { folder, name }, key });
  const cancel = (run: string, key = newKey()): Promise<unknown> => bench.client.request('run.cancel', { run, key });

  it('F31: of a hundred submits at once with one key and two bodies one body is the run, the others are conflicts, also over a kill', async () => {
    open();
    const before = bench.count('run.submitted');
    const key = newKey();
    const others = [bench.agent.connect({ patience: 60_000 }), bench.agent.connect({ patience: 60_000 })];
    const asked = bench.dieAt('written:run.submitted', () =>
      Promise.allSettled(
        Array.from({ length: 100 }, (_, index) =>
          (others[index % 2] ?? bench.client).request('run.submit', {
            root: bench.workspace.root,
            workflow: 'race/flow',
            params: { folder, name: index % 4 < 2 ? 'one' : 'two' },
            key,
          }),
        ),
      ),
    );
    const answers = await asked;
    const runs = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.run] : []));
    assert.deepEqual([new Set(runs).size, runs.length], [1, 50]);
    for (const answer of answers)
      if (answer.status === 'rejected')
        assert.ok(answer.reason instanceof CairnError && answer.reason.code === 'conflict', String(answer.reason));
    assert.equal(bench.count('run.submitted') - before, 1);
    assert.equal((await bench.finished(runs[0] ?? '')).state, 'succeeded');
    for (const client of others) client.dispose();
  });

  it(`F32: ${WAITERS} runs wait for one computation; its worker, the agent and its owner are killed in turn, and it is executed and published once`, async () => {
    const submitSignalled = (): Promise<string> => bench.submit('race/signalled-flow', { params: { folder } });
    const owner = await submitSignalled();
    const [pid] = await waitFor('the owner runs', () => lines('began').length === 1 && lines('began'));
    const waiters = await Promise.all(Array.from({ length: WAITERS }, submitSignalled));
    process.kill(Number(pid), 'SIGKILL');
    await waitFor('it is tried again', () => lines('began').length === 2);
    await bench.agent.kill();
    await bench.restart();
    await waitFor('one of all goes on after the restart', () => lines('began').length === 3);
    await cancel(owner);
    await waitFor('there is one new owner', () => lines('began').length >= 3 && bench.count('run.finished', `run:/${owner}`) === 1);
    const signal = (): boolean => {
      for (const one of lines('began')) tryKill(Number(one));
      return lines('ended').length > 0;
    };
    await waitFor('somebody ends', signal);
    const documents = await Promise.all(waiters.map((run) => bench.finished(run)));
    assert.ok(documents.every(({ state }) => state === 'succeeded'));
    assert.equal(lines('ended').length, 1, 'executed to its end once');
    const executed = documents.filter(({ steps: [hold] }) => hold?.decision === 'executed');
    assert.equal(executed.length, 1);
    await bench.read(async (store) => {
      for (const run of waiters) await assertWhole(store, run);
    });
  });

  for (const [point, isAsked] of [
    ['in-commit:run.cancelRequested', false],
    ['written:run.cancelRequested', true],
    ['before-commit:task.cancelled', undefined],
    ['in-commit:run.finished', true],
    ['written:run.finished', true],
  ] as const) {
    it(`F33: killed at ${point} in the middle of a cancel, it is carried out once, and nothing is published`, async () => {
      const asked = bench.count('run.cancelRequested');
      const key = newKey();
      const run = await bench.dieAt(
        point,
        async () => {
          const run = await submit(point);
          await waitFor('the task runs', () => lines('began').length === 1);
          await cancel(run, key);
          return run;
        },
        () => assert.ok(isAsked === undefined || bench.count('run.cancelRequested') > asked === isAsked),
      );
      assert.equal((await bench.finished(run)).state, 'cancelled');
      open();
      const events = await bench.read((store) => assertWhole(store, run));
      const count = (type: RunEvent['type']): number => events.filter((event) => event.type === type).length;
      assert.deepEqual([count('run.cancelRequested'), count('run.finished'), count('task.succeeded')], [1, 1, 0]);
      assert.deepEqual(lines('ended'), []);
    });
  }

  for (const [at, workflow] of [
    ['run.submitted', 'race/flow'],
    ['task.started', 'race/flow'],
    ['task.running', 'race/flow'],
    ['task.succeeded', 'race/flow'],
    ['task.failed', 'race/flaky-flow'],
  ] as const) {
    it(`F33: two cancels at once as soon as ${at} is on disk leave one end, and outputs that are whole or absent`, async () => {
      if (at === 'task.succeeded') open();
      const run = workflow === 'race/flow' ? await submit(at) : await bench.submit(workflow);
      await waitFor(at, () => bench.count(at, `run:/${run}`) > 0);
      const answers = await Promise.allSettled([cancel(run), cancel(run)]);
      for (const answer of answers)
        if (answer.status === 'rejected')
          assert.ok(answer.reason instanceof CairnError && answer.reason.code === 'conflict', String(answer.reason));
      const { state } = await bench.finished(run);
      assert.ok(at === 'task.succeeded' ? ['cancelled', 'succeeded'].includes(state) : state === 'cancelled', state);
      await bench.read((store) => assertWhole(store, run));
    });
  }
});
