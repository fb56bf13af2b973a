import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FaultBench } from '../../support/faultBench.ts';
import { moduleFiles } from '../../support/smallWorkspace.ts';
import { waitFor } from '../../support/waitFor.ts';

const CODE = 'def run():\n    return {"out": [1, 2]}\n';

/** The blob of a trace is what lets a result stand for edited code. */
describe('F19: the trace of a result is lost or damaged', function () {
  this.timeout(60_000);
  let bench: FaultBench;
  before(async () => {
    bench = await FaultBench.start({
      ...moduleFiles('trace/it', { code: CODE }),
      'workflows/it.workflow.yaml': 'workflow: trace/flow\nsteps:\n  it: { module: trace/it }\noutputs: { result: it.out }\n',
    });
  });
  after(() => bench.dispose());

  const inDatabase = <T>(use: (database: DatabaseSync) => T): T => {
    const database = new DatabaseSync(join(bench.agent.stateFolder, 'events.db'), { timeout: 5000 });
    try {
      return use(database);
    } finally {
      database.close();
    }
  };
  const lastTrace = (): string =>
    inDatabase((database) => {
      const row = database.prepare("SELECT payload FROM events WHERE type = 'task.succeeded' ORDER BY position DESC LIMIT 1").get();
      return (JSON.parse(String(row?.['payload'])) as { readonly trace: string }).trace;
    });
  const decide = async (): Promise<string> => {
    const { steps } = await bench.run('trace/flow');
    return `${steps[0]?.decision ?? ''} ${steps[0]?.reasons[0]?.kind ?? ''}`;
  };
  let edits = 0;
  const edit = (): void => bench.workspace.write({ 'modules/trace/it/main.py': `# ${String(++edits)}\n${CODE}` });

  for (const [what, change] of [
    ['deleted', 'DELETE FROM blobs WHERE digest = ?'],
    ['changed', "UPDATE blobs SET bytes = CAST('{}' AS BLOB) WHERE digest = ?"],
  ] as const) {
    it(`${what}: an equal key still stands, edited code runs, and the next edit of a comment is reused again`, async () => {
      await bench.revive();
      edit();
      await decide();
      edit();
      assert.equal(await decide(), 'reused hit');
      const trace = await waitFor('it is on disk', () => bench.count('task.succeeded') > 0 && lastTrace());
      await bench.agent.end('SIGTERM');
      assert.equal(
        inDatabase((database) => Number(database.prepare(change).run(trace).changes)),
        1,
      );
      await bench.restart();
      assert.equal(await decide(), 'reused hit');
      edit();
      assert.match(await decide(), /^executed (?!hit)/);
      edit();
      assert.equal(await decide(), 'reused hit');
    });
  }
});
