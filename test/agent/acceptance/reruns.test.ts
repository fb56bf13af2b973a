import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentStatusDocument, ErrorDocument, PlanDocument, RunDocument, RunsDocument } from '../../../rde-agent/protocol/documents.ts';
import type { CliResult } from '../../support/cli.ts';
import { waitFor } from '../../support/waitFor.ts';
import { findStep, Home, Studio, toModule, toOutcomes } from './studio.ts';

const LOAD = 'import time\n\n\ndef run(n: int):\n    print("load", n)\n    return {"out": [n, time.time_ns()]}\n';
const ADD = `from pathlib import Path


def run(x: list, folder: str):
    if Path(folder, "down").exists():
        raise RuntimeError("down")
    return {"out": [*x, "added"]}
`;
const LAST = 'def run(x: list):\n    print("last", len(x))\n    return {"out": x}\n';
const HOLD = `import time
from pathlib import Path


def run(x: list, folder: str):
    with open(Path(folder, "tries"), "a") as tries:
        tries.write("x")
    print("holds", x[0])
    while not Path(folder, "go").exists():
        time.sleep(0.02)
    return {"out": x}
`;

const FLOW = `workflow: re/flow
params:
  n: { type: int, default: 1 }
  folder: { type: string }
steps:
  load: { module: re/load, params: { n: '\${params.n}' } }
  add: { module: re/add, in: { x: load }, params: { folder: '\${params.folder}' } }
  last: { module: re/last, in: { x: add } }
`;
const INNER = `workflow: re/inner
params:
  folder: { type: string }
inputs: { x: json }
steps:
  hold: { module: re/hold, in: { x: inputs.x }, params: { folder: '\${params.folder}' } }
outputs: { out: hold.out }
`;
const MIDDLE = `workflow: re/middle
params:
  folder: { type: string }
inputs: { x: json }
steps:
  deep: { workflow: re/inner, in: { x: inputs.x }, params: { folder: '\${params.folder}' } }
  after: { module: re/last, in: { x: deep } }
outputs: { out: after.out }
`;
const OUTER = `workflow: re/outer
params:
  n: { type: int, default: 1 }
  folder: { type: string }
steps:
  load: { module: re/stable, params: { n: '\${params.n}' } }
  inside: { workflow: re/middle, in: { x: load }, params: { folder: '\${params.folder}' } }
  last: { module: re/last, in: { x: inside } }
`;

describe('acceptance: runs again, and runs in runs', function () {
  this.timeout(60_000);
  let home: Home;
  let studio: Studio;
  let folder: string;
  before(() => {
    home = new Home();
    studio = new Studio(home, {
      ...toModule('re/load', { code: LOAD, params: '{ n: int }', more: 'determinism: external\n' }),
      ...toModule('re/stable', { code: 'def run(n: int):\n    return {"out": [n]}\n', params: '{ n: int }' }),
      ...toModule('re/add', { code: ADD, inputs: '{ x: json }', params: '{ folder: string }' }),
      ...toModule('re/last', { code: LAST, inputs: '{ x: json }' }),
      ...toModule('re/hold', { code: HOLD, inputs: '{ x: json }', params: '{ folder: string }' }),
      'workflows/flow.workflow.yaml': FLOW,
      'workflows/inner.workflow.yaml': INNER,
      'workflows/middle.workflow.yaml': MIDDLE,
      'workflows/outer.workflow.yaml': OUTER,
    });
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-reruns-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  after(async () => {
    studio.dispose();
    await home.dispose();
  });

  const read = <T>({ out, err }: CliResult): T => {
    const last = out.trimEnd().split('\n').at(-1) ?? '';
    assert.notEqual(last, '', err);
    return JSON.parse(last) as T;
  };
  const ask = async <T>(...argv: readonly string[]): Promise<T> => read<T>(await studio.cairn([...argv, '--json']));
  const refusal = async (...argv: readonly string[]): Promise<readonly [number | null, string]> => {
    const { code, out, err } = await studio.cairn([...argv, '--json']);
    assert.equal(out, '');
    const { error } = JSON.parse(err.trimEnd().split('\n').at(-1) ?? '') as ErrorDocument;
    assert.notEqual(error.next, '');
    return [code, error.code];
  };

  it('rerun --from takes what is above from a failed run, though it could not be reused', async () => {
    writeFileSync(join(folder, 'down'), '');
    const failed = await studio.run('re/flow', '--param', `folder=${folder}`);
    assert.deepEqual(toOutcomes(failed), { load: 'executed', add: 'failed', last: 'skipped' });
    assert.deepEqual(await refusal('rerun', failed.run, '--from', 'last'), [2, 'invalid-request'], 'add has no result there');
    rmSync(join(folder, 'down'));
    const again = await ask<RunDocument>('rerun', failed.run, '--from', 'add');
    assert.deepEqual(toOutcomes(again), { load: 'reused', add: 'executed', last: 'executed' });
    assert.deepEqual(findStep(again, 'load').outputs, findStep(failed, 'load').outputs);
    assert.deepEqual(await refusal('rerun', again.run, '--from', 'last', '--param', 'n=2'), [2, 'invalid-request'], 'load reads n');
    studio.write(toModule('re/last', { code: LAST.replace('"last"', '"edited"'), inputs: '{ x: json }' }));
    const pinned = await ask<RunDocument>('rerun', again.run, '--from', 'last');
    assert.deepEqual(await studio.logs(pinned.run, 'last'), ['last 3'], 'the code of that run, whatever is on disk');
    const other = await ask<RunDocument>('clone', again.run, '--param', 'n=7');
    assert.deepEqual([await studio.logs(other.run, 'load'), await studio.logs(other.run, 'last')], [['load 7'], ['last 3']]);
  });

  it('what is asked for wrongly is refused, and makes no run', async () => {
    const { run } = await studio.run('re/flow', '--param', `folder=${folder}`);
    const before = (await ask<RunsDocument>('runs', '--limit', '100')).runs.length;
    for (const command of ['rerun', 'clone']) {
      for (const param of ['n=x', 'n=1.5', 'nothing=1', 'n'])
        assert.equal((await refusal(command, run, '--param', param))[0], 2, `${command} ${param}`);
    }
    assert.deepEqual(await refusal('rerun', run, '--from', 'nothing'), [2, 'unknown-step']);
    assert.deepEqual(await refusal('rerun', 'nothing'), [2, 'unknown-run']);
    assert.deepEqual(await refusal('trigger', 're/flow'), [2, 'unknown-workflow'], 'it was not pushed');
    assert.equal((await ask<RunsDocument>('runs', '--limit', '100')).runs.length, before);
  });

  it('runs in runs are followed by their paths, survive kill -9, and end with their parent', async () => {
    const argv = ['run', 're/outer', '--param', `folder=${folder}`, '--detach'];
    const { run } = await ask<RunDocument>(...argv);
    const show = (id: string): Promise<RunDocument> => ask<RunDocument>('show', id);
    const child = async (id: string): Promise<string> => (await ask<RunsDocument>('runs', '--parent', id)).runs[0]?.run ?? '';
    await waitFor('the task in the run in the run has begun', () => existsSync(join(folder, 'tries')));
    assert.equal(findStep(await show(run), 'inside/deep/hold').state, 'running');
    assert.deepEqual(await studio.logs(run, 'inside/deep/hold'), ['holds 1']);
    const { pid } = await ask<AgentStatusDocument>('agent', 'status');
    process.kill(pid, 'SIGKILL');
    await waitFor('the agent is gone', () => !existsSync(`/proc/${pid}/fd/0`));
    await show(run);
    await waitFor('it is tried again', () => readFileSync(join(folder, 'tries'), 'utf8') === 'xx');
    assert.deepEqual(await refusal('rerun', run, '--from', 'inside/deep/none'), [2, 'unknown-step'], 'it has no such step');
    const other = await ask<RunDocument>(...argv, '--param', 'n=2');
    await waitFor('the other has begun', () => readFileSync(join(folder, 'tries'), 'utf8') === 'xxx');
    const inside = await child(other.run);
    const deep = await child(inside);
    await studio.cairn(['cancel', other.run]);
    await waitFor('all three have ended', async () =>
      (await Promise.all([other.run, inside, deep].map(show))).every(({ state }) => state === 'cancelled'),
    );
    writeFileSync(join(folder, 'go'), '');
    await waitFor('it ends', async () => (await show(run)).state === 'succeeded');
    const document = await show(run);
    assert.equal(findStep(document, 'inside/deep/hold').attempts, 2);
    assert.equal(findStep(document, 'load').attempts, 1);
    // It looked at these files, which nothing declares: as they are now, it would not do the same.
    const touched = await ask<PlanDocument>('plan', 're/outer', '--param', `folder=${folder}`);
    assert.deepEqual(findPlanned(touched, 'inside/deep/hold'), ['miss', 'file']);
    rmSync(join(folder, 'go'));
    const plan = await ask<PlanDocument>('plan', 're/outer', '--param', `folder=${folder}`);
    assert.deepEqual(
      plan.steps.map(({ step, decision }) => [step, decision]),
      document.steps.map(({ step }) => [step, 'hit']),
    );
  });
});

function findPlanned({ steps }: PlanDocument, step: string): readonly (string | undefined)[] {
  const found = steps.find((each) => each.step === step);
  return [found?.decision, found?.reasons[0]?.kind];
}
