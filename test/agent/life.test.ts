import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchAgent, type LaunchOptions } from '../../rde-agent/client/launchAgent.ts';
import { isAlive, readLockFile } from '../../rde-agent/client/lockFile.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import { NO_RUN, reduceRun } from '../../rde-agent/protocol/runView.ts';
import { endProcessesOf, TestAgent } from '../support/agent.ts';
import { waitFor } from '../support/waitFor.ts';

const FAKE_AGENT = fileURLToPath(new URL('../support/fakeAgent.ts', import.meta.url));

describe('agent/life', function () {
  this.timeout(60_000);
  const agents: TestAgent[] = [];
  const folders: string[] = [];
  afterEach(async () => {
    for (const agent of agents.splice(0)) await agent.dispose();
    for (const folder of folders.splice(0)) {
      await endProcessesOf(folder);
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  });

  async function start(options: ConstructorParameters<typeof TestAgent>[0] = {}): Promise<TestAgent> {
    const agent = new TestAgent({ kind: 'fake', ...options });
    agents.push(agent);
    await agent.start();
    return agent;
  }

  function makeFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'cairn-life-'));
    folders.push(folder);
    return folder;
  }

  function toLaunch(stateFolder: string): LaunchOptions {
    return { execPath: process.execPath, agentEntry: FAKE_AGENT, stateFolder, env: { ...process.env, CAIRN_HOME: stateFolder } };
  }

  it('keeps folder, key and lock file to their owner', async () => {
    const agent = await start();
    const mode = (name: string): number => statSync(join(agent.stateFolder, name)).mode & 0o777;
    assert.deepEqual([mode('.'), mode('key'), mode('agent.json'), mode('agent.log')], [0o700, 0o600, 0o600, 0o600]);
  });

  it('F20: a second agent on the same folder refuses to start, and the first goes on', async () => {
    const agent = await start();
    const second = agent.spawn();
    let words = '';
    second.stderr?.on('data', (chunk: Buffer) => (words += chunk.toString()));
    const code = await new Promise((resolve) => second.once('close', resolve));
    assert.equal(code, 75);
    assert.match(words, /"code":"agent-already-running"/);
    assert.equal((await agent.connect().request('agent.status', {})).pid, agent.pid);
    assert.equal(readLockFile(agent.stateFolder)?.pid, agent.pid);
  });

  it('F20: death of any kind lets the next agent in, whoever has the number of the dead one by then', async () => {
    const agent = await start();
    await agent.kill();
    const stale = { ...readLockFile(agent.stateFolder), pid: process.pid };
    writeFileSync(join(agent.stateFolder, 'agent.json'), JSON.stringify(stale));
    await agent.start();
    assert.equal(readLockFile(agent.stateFolder)?.pid, agent.pid);
    assert.notEqual(agent.pid, process.pid);
  });

  it('keeps its key over restarts', async () => {
    const agent = await start();
    const key = readFileSync(join(agent.stateFolder, 'key'), 'utf8');
    await agent.end('SIGTERM');
    await agent.start();
    assert.equal(readFileSync(join(agent.stateFolder, 'key'), 'utf8'), key);
  });

  it('refuses a key that others can read, and the launcher is told what to do', async () => {
    const agent = await start();
    await agent.end('SIGTERM');
    chmodSync(join(agent.stateFolder, 'key'), 0o644);
    await assert.rejects(
      launchAgent(toLaunch(agent.stateFolder)),
      (thrown: unknown) => thrown instanceof CairnError && thrown.code === 'unauthenticated' && thrown.next.includes('chmod 600'),
    );
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends well on ${signal}: no lock file, exit 0`, async () => {
      const agent = await start();
      agent.connect();
      assert.equal(await agent.end(signal), 0);
      assert.equal(existsSync(join(agent.stateFolder, 'agent.json')), false);
    });
  }

  it('ends when a client asks, after its answer', async () => {
    const agent = await start();
    assert.deepEqual(await agent.connect().request('agent.stop', {}), { v: 1 });
    await waitFor('the process has ended', () => !isAlive(agent.pid));
  });

  it('ends by itself only without clients and runs', async () => {
    const agent = await start({ args: ['--idle-exit', '1'] });
    const client = agent.connect();
    await client.request('run.submit', { root: '/x', workflow: 'w', key: 'long-run-1', params: { events: 20_000 } });
    assert.equal(client.state.kind, 'open');
    client.dispose();
    await waitFor('the process has ended', () => !isAlive(agent.pid));
  });

  it('launches end with one agent, however many ask at once', async () => {
    const stateFolder = makeFolder();
    const launched = await Promise.all(Array.from({ length: 5 }, () => launchAgent(toLaunch(stateFolder))));
    const pids = new Set(launched.map(({ lock }) => lock.pid));
    assert.equal(pids.size, 1);
    assert.equal(launched.filter(({ started }) => started).length, 1);
    const [pid = 0] = pids;
    process.kill(pid, 'SIGTERM');
    await waitFor('it has ended', () => !isAlive(pid));
  });

  it('a start right after a stop waits until the folder is free', async () => {
    const stateFolder = makeFolder();
    const first = await launchAgent(toLaunch(stateFolder));
    process.kill(first.lock.pid, 'SIGTERM');
    await waitFor('it is on its way out', () => !existsSync(join(stateFolder, 'agent.json')));
    const second = await launchAgent(toLaunch(stateFolder));
    assert.deepEqual([second.started, second.lock.pid === first.lock.pid], [true, false]);
    process.kill(second.lock.pid, 'SIGTERM');
    await waitFor('it has ended', () => !isAlive(second.lock.pid));
  });

  it('a launched agent outlives its launcher', async () => {
    const stateFolder = makeFolder();
    const script = `import { launchAgent } from ${JSON.stringify(new URL('../../rde-agent/client/launchAgent.ts', import.meta.url).href)};
      await launchAgent(${JSON.stringify({ ...toLaunch(stateFolder), env: { PATH: process.env['PATH'], CAIRN_HOME: stateFolder } })});`;
    const launcher = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    assert.equal(await new Promise((resolve) => launcher.once('exit', resolve)), 0);
    const lock = readLockFile(stateFolder);
    assert.ok(lock !== undefined && isAlive(lock.pid));
    process.kill(lock.pid, 'SIGTERM');
    await waitFor('it has ended', () => !isAlive(lock.pid));
  });

  it('a launch that fails names the log and its last words', async () => {
    const stateFolder = makeFolder();
    const broken = join(stateFolder, 'broken.mjs');
    writeFileSync(broken, 'console.error("out of luck"); process.exit(3);');
    await assert.rejects(launchAgent({ ...toLaunch(stateFolder), agentEntry: broken }), (thrown: unknown) => {
      assert.ok(thrown instanceof CairnError && thrown.code === 'agent-start-failed');
      assert.match(thrown.message, /agent\.log/);
      assert.match(thrown.message, /out of luck/);
      return true;
    });
    await assert.rejects(
      launchAgent({ ...toLaunch(stateFolder), execPath: join(stateFolder, 'no-node') }),
      (thrown: unknown) => thrown instanceof CairnError && thrown.code === 'agent-start-failed',
    );
  });

  it('a client comes back by itself after a crash, and its state is whole', async () => {
    const agent = await start();
    const client = agent.connect();
    const { uri } = await client.request('run.submit', { root: '/x', workflow: 'slow', key: 'slow-run-1' });
    let seq = 0;
    client.subscribe({ uri, reduce: reduceRun, from: { state: NO_RUN, seq: 0 }, onDidChange: (_view, change) => (seq = change.seq) });
    await waitFor('the first event', () => seq === 1);
    const kinds: string[] = [];
    client.onDidChangeState((state) => kinds.push(state.kind));
    await agent.kill();
    await waitFor('the loss is seen', () => kinds.includes('waiting'));
    await agent.start();
    client.retry();
    const status = await client.request('agent.status', {});
    assert.equal(status.pid, agent.pid);
    assert.deepEqual(
      kinds.filter((kind) => kind === 'refused' || kind === 'stopped'),
      [],
    );
  });

  it('a client starts an agent when there is none, and its first request waits for it', async () => {
    const stateFolder = makeFolder();
    const agent = new TestAgent({ kind: 'fake', stateFolder });
    agents.push(agent);
    const client = agent.connect({ ensureAgent: () => launchAgent(toLaunch(stateFolder)).then(() => undefined) });
    const status = await client.request('agent.status', {});
    assert.equal(status.pid, readLockFile(stateFolder)?.pid);
    await client.request('agent.stop', {});
    client.dispose();
    await waitFor('it has ended', () => !isAlive(status.pid));
  });

  it('a request without an agent fails after its patience, and can be given up before', async () => {
    const agent = new TestAgent({ kind: 'fake', stateFolder: makeFolder() });
    agents.push(agent);
    const client = agent.connect({ patience: 50 });
    await assert.rejects(
      client.request('agent.status', {}),
      (thrown: unknown) => thrown instanceof CairnError && thrown.code === 'agent-unreachable',
    );
    const patient = agent.connect();
    const abort = new AbortController();
    const asked = patient.request('agent.status', {}, abort.signal);
    abort.abort();
    await assert.rejects(asked, (thrown: unknown) => thrown instanceof CairnError && thrown.code === 'cancelled');
  });
});
