import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toRunStream, type Recorded, type RunEvent } from '../../rde-agent/protocol/runEvents.ts';
import { openSqliteStore } from '../../rde-agent/store/sqlite/sqliteStore.ts';
import { silentLogger } from '../support/silentLogger.ts';

const script = fileURLToPath(new URL('../support/executorChild.ts', import.meta.url));
const writerScript = new URL('../../rde-agent/store/sqlite/writerThread.ts', import.meta.url);

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly output: string;
}

function start(folder: string, fault: string): Promise<Ended> {
  const child = spawn(process.execPath, [script, folder, fault, 'nested'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, output })));
}

/** Kills between any two records of a parent, its nested run, its fan-out and its join: the run goes on, and nothing is twice. */
describe('executor: the agent is killed around nested runs and fan-outs', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-nested-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function finish(): Promise<void> {
    const { code, output } = await start(folder, '-');
    assert.equal(code, 0, output);
    const store = await openSqliteStore({ folder, writerScript, logger: silentLogger });
    try {
      const [top, ...others] = store.projections.runs({ limit: 10 });
      assert.ok(top !== undefined && others.length === 0, 'one key, one run');
      assert.equal(
        top.state,
        'succeeded',
        JSON.stringify(store.events.read(toRunStream(top.run)).flatMap(({ event }) => (event.type === 'task.failed' ? [event] : []))),
      );
      const read = (run: string): readonly RunEvent[] =>
        (store.events.read(toRunStream(run)) as readonly Recorded<RunEvent>[]).map(({ event }) => event);
      const events = read(top.run);
      const delegated = events.filter((event) => event.type === 'task.delegated');
      const nested = store.projections.runs({ limit: 10, parent: top.run });
      assert.deepEqual(
        nested.map((each) => each.run),
        delegated.map((event) => event.run),
        'one nested run, known to its parent',
      );
      assert.equal(nested.length, 1);
      assert.equal(events.filter((event) => event.type === 'step.expanded').length, 1);
      for (const own of [events, read(nested[0]?.run ?? '')]) assertOnce(own);
      const sum = events.find((event) => event.type === 'task.succeeded' && event.task === 'sum');
      const content = sum?.type === 'task.succeeded' ? await store.blobs.read(sum.outputs['out']?.digest ?? 'sha256:') : undefined;
      assert.equal(Buffer.from(content ?? []).toString(), '66', '10 + 20 + 30, and twice the length of the list');
    } finally {
      await store.close();
    }
  }

  /** At most one end for each task, and nothing starts after a success. */
  function assertOnce(events: readonly RunEvent[]): void {
    const tasks = new Set(events.flatMap((event) => ('task' in event ? [event.task] : [])));
    for (const task of tasks) {
      const own = events.filter((event) => 'task' in event && event.task === task);
      const ends = own.filter((event) => /^task\.(succeeded|reused|cancelled|skipped)$/.test(event.type));
      assert.equal(ends.length, 1, task);
      assert.ok(
        !own.slice(own.findIndex((event) => event === ends[0])).some((event) => event.type === 'task.started'),
        `${task} ran again`,
      );
    }
    assert.equal(events.filter((event) => event.type === 'run.finished').length, 1);
  }

  it('runs through without a kill, each task once', async () => {
    await finish();
    const executed = readFileSync(join(folder, 'executed'), 'utf8').trim().split('\n').toSorted();
    // Whether the one that nobody needed had begun is not said.
    const once = executed.filter((name, index) => name !== 'try' || executed[index - 1] !== 'try');
    assert.deepEqual(once, ['double', 'first', 'len', 'list', 'score', 'score', 'score', 'sum', 'try']);
  });

  const points = [
    'after-delegate',
    'before-commit:task.delegated',
    'after-commit:task.delegated',
    'before-commit:run.submitted:2',
    'after-commit:run.submitted:2',
    'before-commit:step.expanded',
    'after-commit:step.expanded',
    // The first run that finishes is the nested one.
    'before-commit:run.finished',
    'after-commit:run.finished',
    'before-commit:task.cancelled',
    'after-commit:task.cancelled',
    'before-commit:run.finished:2',
  ];
  for (const point of points) {
    it(`F7: goes on after a kill at ${point}`, async () => {
      const killed = await start(folder, point);
      assert.equal(killed.signal, 'SIGKILL', 'the point was not passed');
      await finish();
    });
  }

  it('goes on after being killed again while it recovers', async () => {
    assert.equal((await start(folder, 'after-commit:task.delegated')).signal, 'SIGKILL');
    for (const point of ['recovery', 'recovery:2', 'after-launch']) assert.equal((await start(folder, point)).signal, 'SIGKILL', point);
    await finish();
  });
});
