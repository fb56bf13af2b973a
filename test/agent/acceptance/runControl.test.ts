import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentStatusDocument, RunDocument, RunsDocument } from '../../../rde-agent/protocol/documents.ts';
import { waitFor } from '../../support/waitFor.ts';
import { findStep, Home, Studio, toModule } from './studio.ts';

/** Tells when it has begun and by which processes, then does what its mode says until `go-<name>` is there. */
const TASK = `import os
import signal
import subprocess
import sys
import time
from pathlib import Path

CHILD = """import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.setsid()
if os.fork() == 0:
    with open(sys.argv[1] + ".part", "w") as file:
        file.write(str(os.getpid()))
    os.rename(sys.argv[1] + ".part", sys.argv[1])
time.sleep(600)
"""


def run(name: str, folder: str, mode: str = ""):
    tries = Path(folder, "tries-" + name)
    count = len(tries.read_text()) + 1 if tries.exists() else 1
    tries.write_text("x" * count)
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen([sys.executable, "-c", CHILD, str(Path(folder, "child-" + name))])
        while not Path(folder, "child-" + name).exists():
            time.sleep(0.01)
    if mode == "fail":
        raise ValueError("boom")
    if mode == "killed once" and count == 1:
        os.kill(os.getpid(), 9)
    Path(folder, "began-" + name).write_text(str(os.getpid()))
    while mode in ("hold", "stubborn") and not Path(folder, "go-" + name).exists():
        time.sleep(0.02)
    with open(Path(folder, "order"), "a") as order:
        order.write(name)
    return {"out": name}
`;

const PICK = 'def run(values: list):\n    return {"out": values}\n';

const toStep = (name: string, mode = '', more = ''): string =>
  `  ${name}: { module: acc/task, params: { name: ${name}, folder: '\${params.folder}', mode: '${mode}' }${more} }\n`;

const toWorkflow = (name: string, steps: string, more = ''): { readonly [path: string]: string } => ({
  [`workflows/${name}.workflow.yaml`]: `workflow: acc/${name}\nparams:\n  folder: { type: string }\nsteps:\n${steps}${more}`,
});

const isGone = (pid: number): boolean => {
  try {
    return / \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
};

describe('acceptance: what ends, waits and is tried again', function () {
  this.timeout(60_000);
  let home: Home;
  let studio: Studio;
  let folder: string;
  before(() => {
    home = new Home();
    const params = '{ name: string, folder: string, mode: { type: string, default: "" } }';
    const pick = (join: string): string => `  pick: { module: acc/pick, in: { values: [a, b, c] }, join: ${join} }\n`;
    studio = new Studio(home, {
      ...toModule('acc/task', { code: TASK, params, more: 'determinism: external\n' }),
      ...toModule('acc/pick', { code: PICK, inputs: '{ values: { list: json } }' }),
      ...toWorkflow('any', toStep('a') + toStep('b', 'stubborn') + toStep('c', 'fail') + pick('any')),
      ...toWorkflow('quorum', toStep('a') + toStep('b') + toStep('c', 'fail') + pick('quorum(2)')),
      ...toWorkflow('missed', toStep('a') + toStep('b', 'fail') + toStep('c', 'fail') + pick('quorum(2)')),
      ...toWorkflow('line', toStep('one', 'hold'), 'concurrency: { runs: 1 }\n'),
      ...toWorkflow('killed', toStep('one', 'killed once', ', retry: { attempts: 3, backoff: 10ms, on: [infrastructure] }')),
      ...toWorkflow('wrong', toStep('one', 'fail', ', retry: { attempts: 3, backoff: 10ms, on: [infrastructure] }')),
      ...toWorkflow('tried', toStep('one', 'fail', ', retry: { attempts: 3, backoff: 10ms, on: [user] }')),
    });
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-control-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  after(async () => {
    studio.dispose();
    await home.dispose();
  });

  const run = (name: string): Promise<RunDocument> => studio.run(`acc/${name}`, '--param', `folder=${folder}`);
  const show = async (id: string): Promise<RunDocument> => JSON.parse((await studio.cairn(['show', id, '--json'])).out) as RunDocument;
  const start = async (name: string): Promise<string> =>
    (JSON.parse((await studio.cairn(['run', `acc/${name}`, '--param', `folder=${folder}`, '--detach', '--json'])).out) as RunDocument).run;
  const told = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const ended = async (id: string): Promise<RunDocument> => {
    await waitFor('the run ends', async () => !['queued', 'running'].includes((await show(id)).state));
    return show(id);
  };

  it('join any ends what is not needed any more, with all of its processes', async () => {
    const document = await run('any');
    assert.equal(document.state, 'succeeded');
    assert.equal(findStep(document, 'pick').state, 'succeeded');
    assert.ok(['cancelled', 'skipped'].includes(findStep(document, 'b').state), 'b is not needed');
    const pids = ['began-b', 'child-b'].filter((name) => existsSync(join(folder, name))).map((name) => Number(told(name)));
    await waitFor('its processes are gone', () => pids.every(isGone));
    assert.deepEqual(await show(document.run), document, 'the last line of a run is what show answers');
  });

  it('a quorum does without the one that failed, and not without two', async () => {
    const enough = await run('quorum');
    assert.deepEqual([enough.state, findStep(enough, 'pick').state], ['succeeded', 'succeeded']);
    assert.ok(['failed', 'cancelled'].includes(findStep(enough, 'c').state), 'it fails, or is not needed any more before');
    const missed = await run('missed');
    assert.deepEqual([missed.state, findStep(missed, 'a').state, findStep(missed, 'pick').state], ['failed', 'succeeded', 'skipped']);
  });

  it('attempts are counted as they were, and only the named classes are tried again', async () => {
    const outcomes: (readonly [string, number, number])[] = [];
    for (const name of ['killed', 'wrong', 'tried']) {
      rmSync(join(folder, 'tries-one'), { force: true });
      const document = await run(name);
      outcomes.push([document.state, findStep(document, 'one').attempts, told('tries-one').length]);
    }
    assert.deepEqual(outcomes, [
      ['succeeded', 2, 2],
      ['failed', 1, 1],
      ['failed', 3, 3],
    ]);
  });

  it('a cancel ends a task that ignores SIGTERM and what it has forked', async () => {
    studio.write(toWorkflow('stubborn', toStep('one', 'stubborn')));
    const id = await start('stubborn');
    await waitFor('it has begun', () => existsSync(join(folder, 'began-one')));
    const { code } = await studio.cairn(['cancel', id, '--json']);
    assert.equal(code, 0);
    const document = await ended(id);
    assert.deepEqual([document.state, findStep(document, 'one').state], ['cancelled', 'cancelled']);
    await waitFor('its processes are gone', () => isGone(Number(told('began-one'))) && isGone(Number(told('child-one'))));
  });

  it('runs of a workflow that runs one at a time wait in line, through kill -9 too', async () => {
    const first = await start('line');
    const second = await start('line');
    const third = await start('line');
    const states = (): Promise<readonly string[]> => Promise.all([first, second, third].map(async (id) => (await show(id)).state));
    await waitFor('the first has begun', () => existsSync(join(folder, 'began-one')));
    assert.deepEqual(await states(), ['running', 'queued', 'queued']);
    const status = JSON.parse((await studio.cairn(['agent', 'status', '--json'])).out) as AgentStatusDocument;
    process.kill(status.pid, 'SIGKILL');
    await waitFor('the agent is gone', () => isGone(status.pid));
    assert.deepEqual(await states(), ['running', 'queued', 'queued'], 'the next command starts it again');
    await studio.cairn(['cancel', second]);
    assert.equal((await show(second)).state, 'cancelled');
    writeFileSync(join(folder, 'go-one'), '');
    const ends = await Promise.all([ended(first), ended(second), ended(third)]);
    assert.deepEqual(
      ends.map(({ state }) => state),
      ['succeeded', 'cancelled', 'succeeded'],
    );
    assert.equal(told('order'), 'oneone', 'each of the two has done its work once');
    const { runs } = JSON.parse((await studio.cairn(['runs', '--workflow', 'acc/line', '--json'])).out) as RunsDocument;
    assert.deepEqual(
      runs.map((each) => each.run),
      [third, second, first],
    );
  });
});
