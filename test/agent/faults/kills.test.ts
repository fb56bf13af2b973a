import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import { assertWhole, FaultBench } from '../../support/faultBench.ts';
import { moduleFiles, type Files } from '../../support/smallWorkspace.ts';
import { waitFor } from '../../support/waitFor.ts';

/** Three outputs that are files, and one that is small. */
const MAKE = `def run(ledger: str):
    with open(ledger, "a") as file: file.write("make\\n")
    return {"one": [ledger, "1" * 70000], "two": [ledger, "2" * 70000], "three": [ledger, "3" * 70000], "small": ledger}
`;
const SUM = `def run(one, two, three, ledger: str):
    with open(ledger, "a") as file: file.write("sum\\n")
    return {"out": [len(one[1]) + len(two[1]) + len(three[1]), ledger]}
`;

function files(): Files {
  return {
    ...moduleFiles('kill/make', {
      code: MAKE,
      params: '{ ledger: string }',
      outputs: '{ one: json, two: json, three: json, small: json }',
    }),
    ...moduleFiles('kill/sum', { code: SUM, inputs: '{ one: json, two: json, three: json }', params: '{ ledger: string }' }),
    'workflows/kill.workflow.yaml': `workflow: kill/flow
params: { ledger: string }
steps:
  make: { module: kill/make, params: { ledger: "\${params.ledger}" } }
  sum:
    module: kill/sum
    in: { one: make.one, two: make.two, three: make.three }
    params: { ledger: "\${params.ledger}" }
outputs: { result: sum.out }
`,
  };
}

describe('kill -9 of the real agent at named points', function () {
  this.timeout(60_000);
  let bench: FaultBench;
  let ledgers: string;
  let ledger: string;
  let made = 0;
  before(async () => {
    ledgers = mkdtempSync(join(tmpdir(), 'cairn-kills-'));
    bench = await FaultBench.start(files());
  });
  beforeEach(async () => {
    ledger = join(ledgers, String(++made));
    await bench.revive();
  });
  after(async () => {
    await bench.dispose();
    rmSync(ledgers, { recursive: true, force: true });
  });

  const executed = (): readonly string[] => (existsSync(ledger) ? readFileSync(ledger, 'utf8').trim().split('\n') : []);
  const submit = (key: string) => (): Promise<string> => bench.submit('kill/flow', { params: { ledger }, key });
  /** Files of blobs that have no name yet, or were set aside. */
  const unnamed = (): readonly string[] =>
    ['incoming', 'quarantine'].flatMap((name) => {
      const folder = join(bench.agent.stateFolder, 'blobs', name);
      return existsSync(folder) ? readdirSync(folder) : [];
    });

  for (const [fault, point, isThere] of [
    ['F2', 'before-commit:run.submitted', false],
    ['F2', 'in-commit:run.submitted', false],
    ['F1', 'written:run.submitted', true],
    ['F1', 'after-commit:run.submitted', true],
  ] as const) {
    it(`${fault}: killed at ${point}, the run is ${isThere ? 'there, planned at the restart' : 'not there'}, and asked for again with its key it is one`, async () => {
      const before = bench.count('run.submitted');
      const key = newKey();
      const run = await bench.dieAt(point, submit(key), () => assert.equal(bench.count('run.submitted') - before, isThere ? 1 : 0));
      assert.equal((await bench.finished(run)).state, 'succeeded');
      assert.equal(await submit(key)(), run, 'asked once more it is the same');
      assert.equal(bench.count('run.submitted') - before, 1);
      assert.deepEqual(executed(), ['make', 'sum']);
      await bench.read((store) => assertWhole(store, run));
    });
  }

  for (const point of ['before-adopt', 'in-blob', 'after-blob', 'in-blob:2', 'after-blob:3', 'after-adopt']) {
    it(`F6: killed at ${point} while outputs are taken over, nothing of them counts, and the attempt is redone`, async () => {
      const entries = bench.count('task.succeeded');
      const run = await bench.dieAt(point, submit(newKey()), () => assert.equal(bench.count('task.succeeded'), entries, 'no entry'));
      const document = await bench.finished(run);
      assert.equal(document.state, 'succeeded', JSON.stringify(document.steps.map(({ error }) => error)));
      assert.deepEqual(executed(), ['make', 'make', 'sum']);
      assert.deepEqual(unnamed(), [], 'nothing half-written is left');
      const events = await bench.read((store) => assertWhole(store, run));
      assert.equal(events.filter(({ type }) => type === 'task.lost').length, 1);
    });
  }

  // What comes next is started while a result is on its way to disk, so that `sum` may have begun before the kill.
  for (const [point, makes, sums] of [
    ['in-commit:task.succeeded', 2, 2],
    ['written:task.succeeded', 1, 2],
    ['in-commit:task.succeeded:2', 1, 2],
    ['written:task.succeeded:2', 1, 1],
    ['in-commit:run.finished', 1, 2],
    ['written:run.finished', 1, 1],
  ] as const) {
    it(`F7: killed at ${point}, blobs, entry, lineage and the run's row are there together or not at all`, async () => {
      const run = await bench.dieAt(point, submit(newKey()));
      assert.equal((await bench.finished(run)).state, 'succeeded');
      const times = (name: string): number => executed().filter((one) => one === name).length;
      assert.equal(times('make'), makes);
      assert.ok(times('sum') >= 1 && times('sum') <= sums, executed().join());
      // A run tells of its end at once, lists when it is on disk.
      await waitFor('lists say so', async () => {
        const { runs } = await bench.client.request('run.list', {});
        return runs.find((one) => one.run === run)?.state === 'succeeded';
      });
      await bench.read(async (store) => {
        const events = await assertWhole(store, run);
        const succeeded = events.filter((event) => event.type === 'task.succeeded');
        for (const event of succeeded)
          assert.ok(event.entry !== null && event.lineage.length > 0, `${event.task} has its entry and lineage`);
        const ids = new Set(
          ['kill/make', 'kill/sum'].flatMap((module) => store.projections.recentEntries(module, module.slice(5), 50).map(({ id }) => id)),
        );
        for (const event of succeeded) assert.ok(ids.has(event.entry ?? ''), `the entry of ${event.task} can be found`);
      });
      await bench.restart();
      const reused = await bench.run('kill/flow', { ledger });
      assert.deepEqual(
        reused.steps.map(({ decision }) => decision),
        ['reused', 'reused'],
      );
    });
  }
});
