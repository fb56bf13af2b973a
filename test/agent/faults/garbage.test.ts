import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FaultBench } from '../../support/faultBench.ts';
import { interleaveMany } from '../../support/garbageInterleavings.ts';
import { moduleFiles, type Files } from '../../support/smallWorkspace.ts';
import { waitFor } from '../../support/waitFor.ts';

const INTERLEAVINGS = 100_000;

const MAKE = `import os
def run(n):
    folder = os.path.join(os.environ["TMPDIR"], "folder")
    os.makedirs(folder)
    for name in ("own", "shared"):
        with open(os.path.join(folder, name), "w") as file: file.write((str(n) if name == "own" else name) * 90000)
    return {"small": n, "folder": folder}
`;
const USE = 'import os\ndef run(small, folder):\n    return {"out": [small, sorted(os.listdir(folder))]}\n';

function files(): Files {
  return {
    ...moduleFiles('gc/make', { code: MAKE, params: '{ n: { type: int, default: 1 } }', outputs: '{ small: json, folder: directory }' }),
    ...moduleFiles('gc/use', { code: USE, inputs: '{ small: json, folder: directory }' }),
    'workflows/gc.workflow.yaml': `workflow: gc/flow
params: { n: { type: int, default: 1 } }
steps:
  make: { module: gc/make, params: { n: "\${params.n}" } }
  use: { module: gc/use, in: { small: make.small, folder: make.folder } }
outputs: { result: use.out }
`,
  };
}

describe('F43: garbage collection', function () {
  this.timeout(600_000);

  it(`removes nothing that is needed in ${String(INTERLEAVINGS)} interleavings with runs, submits and tag moves`, async () => {
    const seed = Number(process.env['CAIRN_SEED'] ?? 20_261_121);
    const { collected, reused } = await interleaveMany(seed, INTERLEAVINGS);
    console.log(`      seed ${String(seed)}: ${String(collected)} blobs collected, ${String(reused)} results reused meanwhile`);
    assert.ok(collected > INTERLEAVINGS && reused > INTERLEAVINGS / 4);
  });

  describe('killed at any point', () => {
    let bench: FaultBench;
    before(async () => {
      bench = await FaultBench.start(files());
    });
    after(() => bench.dispose());

    const blobs = (): number => {
      const database = new DatabaseSync(join(bench.agent.stateFolder, 'events.db'), { readOnly: true, timeout: 5000 });
      try {
        return Number(database.prepare('SELECT count(*) AS n FROM blobs').get()?.['n']);
      } finally {
        database.close();
      }
    };

    for (const point of ['in-commit:entries.collected', 'written:entries.collected', 'after-collect', 'in-sweep']) {
      it(`${point}: the next start is whole, and the next collection ends what was begun`, async () => {
        await bench.revive();
        for (const n of [1, 2]) assert.equal((await bench.run('gc/flow', { n })).state, 'succeeded');
        await waitFor('all of it is on disk', () => bench.count('task.succeeded') >= 4);
        const collect = (): Promise<{ readonly entries: number; readonly blobs: number }> =>
          bench.client.request('cache.collect', { days: 0 });
        // The client asks again when the agent is back, and that one ends it.
        await bench.dieAt(point, collect);
        assert.equal((await collect()).entries, 0);
        const again = await bench.run('gc/flow', { n: 1 });
        assert.equal(again.state, 'succeeded', JSON.stringify(again.steps.map(({ error }) => error)));
        assert.deepEqual(
          again.steps.map(({ decision }) => decision),
          ['executed', 'executed'],
        );
        assert.deepEqual(
          (await bench.run('gc/flow', { n: 1 })).steps.map(({ decision }) => decision),
          ['reused', 'reused'],
        );
        assert.ok(blobs() > 0);
      });
    }
  });
});

describe('F32: the agent dies with fifty runs that wait for one computation', function () {
  this.timeout(120_000);

  it('one of them computes it after the restart, and all of them end well', async () => {
    const bench = await FaultBench.start(files());
    try {
      const runs: string[] = [];
      await bench.agent.end('SIGTERM');
      await bench.agent.start({ CAIRN_FAULT: 'after-launch' });
      bench.client.retry();
      const submits = Array.from({ length: 51 }, () => bench.submit('gc/flow', { params: { n: 7 } }).then((run) => runs.push(run)));
      assert.equal(await bench.agent.died(), 'SIGKILL');
      await bench.restart();
      await Promise.all(submits);
      const documents = await Promise.all(runs.map((run) => bench.finished(run, 60)));
      assert.ok(documents.every(({ state }) => state === 'succeeded'));
      const executed = documents.filter(({ steps }) => steps[0]?.decision === 'executed');
      assert.equal(executed.length, 1);
      // A run is told as ended before the last of it is on disk.
      await waitFor('what the runs have come to is on disk', () => bench.count('run.finished') === documents.length);
      assert.equal(bench.count('task.succeeded'), 2);
    } finally {
      await bench.dispose();
    }
  });
});
