import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import { TestAgent } from '../../support/agent.ts';
import { assertWhole, FaultBench } from '../../support/faultBench.ts';
import { readRuns } from '../../support/readRuns.ts';
import { SAMPLE_WORKFLOW } from '../../support/sampleRuns.ts';
import { moduleFiles, type Files } from '../../support/smallWorkspace.ts';
import { waitFor } from '../../support/waitFor.ts';

const OLD_STATE = fileURLToPath(new URL('../../fixtures/state/0.1.0', import.meta.url));
const KILLS = 20;
const HOLD = `import pathlib, time
def run(gate: str):
    while not pathlib.Path(gate).exists(): time.sleep(0.01)
    return {"out": 1}
`;

function files(): Files {
  return {
    ...moduleFiles('again/hold', { code: HOLD, params: '{ gate: string }' }),
    ...moduleFiles('again/after', { code: 'def run(value):\n    return {"out": value + 1}\n', inputs: '{ value: json }' }),
    'workflows/again.workflow.yaml': `workflow: again/flow
params: { gate: string }
steps:
  hold: { module: again/hold, params: { gate: "\${params.gate}" } }
  after: { module: again/after, in: { value: hold.out } }
outputs: { result: after.out }
`,
  };
}

/** Starts the agent and waits until it has killed itself at the point. */
async function dieWhileStarting(agent: TestAgent, point: string): Promise<void> {
  const child = agent.spawn([], { CAIRN_FAULT: point });
  child.stderr?.resume();
  const exit = once(child, 'exit');
  await waitFor(`it dies at ${point}`, () => child.exitCode !== null || child.signalCode !== null);
  await exit;
  assert.equal(child.signalCode, 'SIGKILL', point);
}

function dropProjections(stateFolder: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(stateFolder, `projections.db${suffix}`), { force: true });
}

describe('F9: killed while it recovers, again and again', function () {
  this.timeout(90_000);

  it(`an open run goes on after ${KILLS} kills in the middle of taking it up, and nothing is twice`, async () => {
    const bench = await FaultBench.start(files());
    const folder = mkdtempSync(join(tmpdir(), 'cairn-again-'));
    try {
      const gate = join(folder, 'gate');
      const run = await bench.submit('again/flow', { params: { gate } });
      await waitFor('the task runs', async () => (await bench.show(run)).steps[0]?.worker !== null);
      await bench.agent.kill();
      const points = [
        ['recovery', false],
        ['in-commit:task.lost', false],
        ['in-rebuild', true],
        ['written:task.lost', false],
        ['in-commit:task.started', true],
        ['written:task.started', false],
        ['after-launch', false],
      ] as const;
      for (let kill = 0; kill < KILLS; kill += 1) {
        const [point, isAnew] = points[kill % points.length] ?? ['recovery', false];
        if (isAnew) dropProjections(bench.agent.stateFolder);
        await dieWhileStarting(bench.agent, point);
      }
      writeFileSync(gate, '');
      await bench.restart();
      assert.equal((await bench.finished(run)).state, 'succeeded');
      const events = await bench.read((store) => assertWhole(store, run));
      assert.equal(events.filter(({ type }) => type === 'task.succeeded').length, 2);
    } finally {
      await bench.dispose();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('a state of 0.1.0 opens whole after kills while it is brought up', async () => {
    const stateFolder = mkdtempSync(join(tmpdir(), 'cairn-old-'));
    cpSync(OLD_STATE, stateFolder, { recursive: true });
    chmodSync(stateFolder, 0o700);
    const agent = new TestAgent({ stateFolder });
    try {
      for (let kill = 0; kill < 5; kill += 1) {
        await dieWhileStarting(agent, 'in-rebuild');
        dropProjections(stateFolder);
      }
      await agent.start();
      assert.equal(`${await readRuns(agent.connect(), SAMPLE_WORKFLOW)}\n`, readFileSync(join(OLD_STATE, 'answers.json'), 'utf8'));
    } finally {
      await agent.dispose();
      rmSync(stateFolder, { recursive: true, force: true });
    }
  });
});

describe('F8: killed in the middle of a tag move', function () {
  this.timeout(60_000);
  const MODULE = 'move/one';
  let bench: FaultBench;
  let pushed = 0;
  const change = (): void => bench.workspace.write(moduleFiles(MODULE, { code: `def run():\n    return {"out": ${String(++pushed)}}\n` }));
  const push = async (key: string): Promise<string> => {
    const { artifacts } = await bench.client.request('workspace.push', { root: bench.workspace.root, key });
    return artifacts.find(({ module }) => module === MODULE)?.artifact ?? '';
  };
  before(async () => {
    bench = await FaultBench.start({
      ...moduleFiles(MODULE, { code: 'def run():\n    return {"out": 0}\n' }),
      'workflows/move.workflow.yaml': `workflow: move/flow\nsteps:\n  one: { module: ${MODULE} }\n`,
    });
    await push(newKey());
  });
  after(() => bench.dispose());

  for (const [point, isMoved] of [
    ['before-commit:push', false],
    ['in-commit:tag.moved', false],
    ['written:tag.moved', true],
    ['after-commit:push', true],
  ] as const) {
    it(`at ${point} it is ${isMoved ? 'moved' : 'where it was'}; asked again with its key it is moved once, by one generation`, async () => {
      const stream = `tag:/${MODULE}`;
      const before = bench.count('tag.moved', stream);
      const pushes = bench.count('workspace.pushed');
      change();
      const key = newKey();
      const artifact = await bench.dieAt(
        point,
        () => push(key),
        () => {
          assert.equal(bench.count('tag.moved', stream) - before > 0, isMoved);
          assert.equal(bench.count('workspace.pushed') - pushes, isMoved ? 1 : 0, 'with what it belongs to');
        },
      );
      assert.equal(await push(key), artifact);
      assert.equal(bench.count('workspace.pushed') - pushes, 1);
      await bench.read((store) => {
        const tags = store.projections.tags(MODULE);
        assert.ok(tags.length > 0);
        for (const tag of tags) {
          assert.equal(tag.artifact, artifact);
          assert.equal(tag.generation, store.events.last(stream));
        }
        assert.equal(store.events.last(stream), before + tags.length, 'one generation a tag');
        assert.ok(store.projections.artifact(tags[0]?.artifact ?? 'sha256:'));
      });
    });
  }
});
