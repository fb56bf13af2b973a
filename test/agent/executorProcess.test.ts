import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EMPTY_ENVIRONMENT } from '../../language/model/environment.ts';
import type { Digest } from '../../language/model/names.ts';
import { toUuid7 } from '../../rde-agent/protocol/clock.ts';
import type { RunDocument } from '../../rde-agent/protocol/documents.ts';
import type { PinnedEnvironment, PinnedStep, PinnedWorkflow } from '../../rde-agent/protocol/pinned.ts';
import type { SubmitRequest } from '../../rde-agent/protocol/roles.ts';
import { createProcessRuntime } from '../../rde-agent/runtimes/process/processRuntime.ts';
import type { Runtime } from '../../rde-agent/runtimes/runtime.ts';
import { blobsOf, libraryOf, stepOf, workflowOf, type StepSketch } from '../support/pinnedWorkflow.ts';
import { OWNER, RunRoleHarness, toLines } from '../support/runRole.ts';
import { isAlive } from '../support/runtimeHarness.ts';
import { silentLogger } from '../support/silentLogger.ts';
import { waitFor } from '../support/waitFor.ts';

const runnerFolder = fileURLToPath(new URL('../../rde-agent/runner/python', import.meta.url));
const SOURCE =
  'import random\nCOUNT = 0\ndef run():\n    global COUNT\n    COUNT += 1\n    print("hello")\n    return {"count": COUNT, "random": random.random()}\n';
const SUM = 'def run(in0: list):\n    return sum(item["count"] for item in in0)\n';

describe('executor over real Python processes', function () {
  this.timeout(120_000);
  let harness: RunRoleHarness;
  let runtime: Runtime;
  let environment: PinnedEnvironment;
  beforeEach(async () => {
    harness = new RunRoleHarness();
    const stateFolder = join(harness.folder, 'runtime');
    mkdirSync(stateFolder);
    runtime = createProcessRuntime({
      stateFolder,
      runnerFolder,
      logger: silentLogger,
      environment: process.env,
      newId: () => toUuid7(Date.now(), randomBytes(10)),
      clock: { now: () => new Date().toISOString(), monotonic: () => performance.now() / 1000 },
    });
    environment = await runtime.pin(EMPTY_ENVIRONMENT, null);
    await harness.open({ runtimes: { local: runtime } });
  });
  afterEach(async () => {
    await harness.close();
    await runtime.dispose();
    await harness.remove();
  });

  function toRequest(sketches: { readonly [step: string]: StepSketch }): SubmitRequest {
    const steps = Object.entries(sketches).map(([id, sketch]): PinnedStep => ({ ...stepOf(id, sketch), environment: environment.digest }));
    return harness.toRequest(sketches, { definition: workflowOf(steps, { environments: [environment] }), blobs: blobsOf(sketches) });
  }
  async function run(sketches: { readonly [step: string]: StepSketch }): ReturnType<RunRoleHarness['run']> {
    return harness.finished((await harness.role.submit(toRequest(sketches), OWNER)).run);
  }

  async function textOf(document: RunDocument, step: number): Promise<string> {
    const bytes = await harness.store.blobs.read(document.steps[step]?.outputs['out']?.digest as Digest);
    return Buffer.from(bytes ?? []).toString();
  }

  const FLOW = { one: { code: SOURCE }, two: { code: SOURCE, module: 'test/one', contract: { cache: { version: 2, salt: '' } } } };

  it('forks clean children of one zygote, keeps their logs, and reuses their results', async () => {
    const first = await run(FLOW);
    assert.deepEqual(toLines(first), ['one: succeeded executed', 'two: succeeded executed']);
    const workers = first.steps.map((step) => step.worker);
    assert.equal(new Set(workers.map((worker) => worker?.pid)).size, 2);
    assert.equal(new Set(workers.map((worker) => worker?.parent)).size, 1);
    const values = await Promise.all(
      first.steps.map(async (step) => {
        const bytes = await harness.store.blobs.read(step.outputs['out']?.digest as `sha256:${string}`);
        return JSON.parse(Buffer.from(bytes ?? []).toString()) as { readonly count: number; readonly random: number };
      }),
    );
    assert.deepEqual(
      values.map((value) => value.count),
      [1, 1],
    );
    assert.notEqual(values[0]?.random, values[1]?.random);
    const page = await harness.role.logs({ run: first.run, wait: false, limit: 10 }, OWNER, new AbortController().signal);
    assert.deepEqual(
      page.lines.map((line) => line.text),
      ['hello', 'hello'],
    );
    const second = await run(FLOW);
    assert.deepEqual(toLines(second), ['one: succeeded reused', 'two: succeeded reused']);
  });

  it('joins a fan-out, hands lists over, and trims tracebacks to the user’s code', async () => {
    const document = await run({
      each: { code: SOURCE.replace('run()', 'run(each)'), foreach: ['x', 'y'] },
      sum: { code: SUM, needs: ['each[*]'] },
    });
    assert.equal(document.state, 'succeeded', JSON.stringify(document.steps.map((step) => step.error)));
    const bytes = await harness.store.blobs.read(document.steps[2]?.outputs['out']?.digest as `sha256:${string}`);
    assert.equal(Buffer.from(bytes ?? []).toString(), '2');
    const failed = await run({ bad: { code: 'def run():\n    raise ValueError("no")\n' } });
    assert.deepEqual(
      [failed.steps[0]?.error?.code, failed.steps[0]?.error?.file, failed.steps[0]?.error?.line],
      ['user-error', 'main.py', 2],
    );
  });

  it('hands directories, files and big values from task to task by digest', async () => {
    const folder = { kind: 'directory' } as const;
    const write =
      'import os\ndef run():\n    path = os.path.join(os.environ["TMPDIR"], "d")\n    os.makedirs(path + "/sub")\n    open(path + "/a.txt", "w").write("a" * 100000)\n    open(path + "/sub/b.txt", "w").write("b")\n    return path\n';
    const read =
      'from pathlib import Path\ndef run(in0: Path):\n    return {str(p.relative_to(in0)): p.stat().st_size for p in sorted(in0.rglob("*")) if p.is_file()}\n';
    const document = await run({
      write: { code: write, contract: { outputs: [{ name: 'out', type: folder, addLabels: [] }] } },
      read: { code: read, needs: ['write'], contract: { inputs: [{ name: 'in0', type: folder }] } },
      big: { code: 'def run():\n    return ["x" * 1000] * 300\n' },
      count: { code: 'def run(in0):\n    return len(in0)\n', needs: ['big'] },
    });
    assert.equal(document.state, 'succeeded', JSON.stringify(document.steps.map((step) => step.error)));
    assert.equal(await textOf(document, 1), '{"a.txt":100000,"sub/b.txt":1}');
    assert.equal(await textOf(document, 3), '300');
  });

  it('lives through modules that misbehave, and publishes nothing of theirs', async () => {
    const codes = {
      nothing: 'def run():\n    return None\n',
      raises: 'def run():\n    raise RuntimeError("no")\n',
      leaves: 'import os\ndef run():\n    os._exit(3)\n',
      entry: 'def other():\n    pass\n',
      syntax: 'def run(:\n',
      missing: 'import not_there\ndef run():\n    return 1\n',
    };
    const document = await run(
      Object.fromEntries(
        Object.entries(codes).map(([id, code]) => [id, { code, changes: { retry: { attempts: 1, backoff: 0, on: [] } } }]),
      ),
    );
    assert.equal(document.state, 'failed');
    assert.ok(
      document.steps.slice(1).every((step) => step.state === 'failed' && step.error !== null && Object.keys(step.outputs).length === 0),
    );
    assert.deepEqual(
      document.steps.slice(1).map((step) => step.error?.code),
      ['user-error', 'killed', 'entry-missing', 'user-error', 'import-failed'],
    );
    assert.deepEqual(toLines(await run({ fine: { code: 'def run():\n    return 1\n' } })), ['fine: succeeded executed']);
  });

  it('follows logs while a task runs, and ends when the run has ended', async () => {
    const code =
      'import os, time\ndef run():\n    print("first", flush=True)\n    while not os.path.exists(os.environ["GO"]):\n        time.sleep(0.01)\n    print("second")\n    return 1\n';
    const go = join(harness.folder, 'go');
    environment = await runtime.pin({ ...EMPTY_ENVIRONMENT, variables: { GO: go } }, null);
    const { run: id } = await harness.role.submit(toRequest({ slow: { code } }), OWNER);
    const lines: string[] = [];
    let after: string | undefined;
    for (let done = false; !done;) {
      const page = await harness.role.logs(
        { run: id, wait: true, limit: 10, ...(after === undefined ? {} : { after }) },
        OWNER,
        new AbortController().signal,
      );
      lines.push(...page.lines.map((line) => line.text));
      if (lines.length === 1) writeFileSync(go, '');
      ({ after, done } = page);
    }
    assert.deepEqual(lines, ['first', 'second']);
  });

  it('stops the process of a cancelled task', async () => {
    const request = toRequest({ slow: { code: 'import time\ndef run():\n    while True:\n        time.sleep(60)\n' } });
    const { run: id } = await harness.role.submit(request, OWNER);
    const pid = await waitFor('the task has a process', () => harness.role.view(id, OWNER)?.view.tasks['slow']?.worker?.pid);
    assert.equal((await harness.role.cancel(id, 'cancel-it', OWNER)).state, 'cancelled');
    assert.equal(isAlive(pid), false);
    assert.deepEqual(toLines(await harness.finished(id)), ['slow: cancelled executed']);
  });

  it('lays libraries beside the module, imports them by name, and places errors in them', async () => {
    const library = libraryOf('test/text-lib', {
      '__init__.py': 'from .words import count\n',
      'words.py': 'def count(text):\n    return len(text.split())\n',
    });
    const request = toRequest({ use: { code: 'import text_lib\ndef run():\n    return text_lib.count("one two")\n' } });
    const withLibrary = (definition: PinnedWorkflow): PinnedWorkflow => ({
      ...definition,
      steps: definition.steps.map((step) => ({
        ...step,
        libraries: [{ name: 'test/text-lib', artifact: library.digest, folder: 'libraries/text-lib' }],
      })),
    });
    const submit = async (each: SubmitRequest): Promise<RunDocument> => {
      const blobs = [...each.blobs, ...library.blobs];
      return harness.finished((await harness.role.submit({ ...each, definition: withLibrary(each.definition), blobs }, OWNER)).run);
    };
    const document = await submit(request);
    assert.equal(document.state, 'succeeded', JSON.stringify(document.steps[0]?.error));
    assert.equal(await textOf(document, 0), '2');
    const failed = await submit(toRequest({ use: { code: 'import text_lib\ndef run():\n    return text_lib.count(None)\n' } }));
    assert.deepEqual([failed.steps[0]?.error?.file, failed.steps[0]?.error?.line], ['libraries/text-lib/words.py', 2]);
  });

  it('F33: a task that ignores SIGTERM is ended after the grace, and the run ends once', async () => {
    const code =
      'import signal, time\ndef run():\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    print("deaf", flush=True)\n    while True:\n        time.sleep(60)\n';
    const { run: id } = await harness.role.submit(toRequest({ deaf: { code } }), OWNER);
    const read = (): Promise<{ readonly lines: readonly unknown[] }> =>
      harness.role.logs({ run: id, wait: false, limit: 10 }, OWNER, new AbortController().signal);
    await waitFor('it is deaf', async () => (await read()).lines.length === 1);
    const pid = harness.role.view(id, OWNER)?.view.tasks['deaf']?.worker?.pid ?? 0;
    assert.equal((await harness.role.cancel(id, 'cancel-it', OWNER)).state, 'cancelled');
    assert.equal(isAlive(pid), false);
    assert.equal(harness.role.events(id, 0, OWNER).filter(({ event }) => event.type === 'run.finished').length, 1);
  });

  it('F15: exit 0 without an answer, and outputs that are missing or too many, fail and are not cached', async () => {
    const two = { outputs: ['out', 'more'].map((name) => ({ name, type: { kind: 'json' } as const, addLabels: [] })) };
    const sketches = {
      leaves: { code: 'import os\ndef run():\n    os._exit(0)\n' },
      lacks: { code: 'def run():\n    return {"out": 1}\n', contract: two },
      adds: { code: 'def run():\n    return {"out": 1, "more": 2, "extra": 3}\n', contract: two },
    };
    const once = { retry: { attempts: 1, backoff: 0, on: [] } };
    const document = await run(Object.fromEntries(Object.entries(sketches).map(([id, sketch]) => [id, { ...sketch, changes: once }])));
    assert.ok(
      document.steps.every((step) => step.state === 'failed' && Object.keys(step.outputs).length === 0),
      JSON.stringify(toLines(document)),
    );
    assert.deepEqual(
      document.steps.map((step) => step.error?.code),
      ['killed', 'output-missing', 'output-unexpected'],
    );
    for (const id of Object.keys(sketches)) assert.equal(harness.store.projections.recentEntries(`test/${id}`, id, 9).length, 0);
  });

  it('F36: a module that takes its worker down at every start is tried no more, and others go on', async () => {
    const retry = { attempts: 10, backoff: 0, on: ['infrastructure' as const] };
    const document = await run({
      poison: { code: 'import os\nos.kill(os.getpid(), 9)\ndef run(each):\n    return 1\n', foreach: [1, 2, 3, 4], changes: { retry } },
      fine: { code: 'def run(each):\n    return each\n', foreach: [1, 2, 3, 4] },
    });
    const poisoned = document.steps.filter((step) => step.module === 'test/poison');
    assert.ok(
      poisoned.every((step) => step.error?.code === 'quarantined'),
      JSON.stringify(poisoned.map((step) => step.error)),
    );
    assert.ok(poisoned.reduce((sum, step) => sum + step.attempts, 0) <= 5);
    assert.ok(document.steps.filter((step) => step.module === 'test/fine').every((step) => step.state === 'succeeded'));
  });

  it('keeps an interpreter for a module that asks for it: a fan-out runs as a batch, failures alone are tried again', async () => {
    const code =
      'import os\nSEEN = []\ndef run(each):\n    SEEN.append(each)\n    if each == 7 and SEEN.count(7) == 1 and not os.path.exists(os.environ["ONCE"]):\n        open(os.environ["ONCE"], "w").close()\n        raise ValueError("seven")\n    return [each, len(SEEN)]\n';
    environment = await runtime.pin({ ...EMPTY_ENVIRONMENT, variables: { ONCE: join(harness.folder, 'once') } }, null);
    const elements = Array.from({ length: 40 }, (_, index) => index);
    const list = { kind: 'list', of: { kind: 'json' } } as const;
    const retry = { attempts: 2, backoff: 0, on: ['user' as const] };
    const document = await run({
      each: { code, foreach: elements, contract: { reuse: 'worker', params: [{ name: 'each', type: 'json' }] }, changes: { retry } },
      join: {
        code: 'def run(in0: list):\n    return [item[0] for item in in0]\n',
        needs: ['each[*]'],
        contract: { inputs: [{ name: 'in0', type: list }] },
      },
    });
    assert.equal(document.state, 'succeeded', JSON.stringify(document.steps.find((step) => step.error !== null)));
    assert.equal(await textOf(document, 40), JSON.stringify(elements), 'in foreach order');
    assert.deepEqual(
      document.steps.filter((step) => step.attempts !== 1).map((step) => `${step.step} ${String(step.attempts)}`),
      ['each[7] 2'],
    );
    const events = harness.role.events(document.run, 0, OWNER).map(({ event }) => event);
    assert.ok(events.filter((event) => event.type === 'tasks.ran').length < 40, 'many in one record');
    assert.ok(document.steps.slice(0, 40).every((step) => step.worker?.mode === 'kept'));
  });
});
