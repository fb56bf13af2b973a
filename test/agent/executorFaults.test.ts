import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toRunStream, type Recorded, type RunEvent } from '../../rde-agent/protocol/runEvents.ts';
import { openSqliteStore } from '../../rde-agent/store/sqlite/sqliteStore.ts';
import { silentLogger } from '../support/silentLogger.ts';
import { waitFor } from '../support/waitFor.ts';

const script = fileURLToPath(new URL('../support/executorChild.ts', import.meta.url));
const writerScript = new URL('../../rde-agent/store/sqlite/writerThread.ts', import.meta.url);
const TASKS = ['small', 'big', 'wide[1]', 'wide[2]', 'wide[3]', 'sum'];

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly output: string;
}

function start(folder: string, fault: string): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [script, folder, fault], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, output })));
  return { child, ended };
}

/** What the stream of the only run says, after checking what must hold of it whatever happened. */
async function readRun(folder: string): Promise<readonly RunEvent[]> {
  const store = await openSqliteStore({ folder, writerScript, logger: silentLogger });
  try {
    const runs = store.projections.runs({ limit: 10 });
    assert.equal(runs.length, 1, 'one key, one run');
    assert.equal(runs[0]?.state, 'succeeded');
    const recorded = store.events.read(toRunStream(runs[0].run)) as readonly Recorded<RunEvent>[];
    assert.deepEqual(
      recorded.map(({ seq }) => seq),
      recorded.map((_, index) => index + 1),
    );
    for (const { event } of recorded)
      if (event.type === 'task.succeeded')
        for (const output of Object.values(event.outputs)) assert.ok(await store.blobs.read(output.digest));
    return recorded.map(({ event }) => event);
  } finally {
    await store.close();
  }
}

/** Every task is published once and never starts again after that; what ran is what was recorded as started, or was killed before its record. */
async function assertKept(folder: string): Promise<void> {
  const events = await readRun(folder);
  for (const task of TASKS) {
    const own = events.filter((event) => 'task' in event && event.task === task);
    const published = own.findIndex((event) => event.type === 'task.succeeded');
    assert.equal(own.filter((event) => event.type === 'task.succeeded').length, 1, task);
    assert.ok(
      own.slice(published + 1).every((event) => event.type !== 'task.started'),
      `${task} ran again`,
    );
  }
  assert.equal(events.filter((event) => event.type === 'run.finished').length, 1);
}

/** Processes that carry the mark of this folder's tasks, dead ones left out. */
function leftovers(folder: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return (
        readFileSync(`/proc/${pid}/environ`, 'latin1').includes(folder) || readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(folder)
      );
    } catch {
      // Gone meanwhile.
      return false;
    }
  });
}

/** The row of faults.md that a point belongs to. */
function toFault(point: string): string {
  if (point === 'after-commit:run.submitted') return 'F1';
  if (point === 'before-commit:run.submitted') return 'F2';
  return point.endsWith('adopt') ? 'F6' : 'F7';
}

describe('executor: the agent is killed', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-faults-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function finish(): Promise<void> {
    const { ended } = start(folder, '-');
    const { code, output } = await ended;
    assert.equal(code, 0, output);
    await assertKept(folder);
    await waitFor('no process is left', () => leftovers(folder).length === 0);
  }

  const points = [
    'before-commit:run.submitted',
    'after-commit:run.submitted',
    'after-launch',
    'after-launch:4',
    'before-commit:task.succeeded',
    'after-commit:task.succeeded',
    'before-adopt',
    'after-adopt',
    'after-commit:task.succeeded:4',
    'before-commit:run.finished',
    'after-commit:run.finished',
  ];
  for (const point of points) {
    it(`${toFault(point)}: goes on after a kill at ${point}`, async () => {
      const killed = await start(folder, point).ended;
      assert.equal(killed.signal, 'SIGKILL', 'the point was not passed');
      await finish();
    });
  }

  it('goes on after being killed while it recovers, again and again', async () => {
    assert.equal((await start(folder, 'after-launch:2').ended).signal, 'SIGKILL');
    for (const point of ['recovery', 'before-commit:task.lost', 'after-commit:task.lost', 'after-launch']) {
      assert.equal((await start(folder, point).ended).signal, 'SIGKILL', point);
    }
    await finish();
  });

  it('goes on after kills at twenty random moments', async () => {
    let kills = 0;
    for (let round = 0; kills < 20; round += 1) {
      const { child, ended } = start(folder, '-');
      const timer = setTimeout(() => child.kill('SIGKILL'), 150 + Math.random() * 600);
      const { signal, code } = await ended;
      clearTimeout(timer);
      if (signal === 'SIGKILL') {
        kills += 1;
        continue;
      }
      assert.equal(code, 0);
      await assertKept(folder);
      rmSync(folder, { recursive: true, force: true });
      folder = mkdtempSync(join(tmpdir(), 'cairn-faults-'));
      assert.ok(round < 60, 'the run always ended before the kill');
    }
    if (existsSync(join(folder, 'events.db'))) await finish();
  });
});
