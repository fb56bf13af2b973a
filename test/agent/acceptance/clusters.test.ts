import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorDocument, LogLine, RunDocument } from '../../../rde-agent/protocol/documents.ts';
import { findStep, Home, Studio, toModule } from './studio.ts';

/** Answers how many of its kind there were at once, itself among them; waits until there are as many as expected. */
const TASK = `import os
import time
from pathlib import Path


def run(kind: str, name: int, expected: int, folder: str):
    def count():
        return sum(file.startswith(kind + "-on-") for file in os.listdir(folder))

    mine = Path(folder, f"{kind}-on-{name}")
    mine.write_text("")
    most = count()
    met = Path(folder, kind + "-met")
    end = time.monotonic() + 20
    while not met.exists() and time.monotonic() < end:
        most = max(most, count())
        if most >= expected:
            met.write_text("")
        time.sleep(0.01)
    most = max(most, count())
    mine.unlink()
    return {"out": most}
`;
const MOST = 'def run(x: list):\n    print(max(x))\n    return {"out": max(x)}\n';

const toFan = (kind: string, cluster: string, expected: number): string =>
  `  ${kind}:
    module: at/task
    foreach: { name: [1, 2, 3, 4, 5, 6] }
    params: { kind: ${kind}, name: '\${foreach.name}', expected: ${expected}, folder: '\${params.folder}' }
    cluster: ${cluster}
  most_${kind}: { module: at/most, in: { x: '${kind}[*].out' } }
`;
const toWorkflow = (name: string, steps: string): { readonly [path: string]: string } => ({
  [`workflows/${name}.workflow.yaml`]: `workflow: at/${name}\nparams: { folder: { type: string } }\nsteps:\n${steps}`,
});

describe('acceptance: clusters of agent.yaml', function () {
  this.timeout(60_000);
  let home: Home;
  let studio: Studio;
  let folder: string;
  before(() => {
    home = new Home();
    writeFileSync(join(home.stateFolder, 'agent.yaml'), 'clusters: { local: { workers: 1 }, big: { workers: 3 } }\n');
    folder = mkdtempSync(join(tmpdir(), 'cairn-clusters-'));
    const params = '{ kind: string, name: int, expected: int, folder: string }';
    studio = new Studio(home, {
      ...toModule('at/task', { code: TASK, params, more: 'determinism: external\n' }),
      ...toModule('at/most', { code: MOST, inputs: '{ x: { list: json } }' }),
      ...toWorkflow('both', toFan('small', 'local', 1) + toFan('large', 'big', 3)),
      ...toWorkflow('tasks', `${toFan('few', 'big', 2)}concurrency: { tasks: 2 }\n`),
      ...toWorkflow('nowhere', toFan('lost', 'nowhere', 1)),
    });
  });
  after(async () => {
    studio.dispose();
    rmSync(folder, { recursive: true });
    await home.dispose();
  });

  async function most(run: RunDocument, kind: string): Promise<string> {
    const { out } = await studio.cairn(['logs', run.run, `most_${kind}`, '--json']);
    return (JSON.parse(out) as LogLine).text;
  }

  it('take as many tasks at once as they say', async () => {
    const run = await studio.run('at/both', '--param', `folder=${folder}`);
    assert.equal(run.state, 'succeeded');
    assert.deepEqual([await most(run, 'small'), await most(run, 'large')], ['1', '3']);
    assert.deepEqual([findStep(run, 'small[1]').cluster, findStep(run, 'large[1]').cluster], ['local', 'big']);
  });

  it('give a workflow no more places at once than it wants', async () => {
    const run = await studio.run('at/tasks', '--param', `folder=${folder}`);
    assert.deepEqual([run.state, await most(run, 'few')], ['succeeded', '2']);
  });

  it('are the only ones: a step elsewhere is refused before anything runs', async () => {
    const { code, err } = await studio.cairn(['run', 'at/nowhere', '--param', `folder=${folder}`, '--json']);
    const { error } = JSON.parse(err.trimEnd().split('\n').at(-1) ?? '') as ErrorDocument;
    assert.deepEqual([code, error.code], [1, 'check-failed']);
    assert.match(error.message, /nowhere is not known; there is local, big/);
  });
});
