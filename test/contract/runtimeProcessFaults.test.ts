import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EMPTY_ENVIRONMENT } from '../../language/model/environment.ts';
import type { PinnedEnvironment } from '../../rde-agent/protocol/pinned.ts';
import type { ProcessLimits } from '../../rde-agent/runtimes/process/options.ts';
import { createProcessRuntime } from '../../rde-agent/runtimes/process/processRuntime.ts';
import { sweepLeftovers } from '../../rde-agent/runtimes/process/worker/leftovers.ts';
import type { Outcome, Runtime } from '../../rde-agent/runtimes/runtime.ts';
import { isAlive, RecordingObserver, RuntimeFolders, waitUntil } from '../support/runtimeHarness.ts';
import { toProcessOptions } from '../support/runtimeProcess.ts';

const AGENT = fileURLToPath(new URL('../support/runtimeAgent.ts', import.meta.url));
const STARVED = fileURLToPath(new URL('../support/runtimeStarved.ts', import.meta.url));
const never = new AbortController().signal;

describe('process runtime: faults', function () {
  this.timeout(90_000);
  let folders: RuntimeFolders;
  const ends: (() => Promise<void>)[] = [];

  beforeEach(() => {
    folders = new RuntimeFolders();
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    folders.remove();
  });

  const open = async (variables: { readonly [name: string]: string } = {}, limits: Partial<ProcessLimits> = {}): Promise<Opened> => {
    const runtime = createProcessRuntime(toProcessOptions(folders.folder('state'), { limits }));
    ends.push(() => runtime.dispose());
    const environment = await runtime.pin({ ...EMPTY_ENVIRONMENT, variables }, null);
    await runtime.prepare(environment, null, () => undefined, never);
    return { runtime, environment };
  };
  const launch = async (
    opened: Opened,
    source: string,
    preload: readonly string[] = [],
  ): Promise<{ outcome: Outcome; observer: RecordingObserver }> => {
    const observer = new RecordingObserver();
    const { runtime, environment } = opened;
    return {
      outcome: await runtime.launch({ environment, context: folders.task(source), preload, reuse: 'fork', observer }, never),
      observer,
    };
  };
  /** A folder of importable files, as a variable of an environment. */
  const packages = (files: { readonly [name: string]: string }): { readonly [name: string]: string } => {
    const folder = folders.folder('packages');
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    return { PYTHONPATH: folder };
  };
  const startAgent = async (state: string, source: string): Promise<StartedAgent> => {
    const child = spawn(process.execPath, [AGENT, state, source], { stdio: ['ignore', 'pipe', 'inherit'] });
    ends.push(async () => {
      // Only what a dead agent has left is swept, and it is dead when its end has been seen.
      const gone = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      await sweepLeftovers(state);
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const { pids, printed, folder } = JSON.parse(line) as { pids: number[]; printed: string; folder: string };
      ends.push(async () => rmSync(folder, { recursive: true, force: true }));
      return {
        child,
        workers: pids,
        started: printed
          .split(/\s+/)
          .filter((word) => /^\d+$/.test(word))
          .map(Number),
      };
    }
    throw new Error('the agent ended before its task ran');
  };

  it('states the mode: cold for the first, forked afterwards, and warm makes even the first forked', async () => {
    const opened = await open();
    assert.equal((await launch(opened, ONE)).observer.worker?.mode, 'cold');
    assert.equal((await launch(opened, ONE)).observer.worker?.mode, 'forked');
    const again = await open();
    await again.runtime.warm(again.environment, []);
    assert.deepEqual(
      again.runtime.workers().map((worker) => worker.role),
      ['zygote', 'spare'],
    );
    assert.equal((await launch(again, ONE)).observer.worker?.mode, 'forked');
  });

  it('loses the tasks of a zygote that is killed, leaves nothing, and starts another', async () => {
    const opened = await open();
    const observer = new RecordingObserver();
    const { runtime, environment } = opened;
    const launched = runtime.launch({ environment, context: folders.task(WAIT), preload: [], reuse: 'fork', observer }, never);
    await observer.until((heard) => heard.text('out').includes('ready'));
    const { pid, parent } = observer.worker ?? { pid: 0, parent: 0 };
    process.kill(parent, 'SIGKILL');
    assert.equal((await launched).kind, 'lost');
    await waitUntil('the task to end with its zygote', () => !isAlive(pid));
    const { outcome, observer: next } = await launch(opened, ONE);
    assert.equal(outcome.kind, 'succeeded', JSON.stringify(outcome));
    assert.notEqual(next.worker?.parent, parent);
  });

  it('ends a worker that is stopped, when it is cancelled', async () => {
    const { runtime, environment } = await open({}, { graceSeconds: 0.2 });
    const stop = new AbortController();
    const observer = new RecordingObserver();
    const launched = runtime.launch({ environment, context: folders.task(WAIT), preload: [], reuse: 'fork', observer }, stop.signal);
    await observer.until((heard) => heard.text('out').includes('ready'));
    process.kill(observer.worker?.pid ?? 0, 'SIGSTOP');
    stop.abort();
    assert.deepEqual(await launched, { kind: 'cancelled' });
    assert.equal(isAlive(observer.worker?.pid ?? 0), false);
  });

  it('does without a zygote that hangs', async () => {
    const opened = await open({}, { startSeconds: 1, graceSeconds: 0.2, spares: 0 });
    const { observer } = await launch(opened, ONE);
    process.kill(observer.worker?.parent ?? 0, 'SIGSTOP');
    const { outcome, observer: next } = await launch(opened, ONE);
    assert.deepEqual([outcome.kind, next.worker?.mode], ['succeeded', 'spawned']);
  });

  it('imports ahead what it can, and says what it cannot', async () => {
    const opened = await open(
      packages({
        'calm.py': 'x = 1\n',
        'threads.py': THREAD,
        'crash.py': 'import os\nos.abort()\n',
        'broken.py': 'raise ValueError("broken")\n',
      }),
    );
    const source = 'import sys\ndef run():\n    return {"result": [name in sys.modules for name in ("calm", "threads")]}\n';
    const { outcome, observer } = await launch(opened, source, ['calm', 'threads', 'crash', 'broken', 'absent']);
    assert.deepEqual(toResult(outcome), [true, false]);
    assert.equal(observer.worker?.mode, 'cold');
    const notes = opened.runtime.notes().join('\n');
    for (const name of ['threads', 'crash', 'broken', 'absent']) assert.match(notes, new RegExp(`^${name} `, 'm'));
    const next = await launch(opened, 'import threads\ndef run():\n    return {"result": 1}\n', ['calm', 'threads', 'crash']);
    assert.deepEqual([next.outcome.kind, next.observer.worker?.mode], ['succeeded', 'forked']);
  });

  it('starts fresh interpreters where nothing can be forked', async () => {
    const opened = await open(packages({ 'sitecustomize.py': THREAD }));
    const { outcome, observer } = await launch(opened, ONE);
    assert.equal(outcome.kind, 'succeeded', JSON.stringify(outcome));
    const next = await launch(opened, 'import os\ndef run():\n    os._exit(5)\n');
    assert.equal(next.observer.worker?.mode, 'spawned');
    assert.equal(next.observer.worker.parent, process.pid);
    assert.match(next.outcome.kind === 'failed' ? next.outcome.error.message : '', /code 5/);
    assert.match(opened.runtime.notes().join('\n'), /fresh interpreters/);
    assert.equal(isAlive(observer.worker?.pid ?? 0), false);
  });

  it('puts an environment aside whose workers cannot start, with the cause, and leaves others alone', async () => {
    const opened = await open(
      packages({ 'sitecustomize.py': 'import os, sys\nsys.stderr.write("no licence found\\n")\nsys.stderr.flush()\nos._exit(7)\n' }),
    );
    for (let tries = 0; tries < 4; tries++) {
      const { outcome } = await launch(opened, ONE);
      assert.deepEqual(outcome.kind === 'failed' && [outcome.failure, outcome.error.code], ['infrastructure', 'worker-start-failed']);
      assert.match(outcome.kind === 'failed' ? outcome.error.message : '', /no licence found/);
    }
    assert.match(opened.runtime.notes().join('\n'), /workers cannot be started/);
    const other = await opened.runtime.pin(EMPTY_ENVIRONMENT, null);
    assert.equal((await launch({ runtime: opened.runtime, environment: other }, ONE)).outcome.kind, 'succeeded');
  });

  it('gives new children the code that was compiled ahead', async () => {
    const opened = await open();
    await opened.runtime.warm(opened.environment, []);
    const context = folders.task(ONE);
    const spares = (): readonly number[] =>
      opened.runtime
        .workers()
        .filter(({ role, pid }) => role === 'spare' && pid > 0)
        .map(({ pid }) => pid);
    const [before] = spares();
    opened.runtime.compile(opened.environment, [{ path: path.join(context.root, 'main.py'), digest: context.code['main.py'] ?? '' }]);
    await waitUntil('a new spare in place of the old one', () => spares().length === 1 && spares()[0] !== before);
    assert.equal((await launch(opened, ONE)).outcome.kind, 'succeeded');
  });

  it('forks ahead while tasks follow one another, and lets go of those spares afterwards', async () => {
    const opened = await open();
    await opened.runtime.warm(opened.environment, []);
    const spares = (): number => opened.runtime.workers().filter(({ role }) => role === 'spare').length;
    await waitUntil('more spares than one', async () => {
      assert.equal((await launch(opened, ONE)).outcome.kind, 'succeeded');
      return spares() > 1;
    });
    assert.ok(spares() <= 3, `${String(spares())} spares`);
    await waitUntil('one spare as before', () => spares() === 1);
  });

  it('fails a task when files have run out, and runs the next when there are some again', () => {
    const script = `ulimit -n 60; exec '${process.execPath}' '${STARVED}' '${folders.folder('state')}'`;
    const printed = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8', timeout: 60_000 });
    assert.deepEqual(printed.trim().split('\n'), ['failed worker-start-failed', 'failed worker-start-failed', 'succeeded']);
  });

  it('ends the warm environment unused for longest when there are too many', async () => {
    const { runtime, environment } = await open({ NUMBER: '0' }, { zygotes: 2 });
    const others = await Promise.all(
      ['1', '2'].map((number) => runtime.pin({ ...EMPTY_ENVIRONMENT, variables: { NUMBER: number } }, null)),
    );
    for (const one of [environment, ...others]) await runtime.warm(one, []);
    const environments = (): readonly string[] => [...new Set(runtime.workers().map((worker) => worker.environment))];
    assert.deepEqual(
      environments(),
      others.map(({ digest }) => digest),
    );
    assert.equal((await launch({ runtime, environment }, ONE)).observer.worker?.mode, 'cold');
  });

  it('refuses connections without a token', async () => {
    const opened = await open();
    await opened.runtime.warm(opened.environment, []);
    const source = `import glob, os, socket
def run():
    path = glob.glob(${JSON.stringify(path.join(folders.folder('state'), 'run', '*', 's'))})[0]
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.sendall(b'{"v":1,"method":"hello","params":{"token":"guess","stream":"control","pid":1,"parent":1}}\\n')
    return {"result": [s.recv(10).decode(), oct(os.stat(os.path.dirname(path)).st_mode & 0o777)]}
`;
    assert.deepEqual(toResult((await launch(opened, source)).outcome), ['', '0o700']);
  });

  it('resolves what runs when it is disposed, and leaves no process, socket or folder', async () => {
    const { runtime, environment } = await open();
    const observer = new RecordingObserver();
    const launched = runtime.launch({ environment, context: folders.task(DETACHED), preload: [], reuse: 'fork', observer }, never);
    await observer.until((heard) => heard.text('out').includes('ready'));
    const pids = [...runtime.workers().map((worker) => worker.pid), ...toPids(observer.text('out'))].filter((pid) => pid > 0);
    assert.ok(pids.length >= 3);
    await runtime.dispose();
    assert.equal((await launched).kind, 'lost');
    for (const pid of pids) assert.equal(isAlive(pid), false, String(pid));
    assert.deepEqual(readdirSync(path.join(folders.folder('state'), 'run')), []);
    const late = await runtime.launch({ environment, context: folders.task(ONE), preload: [], reuse: 'fork', observer }, never);
    assert.equal(late.kind, 'lost');
  });

  it('finds at its next start what an agent left that was killed, and nothing else', async () => {
    const state = folders.folder('state');
    const killed = await startAgent(state, DETACHED);
    const living = await startAgent(state, DETACHED);
    const other = await startAgent(folders.folder('other'), DETACHED);
    killed.child.kill('SIGKILL');
    await waitUntil('workers to end with their agent', () => killed.workers.every((pid) => !isAlive(pid)));
    assert.ok((await sweepLeftovers(state)) >= 1);
    for (const pid of killed.started) assert.equal(isAlive(pid), false, String(pid));
    for (const pid of [...living.workers, ...living.started, ...other.workers, ...other.started])
      assert.equal(isAlive(pid), true, String(pid));
    assert.equal(await sweepLeftovers(state), 0);
  });
});

interface Opened {
  readonly runtime: Runtime;
  readonly environment: PinnedEnvironment;
}

interface StartedAgent {
  readonly child: ChildProcess;
  readonly workers: readonly number[];
  /** processes that the task has printed */
  readonly started: readonly number[];
}

const ONE = 'def run():\n    return {"result": 1}\n';
const WAIT = 'import time\ndef run():\n    print("ready", flush=True)\n    time.sleep(600)\n';
const THREAD = 'import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n';
const DETACHED = `
import os, subprocess, time
def run():
    other = subprocess.Popen(["sleep", "600"], start_new_session=True)
    print(os.getpid(), other.pid, "ready", flush=True)
    time.sleep(600)
`;

function toPids(text: string): readonly number[] {
  return text
    .split(/\s+/)
    .filter((word) => /^\d+$/.test(word))
    .map(Number);
}

function toResult(outcome: Outcome): unknown {
  assert.equal(outcome.kind, 'succeeded', JSON.stringify(outcome));
  return outcome.kind === 'succeeded' ? JSON.parse(Buffer.from(outcome.outputs[0]?.data ?? '', 'base64').toString('utf8')) : undefined;
}
