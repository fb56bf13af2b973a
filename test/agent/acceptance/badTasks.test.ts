import assert from 'node:assert/strict';
import type { RunStepDocument } from '../../../rde-agent/protocol/documents.ts';
import { listProcessesOf } from '../../support/agent.ts';
import { waitFor } from '../../support/waitFor.ts';
import { findStep, Home, Studio, toModule, toOutcomes } from './studio.ts';

const RETURN = '\n    return {"out": 1}\n';
const GOOD = `def run():${RETURN}`;

interface Case {
  readonly title: string;
  readonly code: string;
  readonly error: string;
  readonly message: RegExp;
  readonly line?: number;
  /** further lines of the step */
  readonly step?: string;
}

/** What user code can do to its own process. Each fails its step alone, with a cause and, where there is one, the line. */
const CASES: readonly Case[] = [
  {
    title: 'returns nothing',
    code: 'def run():\n    nothing = None\n    return nothing\n',
    error: 'output-missing',
    message: /'out' is missing/,
  },
  {
    title: 'returns what JSON cannot say',
    code: 'def run():\n    return {"out": object()}\n',
    error: 'output-wrong',
    message: /'out'.*object/,
  },
  { title: 'returns NaN as JSON', code: 'def run():\n    return {"out": float("nan")}\n', error: 'output-wrong', message: /'out'.*nan/ },
  {
    title: 'raises in a helper',
    code: `def run():\n    helper()${RETURN}\n\ndef helper():\n    raise ValueError("no luck")\n`,
    error: 'user-error',
    message: /ValueError: no luck/,
    line: 7,
  },
  {
    title: 'raises what cannot be shown',
    code: `class Odd(Exception):\n    def __str__(self):\n        raise KeyError\n\ndef run():\n    raise Odd()${RETURN}`,
    error: 'user-error',
    message: /Odd/,
    line: 6,
  },
  {
    title: 'imports what is not there',
    code: `import no_such_package\n\ndef run():${RETURN}`,
    error: 'import-failed',
    message: /no_such_package.*lock/s,
    line: 1,
  },
  { title: 'is not Python', code: 'def run(:\n', error: 'user-error', message: /SyntaxError/, line: 1 },
  {
    title: 'calls sys.exit',
    code: `import sys\n\ndef run():\n    sys.exit(0)${RETURN}`,
    error: 'user-error',
    message: /SystemExit.*must return/,
    line: 4,
  },
  {
    title: 'calls os._exit(0)',
    code: `import os\n\ndef run():\n    os._exit(0)${RETURN}`,
    error: 'killed',
    message: /code 0 before it had answered/,
  },
  {
    title: 'calls os._exit(3)',
    code: `import os\n\ndef run():\n    os._exit(3)${RETURN}`,
    error: 'killed',
    message: /code 3 before it had answered/,
  },
  {
    title: 'is killed by SIGKILL',
    code: `import os, signal\n\ndef run():\n    os.kill(os.getpid(), signal.SIGKILL)${RETURN}`,
    error: 'killed',
    message: /SIGKILL/,
    step: 'retry: { attempts: 1 }',
  },
  {
    title: 'crashes in native code',
    code: `import os, signal\n\ndef run():\n    os.kill(os.getpid(), signal.SIGSEGV)${RETURN}`,
    error: 'killed',
    message: /SIGSEGV/,
    step: 'retry: { attempts: 1 }',
  },
  { title: 'recurses without end', code: 'def run():\n    return run()\n', error: 'user-error', message: /RecursionError/, line: 2 },
  {
    title: 'loops for ever',
    code: `def run():\n    while True:\n        pass${RETURN}`,
    error: 'timeout',
    message: /timeout of 1 s/,
    step: 'timeout: 1s',
  },
];

describe('acceptance: bad tasks', function () {
  this.timeout(60_000);
  let home: Home;
  let studio: Studio;
  before(() => {
    home = new Home();
    studio = new Studio(home);
    studio.write({ ...toModule('bad/below', { code: 'def run(value):\n    return {"out": value}\n', inputs: '{ value: json }' }) });
  });
  after(async () => {
    studio.dispose();
    await home.dispose();
  });

  async function fail({ code, step = '' }: Pick<Case, 'code' | 'step'>): Promise<RunStepDocument> {
    studio.write(toModule('bad/task', { code }));
    studio.write({
      'workflows/bad.workflow.yaml': `workflow: bad/bad\nsteps:\n  task:\n    module: bad/task\n    ${step}\n  below:\n    module: bad/below\n    in: { value: task }\n`,
    });
    const { code: exit, out, err } = await studio.cairn(['run', '--json']);
    assert.equal(exit, 1, err);
    const document = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Awaited<ReturnType<Studio['run']>>;
    assert.equal(document.state, 'failed');
    assert.deepEqual(toOutcomes(document), { task: 'failed', below: 'skipped' });
    return findStep(document, 'task');
  }

  for (const one of CASES) {
    it(`a task that ${one.title} fails with a cause, publishes nothing, and the next run works`, async () => {
      const task = await fail(one);
      assert.equal(task.error?.code, one.error);
      assert.match(task.error.message, one.message);
      assert.deepEqual(task.outputs, {});
      if (one.line !== undefined) assert.deepEqual([task.error.file, task.error.line], ['modules/bad/task/main.py', one.line]);
      const again = await studio.plan();
      assert.equal(again.steps[0]?.decision, 'miss');
    });
  }

  it('the agent lives, and right code runs', async () => {
    studio.write(toModule('bad/task', { code: GOOD }));
    studio.write({ 'workflows/bad.workflow.yaml': 'workflow: bad/bad\nsteps:\n  task: { module: bad/task }\n' });
    assert.equal((await studio.run()).state, 'succeeded');
  });

  it('retries what was not the fault of the code, and says how often', async () => {
    const task = await fail({
      code: `import os, signal\n\ndef run():\n    os.kill(os.getpid(), signal.SIGKILL)  # twice${RETURN}`,
      step: 'retry: { attempts: 2, backoff: 10ms }',
    });
    assert.equal(task.attempts, 2);
    const { out } = await studio.cairn(['run']);
    assert.match(out, /2 attempts/);
  });

  it('a task that prints 5 MB succeeds, with every byte in its log', async () => {
    studio.write(
      toModule('bad/task', { code: `def run():\n    for number in range(5000):\n        print(f"{number:04} " + "x" * 994)${RETURN}` }),
    );
    studio.write({ 'workflows/bad.workflow.yaml': 'workflow: bad/bad\nsteps:\n  task: { module: bad/task }\n' });
    const { run, state } = await studio.run();
    assert.equal(state, 'succeeded');
    const { out } = await studio.cairn(['logs', run]);
    const lines = out.trimEnd().split('\n');
    assert.deepEqual([lines.length, lines[0]?.slice(0, 10), lines.at(-1)?.slice(0, 10)], [5000, 'task| 0000', 'task| 4999']);
  });

  it('a task that leaves children behind takes them with it', async () => {
    studio.write(
      toModule('bad/task', {
        code: `import subprocess\n\ndef run():\n    pids = [subprocess.Popen(["sleep", "600"], start_new_session=new).pid for new in (False, True)]\n    return {"out": pids}\n`,
      }),
    );
    assert.equal((await studio.run()).state, 'succeeded');
    await waitFor('no sleep is left', () => !listProcessesOf(home.stateFolder).some((line) => line.includes('sleep 600')));
  });
});
