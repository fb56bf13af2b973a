import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import type { RunDocument } from '../../rde-agent/protocol/documents.ts';
import type { ParamsOf } from '../../rde-agent/protocol/operations.ts';
import { TestAgent } from '../support/agent.ts';
import { moduleFiles, SmallWorkspace } from '../support/smallWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';
import { createWideWorkspace } from '../support/wideWorkspace.ts';

const REUSE = 'reuse: worker\ndeterminism: stochastic\n';

/** Counts its calls in memory, prints, and misbehaves where it is told to. */
const COUNT = `import os, sys, time
calls = 0
def run(n: int, gate: str):
    global calls
    calls += 1
    print("task", n)
    print("problem", n, file=sys.stderr)
    if n == 3 and not os.path.exists(gate):
        open(gate, "w").close()
        raise OSError("the first time")
    if n == 5 and gate.endswith("exit"): os._exit(1)
    if n == 5 and gate.endswith("wait"): time.sleep(60)
    return {"out": {"n": n, "pid": os.getpid(), "calls": calls}}
`;

describe('runs with kept interpreters', function () {
  this.timeout(120_000);
  let agent: TestAgent;
  let client: AgentClient;
  let workspace: SmallWorkspace;
  let folder: string;
  before(async function () {
    // Elsewhere such tasks run in processes of their own.
    if (process.platform !== 'linux') return this.skip();
    folder = mkdtempSync(join(tmpdir(), 'cairn-kept-'));
    workspace = new SmallWorkspace({
      ...moduleFiles('kept/count', { code: COUNT, params: '{ n: int, gate: string }', more: REUSE }),
      ...moduleFiles('kept/sum', {
        code: 'def run(values: list):\n    return {"out": sum(value["n"] for value in values)}\n',
        inputs: '{ values: { list: json } }',
        more: REUSE,
      }),
      'workflows/count.workflow.yaml': `workflow: kept/count-all
params: { gate: string }
steps:
  each:
    module: kept/count
    foreach: { n: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }
    params: { n: "\${foreach.n}", gate: "\${params.gate}" }
    retry: { attempts: 2, backoff: 10ms, on: [user] }
  sum: { module: kept/sum, in: { values: "each[*].out" } }
outputs: { out: sum.out }
`,
    });
    agent = await TestAgent.start();
    client = agent.connect();
  });
  after(async () => {
    await agent?.dispose();
    workspace?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const submit = async (root: string, workflow: string, params: ParamsOf<'run.submit'>['params']): Promise<string> =>
    (await client.request('run.submit', { root, workflow, params, key: newKey() })).run;
  const show = (run: string): Promise<RunDocument> => client.request('run.show', { run });
  const ended = (run: string): Promise<RunDocument> =>
    waitFor(
      'the run ends',
      async () => {
        const document = await show(run);
        return document.state !== 'queued' && document.state !== 'running' ? document : undefined;
      },
      60,
    );
  const logsOf = async (run: string, step: string): Promise<readonly string[]> =>
    (await client.request('run.logs', { run, step })).lines.map((line) => `${String(line.attempt)} ${line.stream} ${line.text}`);

  it('runs a fan-out in few processes, tries a failed task again alone, and keeps each attempt’s log', async () => {
    const run = await submit(workspace.root, 'kept/count-all', { gate: join(folder, 'retry') });
    const document = await ended(run);
    assert.equal(document.state, 'succeeded', JSON.stringify(document.steps.map((step) => step.error)));
    const each = document.steps.filter((step) => step.step.startsWith('each['));
    assert.equal(new Set(each.map((step) => step.worker?.pid)).size <= 2, true);
    assert.deepEqual(new Set(each.map((step) => step.worker?.mode)), new Set(['kept']));
    assert.deepEqual(
      each.map((step) => step.attempts),
      [1, 1, 1, 2, 1, 1, 1, 1, 1, 1],
    );
    assert.deepEqual([...(await logsOf(run, 'each[3]'))].sort(), ['1 err problem 3', '1 out task 3', '2 err problem 3', '2 out task 3']);
    for (const n of [0, 9])
      assert.deepEqual([...(await logsOf(run, `each[${String(n)}]`))].sort(), [`1 err problem ${String(n)}`, `1 out task ${String(n)}`]);
    const again = await ended(await submit(workspace.root, 'kept/count-all', { gate: join(folder, 'retry') }));
    const before = new Set(each.map((step) => step.worker?.pid));
    assert.ok(again.steps.every((step) => step.decision === 'executed'));
    assert.ok(
      again.steps.filter((step) => step.step.startsWith('each[')).some((step) => before.has(step.worker?.pid)),
      'the interpreters have stayed',
    );
  });

  it('fails the task that ends its interpreter, twice, and no other', async () => {
    writeFileSync(join(folder, 'exit'), '');
    const document = await ended(await submit(workspace.root, 'kept/count-all', { gate: join(folder, 'exit') }));
    assert.equal(document.state, 'failed');
    const states = document.steps.map((step) => [step.step, step.state, step.attempts, step.error?.code ?? null]);
    assert.deepEqual(
      states.filter(([, state]) => state !== 'succeeded'),
      [
        ['each[5]', 'failed', 2, 'killed'],
        ['sum', 'skipped', 0, null],
      ],
    );
  });

  it('shows a task that takes long while it runs, and ends it when the run is cancelled', async () => {
    writeFileSync(join(folder, 'wait'), '');
    const run = await submit(workspace.root, 'kept/count-all', { gate: join(folder, 'wait') });
    const running = await waitFor('the task is shown as running, the others have ended', async () => {
      const { steps } = await show(run);
      const waiting = steps.find((step) => step.step === 'each[5]');
      return waiting?.state === 'running' && steps.filter((step) => step.state === 'succeeded').length === 9 ? waiting : undefined;
    });
    assert.equal((await client.request('run.cancel', { run, key: newKey() })).state, 'cancelled');
    const document = await ended(run);
    assert.equal(document.state, 'cancelled');
    assert.equal(document.steps.find((step) => step.step === 'each[5]')?.state, 'cancelled');
    assert.equal(existsSync(`/proc/${String(running.worker?.pid)}`) && isRunning(running.worker?.pid ?? 0), false);
  });

  it('runs a thousand tasks and a chain of a hundred, each with its record, and finishes what a kill has cut short', async () => {
    const wide = createWideWorkspace({ chain: 100, fan: 1000 }, 'worker');
    try {
      const fan = await ended(await submit(wide.root, 'bench/fan', { n: 1 }));
      assert.deepEqual([fan.state, fan.steps.length, new Set(fan.steps.map((step) => step.state)).size], ['succeeded', 1002, 1]);
      const chain = await submit(wide.root, 'bench/chain', { n: 1 });
      const cut = await submit(wide.root, 'bench/fan', { n: 2 });
      await agent.kill();
      await agent.start();
      client.retry();
      assert.equal((await ended(chain)).state, 'succeeded');
      const document = await ended(cut);
      assert.deepEqual([document.state, document.steps.filter((step) => step.state === 'succeeded').length], ['succeeded', 1002]);
    } finally {
      wide.dispose();
    }
  });
});

function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    return !'ZX'.includes(stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3));
  } catch {
    // No entry any more.
    return false;
  }
}
