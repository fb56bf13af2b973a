import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { launchAgent } from '../../../rde-agent/client/launchAgent.ts';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import { CairnError, toCairnError } from '../../../rde-agent/protocol/errors.ts';
import { assertWhole, FaultBench } from '../../support/faultBench.ts';
import { moduleFiles, type Files } from '../../support/smallWorkspace.ts';
import { waitFor } from '../../support/waitFor.ts';

const FILES_AT_MOST = 140;
const HOLD = `import pathlib, time
def run(gate: str):
    while not pathlib.Path(gate).exists(): time.sleep(0.01)
    return {"one": [gate, "x" * 90000], "two": [gate, "y" * 90000]}
`;
const isCode = (code: string) => (thrown: unknown) => thrown instanceof CairnError && thrown.code === code;

function files(): Files {
  return {
    ...moduleFiles('host/big', { code: 'def run(name: str):\n    return {"out": [name, "x" * 90000]}\n', params: '{ name: string }' }),
    ...moduleFiles('host/hold', { code: HOLD, params: '{ gate: string }', outputs: '{ one: json, two: json }' }),
    'workflows/held.workflow.yaml': `workflow: host/held
params: { gate: string }
steps:
  hold: { module: host/hold, params: { gate: "\${params.gate}" }, retry: { attempts: 9, backoff: 100ms, on: [infrastructure] } }
`,
    'workflows/host.workflow.yaml':
      'workflow: host/flow\nparams: { name: string }\nsteps:\n  big: { module: host/big, params: { name: "${params.name}" } }\noutputs: { out: big.out }\n',
  };
}

describe('F18: no file left for the real agent', function () {
  this.timeout(60_000);
  let bench: FaultBench;
  before(async function () {
    if (process.platform !== 'linux') return this.skip();
    bench = await FaultBench.start(files(), { through: ['sh', '-c', `ulimit -n ${String(FILES_AT_MOST)}; exec "$@"`, 'sh'] });
  });
  after(() => bench?.dispose());

  /** Connections that hold a file of the agent each, and are made again when it lets go of them. */
  class Crowd {
    readonly #sockets = new Set<Socket>();
    #isOver = false;

    join(): void {
      if (this.#isOver) return;
      const socket = connect(bench.agent.port, '127.0.0.1');
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        setImmediate(() => this.join());
      });
    }

    leave(): void {
      this.#isOver = true;
      for (const socket of this.#sockets) socket.destroy();
    }
  }

  /** Resolves when the agent has no file left; `leave` gives them back. */
  async function crowd(): Promise<Crowd> {
    const made = new Crowd();
    for (let count = 0; count < FILES_AT_MOST; count += 1) made.join();
    const used = (): number => readdirSync(`/proc/${String(bench.agent.pid)}/fd`).length;
    await waitFor('no file is left', () => used() >= FILES_AT_MOST - 3);
    return made;
  }

  it('who is connected is answered, submits are taken or refused with what to do, and it goes on by itself', async () => {
    assert.equal((await bench.run('host/flow', { name: 'before' })).state, 'succeeded');
    const made = await crowd();
    let answers: readonly PromiseSettledResult<string>[];
    try {
      for (let count = 0; count < 20; count += 1) assert.equal((await bench.client.request('agent.status', {})).pid, bench.agent.pid);
      answers = await Promise.allSettled(['one', 'two', 'three'].map((name) => bench.submit('host/flow', { params: { name } })));
    } finally {
      made.leave();
    }
    const codes = answers.flatMap((answer) => (answer.status === 'rejected' ? [toCairnError(answer.reason).code] : []));
    assert.ok(
      codes.every((code) => code === 'limit-exceeded' || code === 'store-failed'),
      codes.join(),
    );
    for (const answer of answers)
      if (answer.status === 'fulfilled') assert.notEqual((await bench.finished(answer.value)).state, 'cancelled');
    assert.equal((await bench.run('host/flow', { name: 'after' })).state, 'succeeded');
    assertIntact(bench.agent.stateFolder);
  });

  it('a task that ends meanwhile is not lost: nothing half or empty is stored of it, and it is tried again until it can be', async () => {
    const gate = join(bench.workspace.root, 'gate');
    const run = await bench.submit('host/held', { params: { gate } });
    await waitFor('the task runs', async () => (await bench.show(run)).steps[0]?.worker !== null);
    const made = await crowd();
    try {
      writeFileSync(gate, '');
      await waitFor('it has ended in some way', () =>
        ['task.failed', 'task.succeeded'].some((type) => bench.count(type, `run:/${run}`) > 0),
      );
      assertIntact(bench.agent.stateFolder);
    } finally {
      made.leave();
    }
    const { state, steps } = await bench.finished(run);
    assert.equal(state, 'succeeded', JSON.stringify(steps[0]?.error));
    assertIntact(bench.agent.stateFolder);
    await bench.read((store) => assertWhole(store, run));
  });
});

/** Every blob's file is what its name says. */
function assertIntact(stateFolder: string): void {
  const folder = join(stateFolder, 'blobs');
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(found.length >= 2);
  for (const { parentPath, name } of found)
    assert.equal(
      createHash('sha256')
        .update(readFileSync(join(parentPath, name)))
        .digest('hex'),
      name,
    );
}

describe('F20: somebody else at the state of the real agent', function () {
  this.timeout(60_000);
  let bench: FaultBench;
  before(async () => void (bench = await FaultBench.start(files())));
  after(() => bench.dispose());

  const hold = (): DatabaseSync => {
    const other = new DatabaseSync(join(bench.agent.stateFolder, 'events.db'), { timeout: 5000 });
    other.exec('BEGIN IMMEDIATE');
    return other;
  };
  const release = (other: DatabaseSync): void => {
    other.exec('ROLLBACK');
    other.close();
  };

  it('a second agent is refused while runs go on, and the first keeps its runs', async () => {
    const run = await bench.submit('host/flow', { params: { name: 'second agent' } });
    const second = bench.agent.spawn();
    let words = '';
    second.stderr?.on('data', (chunk: Buffer) => (words += chunk.toString()));
    const [code] = (await once(second, 'close')) as [number];
    assert.equal(code, 75);
    assert.match(words, /"code":"agent-already-running"/);
    assert.equal((await bench.finished(run)).state, 'succeeded');
  });

  it('SQLITE_BUSY: a submit is answered only when it is on disk, and the agent answers meanwhile', async () => {
    const before = bench.count('run.submitted');
    const other = hold();
    let isAnswered = false;
    const submitted = bench.submit('host/flow', { params: { name: 'busy' } }).finally(() => (isAnswered = true));
    try {
      for (let count = 0; count < 20; count += 1) await bench.client.request('agent.status', {});
      assert.deepEqual([isAnswered, bench.count('run.submitted')], [false, before]);
    } finally {
      release(other);
    }
    assert.equal((await bench.finished(await submitted)).state, 'succeeded');
  });

  it('SQLITE_BUSY for longer than it waits: refused with its reason, nothing recorded, and asked again with its key it runs once', async () => {
    const before = bench.count('run.submitted');
    const key = newKey();
    const other = hold();
    try {
      await assert.rejects(bench.submit('host/flow', { params: { name: 'long' }, key }), isCode('store-failed'));
    } finally {
      release(other);
    }
    assert.equal(bench.count('run.submitted'), before);
    const run = await waitFor('it is taken', () =>
      bench.submit('host/flow', { params: { name: 'long' }, key }).catch((error: unknown) => {
        if (!isCode('store-failed')(error)) throw error;
        return undefined;
      }),
    );
    assert.equal((await bench.finished(run)).state, 'succeeded');
    assert.equal(bench.count('run.submitted'), before + 1);
    await bench.read((store) => assertWhole(store, run));
  });
});

describe('F21: the record of the real agent is not as it was left', function () {
  this.timeout(60_000);
  let bench: FaultBench;
  beforeEach(async () => {
    bench = await FaultBench.start(files());
    assert.equal((await bench.run('host/flow', { name: 'kept' })).state, 'succeeded');
  });
  afterEach(() => bench.dispose());

  const path = (name: string): string => join(bench.agent.stateFolder, name);
  async function refused(message: RegExp): Promise<void> {
    const launch = {
      execPath: process.execPath,
      agentEntry: bench.agent.entry,
      stateFolder: bench.agent.stateFolder,
      env: { ...process.env },
    };
    await assert.rejects(launchAgent(launch), (thrown: unknown) => {
      assert.ok(thrown instanceof CairnError);
      assert.deepEqual([thrown.code, message.test(thrown.message)], ['state-damaged', true], thrown.message);
      assert.ok(thrown.next !== '');
      return true;
    });
  }

  it('a damaged page after a crash: refused with what to do, and left as it is', async () => {
    await bench.agent.end('SIGTERM');
    const whole = readFileSync(path('events.db'));
    writeFileSync(path('events.db'), Buffer.from(whole).fill(0xab, 4096, 4096 * 4));
    const damaged = readFileSync(path('events.db'));
    await refused(/events\.db/);
    assert.deepEqual(readFileSync(path('events.db')), damaged);
    writeFileSync(path('events.db'), whole);
    await bench.restart();
    assert.equal((await bench.client.request('run.list', {})).runs.length, 1, 'put back from a copy it is whole');
  });

  it('killed, and its write-ahead log is gone: refused, never silently empty', async () => {
    await bench.agent.kill();
    assert.ok(existsSync(path('events.db-wal')));
    const log = readFileSync(path('events.db-wal'));
    for (const suffix of ['wal', 'shm']) rmSync(path(`events.db-${suffix}`), { force: true });
    await refused(/write-ahead log/);
    writeFileSync(path('events.db-wal'), log);
    await bench.restart();
    assert.equal((await bench.client.request('run.list', {})).runs.length, 1, 'with its log it is whole');
  });
});
