import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { EMPTY_ENVIRONMENT } from '../../language/model/environment.ts';
import type { PinnedEnvironment } from '../../rde-agent/protocol/pinned.ts';
import type { TaskContext } from '../../rde-agent/protocol/runner.ts';
import type { Outcome, Runtime } from '../../rde-agent/runtimes/runtime.ts';
import { isAlive, RecordingObserver, RuntimeFolders, waitUntil } from '../support/runtimeHarness.ts';

export interface RuntimeUnderTest {
  readonly name: string;
  /** version specifier of the Python to use */
  readonly python: string;
  create(folders: RuntimeFolders): Runtime;
}

/** What every runtime promises: prepare, launch, stream, cancel, limits, outputs, crash, nothing left over. */
export function describeRuntime(subject: RuntimeUnderTest): void {
  describe(`runtime contract: ${subject.name}`, function () {
    this.timeout(60_000);
    let folders: RuntimeFolders;
    let runtime: Runtime;
    let environment: PinnedEnvironment;
    const never = new AbortController().signal;

    const launch = (context: TaskContext, observer = new RecordingObserver(), signal = never): Promise<Outcome> =>
      runtime.launch({ environment, context, preload: [], reuse: 'fork', observer }, signal);
    const run = async (source: string, changes: Partial<TaskContext> = {}): Promise<{ outcome: Outcome; observer: RecordingObserver }> => {
      const observer = new RecordingObserver();
      return { outcome: await launch(folders.task(source, changes), observer), observer };
    };

    before(async () => {
      folders = new RuntimeFolders();
      runtime = subject.create(folders);
      environment = await runtime.pin({ ...EMPTY_ENVIRONMENT, python: subject.python }, null);
      await runtime.prepare(environment, null, () => undefined, never);
    });
    after(async () => {
      const pids = runtime.workers().map((worker) => worker.pid);
      await runtime.dispose();
      await runtime.dispose();
      for (const pid of pids) assert.equal(isAlive(pid), false, `process ${String(pid)} is left over`);
      folders.remove();
    });

    it('pins the same environment twice', async () => {
      const again = await runtime.pin({ ...EMPTY_ENVIRONMENT, name: 'another', python: subject.python }, null);
      assert.equal(again.digest, environment.digest);
      const other = await runtime.pin({ ...EMPTY_ENVIRONMENT, python: subject.python, variables: { MODE: 'x' } }, null);
      assert.notEqual(other.digest, environment.digest);
    });

    it('prepares an environment once', async () => {
      const again = await runtime.prepare(environment, null, () => undefined, never);
      assert.equal(again.made, false);
    });

    it('runs a function and gives its outputs, metrics and times', async () => {
      const { outcome, observer } = await run(
        'from cairn import log_metric, progress\ndef run():\n    progress(1, 2, "half")\n    log_metric("mae", 0.5)\n    return {"result": {"a": 1}}\n',
      );
      assert.equal(outcome.kind, 'succeeded', JSON.stringify(outcome));
      if (outcome.kind !== 'succeeded') return;
      assert.equal(Buffer.from(outcome.outputs[0]?.data ?? '', 'base64').toString(), '{"a":1}');
      assert.deepEqual(outcome.metrics, { mae: 0.5 });
      assert.deepEqual(observer.metrics, [['mae', 0.5, null]]);
      assert.deepEqual(observer.progresses, ['1/2 half']);
      assert.ok(outcome.seconds > 0 && outcome.timing.run >= 0);
      assert.ok((observer.worker?.pid ?? 0) > 1);
    });

    it('gives every task an interpreter of its own and one parent to all', async () => {
      const source =
        'import builtins, random\ndef run():\n    seen = getattr(builtins, "seen", 0)\n    builtins.seen = seen + 1\n    return {"result": [seen, random.random()]}\n';
      const first = await run(source);
      const second = await run(source);
      assert.notEqual(first.observer.worker?.pid, second.observer.worker?.pid);
      assert.equal(first.observer.worker?.parent, second.observer.worker?.parent);
      const values = [first, second].map(({ outcome }) => toResult(outcome) as [number, number]);
      assert.deepEqual(
        values.map(([seen]) => seen),
        [0, 0],
      );
      assert.notEqual(values[0]?.[1], values[1]?.[1]);
    });

    it('streams both outputs whole and in order before it resolves, bytes as they are', async () => {
      const { outcome, observer } = await run(
        'import os, sys\ndef run():\n    for i in range(20000):\n        print(i)\n    os.write(2, bytes(range(256)) * 4096)\n    sys.stdout.write("no newline")\n    return {"result": 1}\n',
      );
      assert.equal(outcome.kind, 'succeeded');
      assert.equal(observer.text('out'), `${Array.from({ length: 20_000 }, (_, index) => `${String(index)}\n`).join('')}no newline`);
      assert.equal(
        observer
          .bytes('err')
          .equals(Buffer.concat(Array.from({ length: 4096 }, () => Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))))),
        true,
      );
    });

    it('calls an exception a failure of the user, with file and line', async () => {
      const { outcome, observer } = await run('def run():\n    print("before")\n    raise ValueError("no good")\n');
      assert.equal(outcome.kind, 'failed');
      if (outcome.kind !== 'failed') return;
      assert.deepEqual(
        [outcome.failure, outcome.error.code, outcome.error.message, outcome.error.file, outcome.error.line],
        ['user', 'user-error', 'ValueError: no good', 'main.py', 3],
      );
      assert.equal(observer.text('out'), 'before\n');
    });

    for (const [what, source, code] of [
      ['a missing output', 'def run():\n    return {"result": 1}\n', 'output-missing'],
      ['an output too many', 'def run():\n    return {"result": 1, "other": 2, "more": 3}\n', 'output-unexpected'],
      ['a missing function', 'def other():\n    return {}\n', 'entry-missing'],
      ['a missing package', 'import nowhere\ndef run():\n    return {}\n', 'import-failed'],
    ] as const) {
      it(`calls ${what} ${code}`, async () => {
        const outputs = ['result', 'other'].map((name) => ({ name, type: { kind: 'json' as const } }));
        const { outcome } = await run(source, { outputs });
        assert.deepEqual(outcome.kind === 'failed' && [outcome.failure, outcome.error.code], ['user', code], JSON.stringify(outcome));
      });
    }

    it('tells an exit without an answer from an answer', async () => {
      const { outcome, observer } = await run('import os\ndef run():\n    print("last words", flush=True)\n    os._exit(3)\n');
      assert.deepEqual(outcome.kind === 'failed' && [outcome.failure, outcome.error.code], ['user', 'killed'], JSON.stringify(outcome));
      assert.match(outcome.kind === 'failed' ? outcome.error.message : '', /code 3/);
      assert.equal(observer.text('out'), 'last words\n');
    });

    it('survives a crash in native code, and a kill by somebody', async () => {
      const crash = await run('import ctypes\ndef run():\n    ctypes.string_at(0)\n');
      assert.deepEqual(crash.outcome.kind === 'failed' && [crash.outcome.failure, crash.outcome.error.code], ['user', 'killed']);
      const kill = await run('import os, signal\ndef run():\n    os.kill(os.getpid(), signal.SIGKILL)\n');
      assert.deepEqual(kill.outcome.kind === 'failed' && [kill.outcome.failure, kill.outcome.error.code], ['infrastructure', 'killed']);
      const next = await run('def run():\n    return {"result": 1}\n');
      assert.equal(next.outcome.kind, 'succeeded');
    });

    it('ends a worker that talks nonsense', async () => {
      const { outcome } = await run(
        'import os, stat, time\ndef run():\n    for fd in range(3, 64):\n        try:\n            if stat.S_ISSOCK(os.fstat(fd).st_mode):\n                os.write(fd, b"{}\\n")\n        except OSError:\n            pass\n    time.sleep(60)\n',
      );
      assert.deepEqual(
        outcome.kind === 'failed' && [outcome.failure, outcome.error.code],
        ['infrastructure', 'worker-lost'],
        JSON.stringify(outcome),
      );
    });

    it('keeps to the memory limit', async function () {
      if (!runtime.capabilities.memoryLimit) this.skip();
      const { outcome } = await run('def run():\n    return {"result": len(bytearray(1 << 30))}\n', { memory: 256 * 1024 * 1024 });
      assert.deepEqual(
        outcome.kind === 'failed' && [outcome.failure, outcome.error.code],
        ['resource', 'out-of-memory'],
        JSON.stringify(outcome),
      );
    });

    it('is cancelled before it begins', async () => {
      const stop = new AbortController();
      stop.abort();
      assert.deepEqual(await launch(folders.task('def run():\n    return {"result": 1}\n'), new RecordingObserver(), stop.signal), {
        kind: 'cancelled',
      });
    });

    it('ends the process when it is cancelled, also one that ignores SIGTERM, with all that it started', async () => {
      const file = path.join(folders.folder('cancel'), 'pids');
      const source = DAEMON.replace('FILE', JSON.stringify(file));
      const stop = new AbortController();
      const observer = new RecordingObserver();
      const launched = launch(folders.task(source), observer, stop.signal);
      await observer.until((heard) => heard.text('out').includes('ready'));
      const pids = observer
        .text('out')
        .split(/\s+/)
        .filter((word) => /^\d+$/.test(word))
        .map(Number);
      assert.equal(pids.length, 4);
      for (const pid of pids) assert.equal(isAlive(pid), true, `${String(pid)} of ${pids.join(' ')} runs`);
      stop.abort();
      assert.deepEqual(await launched, { kind: 'cancelled' });
      for (const pid of pids) assert.equal(isAlive(pid), false, `${String(pid)} of ${pids.join(' ')} is left over`);
      rmSync(file, { force: true });
    });

    it('leaves nothing of a task that ended well', async () => {
      const { outcome, observer } = await run(
        DAEMON.replace('FILE', '"/dev/null"').replace('time.sleep(600)  # last', 'return {"result": 1}'),
      );
      assert.equal(outcome.kind, 'succeeded', JSON.stringify(outcome));
      const pids = observer
        .text('out')
        .split(/\s+/)
        .filter((word) => /^\d+$/.test(word))
        .map(Number);
      assert.equal(pids.length, 4);
      await waitUntil('all processes of the task to end', () => pids.every((pid) => !isAlive(pid)));
    });

    it('runs many at once', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) => run(`def run():\n    return {"result": ${String(index)}}\n`)),
      );
      assert.deepEqual(
        outcomes.map(({ outcome }) => toResult(outcome)),
        [0, 1, 2, 3, 4, 5, 6, 7],
      );
    });

    it('gives nothing of the agent to tasks but the plain variables', async () => {
      process.env['CAIRN_TEST_TOKEN'] = 'secret';
      const { outcome } = await run('import os\ndef run():\n    return {"result": dict(os.environ)}\n');
      const agent = Object.keys(process.env);
      delete process.env['CAIRN_TEST_TOKEN'];
      const seen = Object.keys(toResult(outcome) as object).filter((name) => agent.includes(name));
      assert.deepEqual(
        seen.filter((name) => !/^(PATH|HOME|LANG|LC_.*|TZ|TMPDIR|PYTHONPATH|CAIRN_(?:OWNER|TASK)|.*_THREADS)$/.test(name)),
        [],
      );
    });
  });
}

/** Ignores SIGTERM and starts a child in its group, one in a session of its own, and a forked daemon that has left both. */
const DAEMON = `
import os, signal, subprocess, sys, time
def run():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    own = subprocess.Popen(["sleep", "600"])
    other = subprocess.Popen(["sleep", "600"], start_new_session=True)
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        pid = os.fork()
        if pid == 0:
            os.close(write)
            time.sleep(600)
        os.write(write, str(pid).encode())
        os._exit(0)
    os.close(write)
    daemon = int(os.read(read, 100))
    open(FILE, "w").close()
    print(os.getpid(), own.pid, other.pid, daemon, "ready", flush=True)
    time.sleep(600)  # last
`;

function toResult(outcome: Outcome): unknown {
  assert.equal(outcome.kind, 'succeeded', JSON.stringify(outcome));
  return outcome.kind === 'succeeded' ? JSON.parse(Buffer.from(outcome.outputs[0]?.data ?? '', 'base64').toString('utf8')) : undefined;
}
