import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunStepDocument } from '../../../rde-agent/protocol/documents.ts';
import { prepareOrSkip, toDataEnvironment } from './dataEnvironment.ts';
import { findStep, Home, Studio, toModule } from './studio.ts';

/** Writes what it saw into a file of its own, sets a global of its module, of the interpreter and of the process. */
const LOOK = `import json
import os
import random
import sys
from pathlib import Path

SEEN = []


def run(name: str, folder: str):
    found = {"seen": list(SEEN), "flag": hasattr(sys, "cairn_flag"), "variable": os.environ.get("CAIRN_FLAG"), "cwd": os.getcwd()}
    SEEN.append(name)
    sys.cairn_flag = name
    os.environ["CAIRN_FLAG"] = name
    random_numbers = [random.random()]
    if "numpy" in sys.modules or EXPECT_NUMPY:
        import numpy

        random_numbers += [numpy.random.rand(), numpy.random.default_rng().random()]
    found |= {"pid": os.getpid(), "parent": os.getppid(), "numbers": random_numbers, "preloaded": "pandas" in PRELOADED}
    Path(folder, name).write_text(json.dumps(found))
    return {"out": found}


EXPECT_NUMPY = False
PRELOADED = list(sys.modules)
`;

const WORKFLOW = `workflow: hot/look
params:
  folder: { type: string }
steps:
  look:
    module: hot/look
    foreach: { name: [a, b, c, d] }
    params: { name: '\${foreach.name}', folder: '\${params.folder}' }
`;

interface Seen {
  readonly seen: readonly string[];
  readonly flag: boolean;
  readonly variable: string | null;
  readonly cwd: string;
  readonly pid: number;
  readonly parent: number;
  readonly numbers: readonly number[];
  readonly preloaded: boolean;
}

const NAMES = ['a', 'b', 'c', 'd'] as const;

describe('acceptance: hot workers', function () {
  this.timeout(120_000);
  let home: Home;
  let studio: Studio;
  before(() => {
    home = new Home();
    studio = new Studio(home, { ...toDataEnvironment(), 'workflows/look.workflow.yaml': WORKFLOW });
  });
  after(async () => {
    studio.dispose();
    await home.dispose();
  });

  /** What each of four tasks of one environment saw, and what the records say of it. */
  async function look(code: string, more: string): Promise<readonly { readonly seen: Seen; readonly step: RunStepDocument }[]> {
    const params = '{ name: string, folder: string }';
    studio.write(toModule('hot/look', { code, params, more: `determinism: external\n${more}` }));
    const run = await studio.run('--force', '--param', `folder=${home.stateFolder}`);
    assert.equal(run.state, 'succeeded', JSON.stringify(run.steps.map((step) => step.error)));
    return NAMES.map((name) => {
      const path = join(home.stateFolder, name);
      assert.ok(existsSync(path));
      const seen = JSON.parse(readFileSync(path, 'utf8')) as Seen;
      rmSync(path);
      return { seen, step: findStep(run, `look[${name}]`) };
    });
  }

  function assertHot(tasks: Awaited<ReturnType<typeof look>>): void {
    assert.equal(new Set(tasks.map(({ seen }) => seen.pid)).size, NAMES.length, 'every task has a process of its own');
    assert.equal(new Set(tasks.map(({ seen }) => seen.parent)).size, 1, 'all of one zygote');
    for (const { seen, step } of tasks) {
      assert.deepEqual([step.worker?.pid, step.worker?.parent], [seen.pid, seen.parent], 'the record says the truth');
      assert.deepEqual([seen.seen, seen.flag, seen.variable], [[], false, null], 'no task sees what another did');
    }
    const numbers = tasks.flatMap(({ seen }) => seen.numbers);
    assert.equal(new Set(numbers).size, numbers.length, 'no two tasks draw the same numbers');
  }

  it('are forked from one zygote, alone and clean', async () => {
    const tasks = await look(LOOK, '');
    assertHot(tasks);
    const modes = tasks.map(({ step }) => step.worker?.mode);
    assert.ok(modes.includes('forked') && modes.every((mode) => mode === 'forked' || mode === 'cold'), modes.join());
    const again = await look(LOOK, '');
    assertHot(again);
    assert.deepEqual(new Set(again.map(({ step }) => step.worker?.mode)), new Set(['forked']));
    assert.equal(again[0]?.seen.parent, tasks[0]?.seen.parent, 'the zygote has stayed');
  });

  it('have their packages imported already, and np.random differs between them', async function () {
    await prepareOrSkip(this, studio);
    const tasks = await look(LOOK.replace('EXPECT_NUMPY = False', 'EXPECT_NUMPY = True'), 'environment: data\npreload: [pandas]\n');
    assertHot(tasks);
    assert.deepEqual(
      tasks.map(({ seen }) => [seen.preloaded, seen.numbers.length]),
      NAMES.map(() => [true, 3]),
    );
  });
});
