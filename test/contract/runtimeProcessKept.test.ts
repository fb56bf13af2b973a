import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { EMPTY_ENVIRONMENT } from '../../language/model/environment.ts';
import type { PinnedEnvironment } from '../../rde-agent/protocol/pinned.ts';
import type { TaskContext } from '../../rde-agent/protocol/runner.ts';
import type { BatchOutcome, BatchTask, Runtime } from '../../rde-agent/runtimes/runtime.ts';
import { RecordingBatch } from '../support/recordingBatch.ts';
import { isAlive, RuntimeFolders, waitUntil } from '../support/runtimeHarness.ts';
import { createProcessRuntime } from '../../rde-agent/runtimes/process/processRuntime.ts';
import { toProcessOptions } from '../support/runtimeProcess.ts';

const COUNT = 'seen = []\ndef run(n):\n    seen.append(n)\n    return {"result": seen}\n';

describe('runtime contract: process, kept interpreters', function () {
  this.timeout(60_000);
  let folders: RuntimeFolders;
  let runtime: Runtime;
  let environment: PinnedEnvironment;
  const never = new AbortController().signal;

  before(async function () {
    // Kept interpreters need orphans that are adopted and the end of a peer that is seen: Linux.
    if (process.platform !== 'linux') return this.skip();
    folders = new RuntimeFolders();
    runtime = createProcessRuntime(toProcessOptions(folders.folder('state'), { limits: { graceSeconds: 0.5, leaveSeconds: 1 } }));
    environment = await runtime.pin({ ...EMPTY_ENVIRONMENT }, null);
    await runtime.prepare(environment, null, () => undefined, never);
  });
  after(async () => {
    const pids = runtime.workers().map((worker) => worker.pid);
    await runtime.dispose();
    for (const pid of pids) assert.equal(isAlive(pid), false, `process ${String(pid)} is left over`);
    folders.remove();
  });

  const run = async (
    given: string | TaskContext,
    params: readonly BatchTask['params'][],
    more: { readonly owner?: string; readonly timeout?: number; readonly signal?: AbortSignal; readonly batch?: RecordingBatch } = {},
  ): Promise<RecordingBatch> => {
    const batch = more.batch ?? new RecordingBatch(params);
    const context = typeof given === 'string' ? folders.task(given) : given;
    const { owner = 'me', timeout, signal = never } = more;
    const shared = { environment, context, preload: [], owner, timeout, idleTimeout: undefined };
    await runtime.launchBatch?.({ ...shared, take: (count) => batch.take(count), observer: batch }, signal);
    return batch;
  };
  const numbers = (count: number): readonly { readonly n: number }[] => Array.from({ length: count }, (_, n) => ({ n }));

  it('keeps what the module has in memory from task to task and from batch to batch, in one process', async () => {
    const context = folders.task(COUNT);
    const first = await run(context, numbers(3));
    assert.deepEqual(first.results(), [[0], [0, 1], [0, 1, 2]]);
    const second = await run(context, [{ n: 7 }]);
    assert.deepEqual(second.results(), [[0, 1, 2, 7]]);
    assert.deepEqual(second.workers, first.workers);
    assert.equal(first.workers[0]?.mode, 'kept');
    assert.equal(runtime.workers().filter(({ role }) => role === 'kept').length >= 1, true);
  });

  it('begins anew for other code, for another owner and for another environment variable', async () => {
    const context = folders.task(COUNT);
    const first = await run(context, [{ n: 1 }]);
    const other = await run({ ...folders.task(`${COUNT}# edited\n`), module: context.module }, [{ n: 2 }]);
    assert.deepEqual(other.results(), [[2]]);
    await waitUntil('the interpreter with the old code is gone', () => !isAlive(first.workers[0]?.pid ?? 0));
    assert.deepEqual((await run(context, [{ n: 3 }], { owner: 'somebody else' })).results(), [[3]]);
    assert.deepEqual((await run({ ...context, variables: { MODE: 'x' } }, [{ n: 4 }])).results(), [[4]]);
  });

  it('puts back what belongs to a task: folders, variables, directory, streams', async () => {
    const source = [
      'import os, sys, tempfile',
      'def run(n):',
      '    seen = [os.environ.get("MINE"), os.path.basename(os.getcwd()), os.listdir(os.environ["TMPDIR"]), sys.stdout is sys.__stdout__]',
      '    os.environ["MINE"] = "set"',
      '    os.environ.pop("PATH", None)',
      '    os.chdir("/")',
      '    tempfile.mkdtemp()',
      '    open(os.path.join(tempfile.gettempdir(), "left"), "w").close()',
      '    sys.stdout = None',
      '    return {"result": seen + ["PATH" in os.environ]}',
    ].join('\n');
    const context = folders.task(source);
    const batch = await run(context, numbers(3));
    const folder = context.root.split('/').at(-1);
    assert.deepEqual(
      batch.results(),
      [0, 1, 2].map(() => [null, folder, [], true, false]),
    );
    assert.deepEqual(readdirSync(context.scratch), []);
    assert.equal(batch.workers.length, 1);
  });

  it('gives each task its own output, however it is written, and all of it before its end', async () => {
    const source = [
      'import ctypes, os, subprocess, sys',
      'libc = ctypes.CDLL(None)',
      'def run(n):',
      '    if n % 3 == 0: print("python", n)',
      '    if n % 3 == 1: libc.printf(b"c %d\\n", n)',
      '    if n % 5 == 2: os.write(2, b"\\0raw %d" % n)',
      '    if n == 4: subprocess.run(["sh", "-c", "echo child; echo problem >&2"], check=True)',
      '    return {"result": n}',
    ].join('\n');
    const batch = await run(source, numbers(40));
    assert.deepEqual(
      batch.results(),
      numbers(40).map(({ n }) => n),
    );
    for (const { n } of numbers(40)) {
      const out = [n % 3 === 0 ? `python ${String(n)}\n` : '', n % 3 === 1 ? `c ${String(n)}\n` : '', n === 4 ? 'child\n' : '']
        .sort()
        .join('');
      assert.equal([...(batch.text(n, 'out').match(/.*\n/g) ?? [])].sort().join(''), out, `out of ${String(n)}`);
      assert.equal(batch.text(n, 'err'), `${n % 5 === 2 ? `\0raw ${String(n)}` : ''}${n === 4 ? 'problem\n' : ''}`, `err of ${String(n)}`);
    }
  });

  it('shows a task that takes longer while it runs, with its output, progress and points', async () => {
    const source =
      'import time, os\nfrom cairn import log_metric, progress\ndef run(n):\n    if n == 1:\n        print("begun")\n        progress(1, 2, "half")\n        log_metric("loss", 0.5, step=1)\n        while not os.path.exists(os.environ["GATE"]): time.sleep(0.01)\n    return {"result": n}\n';
    const gate = `${folders.root}/gate`;
    const context = folders.task(source, { variables: { GATE: gate } });
    const batch = new RecordingBatch(numbers(3));
    const running = run(context, [], { batch });
    await waitUntil('the task is shown', () => batch.begunTasks.includes(1) && batch.text(1, 'out') === 'begun\n' && batch.told.length > 1);
    assert.deepEqual(batch.outcomes.has(1), false);
    assert.deepEqual(batch.told, ['1 1/2 half', '1 loss 0.5 1']);
    await import('node:fs').then((fs) => fs.writeFileSync(gate, ''));
    await running;
    assert.deepEqual(batch.results(), [0, 1, 2]);
    assert.equal(batch.text(2, 'out'), '');
  });

  it('lets a task fail alone', async () => {
    const source =
      'seen = []\ndef run(n):\n    seen.append(n)\n    if n == 1: raise ValueError("no good")\n    return {"result": len(seen)}\n';
    const batch = await run(source, numbers(3));
    assert.deepEqual(batch.kinds(), ['succeeded', 'failed', 'succeeded']);
    const failed = batch.outcomes.get(1);
    assert.deepEqual(failed?.kind === 'failed' && [failed.failure, failed.error.code, failed.error.line], ['user', 'user-error', 4]);
    assert.deepEqual(batch.workers.length, 1);
  });

  for (const [what, line, expected] of [
    ['calls sys.exit', 'import sys; sys.exit(3)', ['failed', 'user-error']],
    ['ends its process', 'import os; os._exit(3)', ['failed', 'killed']],
    ['crashes', 'import ctypes; ctypes.string_at(0)', ['failed', 'killed']],
    ['leaves a thread', 'import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()', ['succeeded']],
    ['leaves a process', 'import subprocess; subprocess.Popen(["sleep", "60"])', ['succeeded']],
    ['leaves a detached process', 'import os; os.system("setsid sleep 61 & ")', ['succeeded']],
    ['has no memory left', 'raise MemoryError()', ['failed', 'out-of-memory']],
  ] as const) {
    it(`ends the interpreter of a task that ${what}, and runs the others in a fresh one`, async () => {
      const source = `seen = []\ndef run(n):\n    seen.append(n)\n    if n == 2:\n        ${line}\n    return {"result": seen}\n`;
      const batch = await run(source, numbers(5));
      const met = batch.outcomes.get(2);
      assert.deepEqual(met?.kind === 'failed' ? [met.kind, met.error.code] : [met?.kind], expected, JSON.stringify(met));
      assert.deepEqual(batch.workers.length, 2);
      // What was not answered yet when the process died has to run again, in the fresh one.
      const others = [0, 1, 3, 4].map((n) => batch.lastOf(n));
      assert.deepEqual(
        others.map((outcome) => outcome?.kind),
        ['succeeded', 'succeeded', 'succeeded', 'succeeded'],
      );
      const first = batch.workers[0]?.pid ?? 0;
      await waitUntil('the first interpreter is gone', () => !isAlive(first));
    });
  }

  it('ends a task that takes too long, and not the others', async () => {
    const source = 'import time\ndef run(n):\n    if n == 1: time.sleep(60)\n    return {"result": n}\n';
    const batch = await run(source, numbers(3), { timeout: 0.3 });
    assert.deepEqual(batch.kinds(), ['succeeded', 'timeout', 'succeeded']);
  });

  it('ends the interpreter when the batch is cancelled, whatever the task does about it', async () => {
    const source =
      'import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ndef run(n):\n    print("here", flush=True)\n    time.sleep(60)\n';
    const controller = new AbortController();
    const batch = new RecordingBatch(numbers(3));
    const running = run(source, [], { batch, signal: controller.signal });
    await waitUntil('the task runs', () => batch.text(0, 'out') === 'here\n');
    controller.abort('cancelled');
    await running;
    assert.deepEqual(batch.outcomes.get(0), { kind: 'cancelled' } satisfies BatchOutcome);
    assert.equal(isAlive(batch.workers[0]?.pid ?? 0), false);
  });

  it('tells every task that was taken when the runtime ends', async () => {
    const own = createProcessRuntime(toProcessOptions(folders.folder('another'), { limits: { graceSeconds: 0.5 } }));
    await own.prepare(environment, null, () => undefined, never);
    const batch = new RecordingBatch(numbers(3));
    const context = folders.task('import time\ndef run(n):\n    print("here", flush=True)\n    time.sleep(60)\n');
    const shared = { environment, context, preload: [], owner: 'me', timeout: undefined, idleTimeout: undefined };
    const running = own.launchBatch?.({ ...shared, take: (count) => batch.take(count), observer: batch }, never);
    await waitUntil('the task runs', () => batch.text(0, 'out') === 'here\n');
    await own.dispose();
    await running;
    assert.equal(batch.outcomes.get(0)?.kind === 'succeeded', false);
    assert.equal(isAlive(batch.workers[0]?.pid ?? 0), false);
  });

  it('writes big outputs as files in a folder for each task', async () => {
    const batch = await run('def run(n):\n    return {"result": str(n) * 100_000}\n', numbers(2));
    const paths = [0, 1].map((n) => {
      const outcome = batch.outcomes.get(n);
      return outcome?.kind === 'succeeded' ? outcome.outputs[0]?.path : undefined;
    });
    assert.equal(new Set(paths).size, 2);
    for (const path of paths) assert.match(path ?? '', /outputs\/task\d+\/[01]\/result$/);
  });

  it('seeds every task that declares a seed alike, and none that does not', async () => {
    const source = 'import random\ndef run(n):\n    return {"result": random.random()}\n';
    assert.equal(new Set((await run(folders.task(source, { seed: 7 }), numbers(3))).results()).size, 1);
    assert.equal(new Set((await run(source, numbers(3))).results()).size, 3);
  });

  it('takes tasks back that wait behind a long one, and runs them later or elsewhere, each once', async () => {
    const source = `
import time
ran = []
def run(n):
    ran.append(n)
    if n == 7: time.sleep(0.3)
    return {"result": len(ran)}
`;
    const context = folders.task(source);
    let ran = 0;
    // How many are given ahead depends on how fast they are, and so on what else the machine does.
    for (let tries = 0, wereBack = false; !wereBack; tries++) {
      const batch = await run(context, numbers(12));
      const results = batch.results().map(Number);
      assert.deepEqual(
        results.toSorted((one, other) => one - other),
        numbers(12).map(({ n }) => ran + n + 1),
        'each has run once, in the same interpreter',
      );
      ran += 12;
      wereBack = batch.times > 12;
      assert.ok(wereBack || tries < 30, 'some are given back untouched');
    }
  });

  it('finishes thousands among which some take long, each once', async () => {
    const source =
      'import time\nran = 0\ndef run(n):\n    global ran\n    ran += 1\n    if n % 500 == 77: time.sleep(0.12)\n    return {"result": ran}\n';
    const batch = await run(source, numbers(3000));
    assert.deepEqual(
      batch
        .results()
        .map(Number)
        .toSorted((one, other) => one - other),
      numbers(3000).map(({ n }) => n + 1),
    );
  });

  it('runs thousands in order, each told once', async () => {
    const batch = await run('def run(n):\n    return {"result": n}\n', numbers(5000));
    assert.deepEqual(
      batch.results(),
      numbers(5000).map(({ n }) => n),
    );
    // On a busy machine some are given back and taken again.
    assert.equal(batch.ends, 5000);
    assert.deepEqual(batch.twice, []);
  });
});
