import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { launchAgent } from '../../rde-agent/client/launchAgent.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import { OPERATIONS, type OperationName, type ParamsOf } from '../../rde-agent/protocol/operations.ts';
import type { Authorize } from '../../rde-agent/protocol/who.ts';
import { composeRoles } from '../../rde-agent/server/composeRoles.ts';
import { createDispatch, type Dispatch } from '../../rde-agent/server/dispatcher.ts';
import { createHandlers } from '../../rde-agent/server/handlers.ts';
import { findPlaces } from '../../rde-agent/server/places.ts';
import { createNewId, systemClock } from '../../rde-agent/server/systemClock.ts';
import { initRepository } from '../support/gitRepository.ts';
import { silentLogger } from '../support/silentLogger.ts';
import { TestAgent } from '../support/agent.ts';
import { waitFor } from '../support/waitFor.ts';

const isCode = (code: string) => (thrown: unknown) => thrown instanceof CairnError && thrown.code === code;

/** Whoever repeats or shows a run must be allowed to know it first. */
const REPEATS: ReadonlySet<string> = new Set(['run.rerun', 'run.clone', 'run.replay', 'run.export']);
/** asked about thing by thing */
const ONE_BY_ONE: ReadonlySet<string> = new Set([
  'lineage.show',
  'output.preview',
  'workflow.plan',
  'dataset.list',
  'run.diff',
  'run.replayed',
  'run.receipt',
  'run.export',
  'run.replay',
  'run.pin',
  'cache.audit',
]);

describe('agent/requests', function () {
  this.timeout(120_000);
  let folder: string;
  let root: string;
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cairn-requests-')));
    root = join(folder, 'studio');
    mkdirSync(root);
  });
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

  it('authorises each operation exactly once, and answers what its schema says', async () => {
    const asked: string[] = [];
    const owner = { id: 'local:test' };
    const authorize: Authorize = (principal, action) => {
      // The agent's own decisions, such as dispatching a task, are asked about by the name of who submitted.
      if (action !== 'dispatch') asked.push(`${principal.id} ${action}`);
      return { kind: 'allow' };
    };
    const stateFolder = join(folder, 'in-process');
    mkdirSync(stateFolder);
    const context = { stateFolder, logger: silentLogger, clock: systemClock, newId: createNewId(), owner };
    const places = findPlaces(new URL('../../rde-agent/server/main.ts', import.meta.url).href);
    const roles = await composeRoles(context, places, { env: process.env, authorize });
    const status = () =>
      ({ v: 1, pid: 1, port: 1, version: '', protocol: 1, roles: [], workers: 0, state: '', rss: 0, started: '' }) as const;
    const portal = { open: () => ({ v: 1, url: '', code: '', expires: '' }) as const, signOut: () => 0 };
    const dispatch = createDispatch(
      createHandlers({ ...roles, status: () => ({ ...status(), roles: [] }), portal, doctor: () => roles.doctor(), stop: () => undefined }),
    );
    try {
      await walk(dispatch, asked);
    } finally {
      await roles.stop();
    }
  });

  /** Every operation of the registry, in an order in which each can succeed. */
  async function walk(dispatch: Dispatch, asked: string[]): Promise<void> {
    const done = new Set<string>();
    const call = async <N extends OperationName>(name: N, params: ParamsOf<N>): Promise<{ run?: string }> => {
      asked.length = 0;
      const result = await dispatch(name, params, { id: 'local:test' }, new AbortController().signal);
      done.add(name);
      // Whoever repeats a run must be allowed to know it, and to run; lineage and datasets are asked about thing by thing.
      const first = REPEATS.has(name) ? ['local:test read'] : [];
      const found = ONE_BY_ONE.has(name) ? [...new Set(asked)] : asked;
      assert.deepEqual(found, [...first, `local:test ${OPERATIONS[name].action}`], name);
      assert.deepEqual(OPERATIONS[name].result.parse(result), result, name);
      return result as { run?: string };
    };
    const refused = async <N extends OperationName>(name: N, params: ParamsOf<N>, code: string): Promise<void> => {
      asked.length = 0;
      await assert.rejects(dispatch(name, params, { id: 'local:test' }, new AbortController().signal), { code });
      done.add(name);
      assert.deepEqual([...new Set(asked)], [`local:test ${OPERATIONS[name].action}`], name);
    };
    await call('workspace.init', { root });
    await call('workspace.open', { root });
    await call('workspace.check', { root });
    await call('workspace.newModule', { root, name: 'studio/more', outputs: ['scores:json'] });
    await call('workspace.newWorkflow', { root, name: 'studio/all', modules: ['studio/more'] });
    await call('workspace.newLibrary', { root, name: 'studio/shared' });
    appendFileSync(join(root, 'workflows/first.workflow.yaml'), 'schedule: { cron: "0 3 1 1 *", timezone: UTC }\n');
    await call('workspace.build', { root });
    await call('environment.list', { root });
    await call('environment.lock', { root });
    await call('environment.sync', { root });
    await call('dataset.list', { root });
    // Tables take a package, and so would a dataset that is there.
    await refused('dataset.preview', { dataset: 'studio/rows' }, 'unknown-dataset');
    await call('workspace.plan', { root, workflow: 'studio/first' });
    await call('workspace.test', { root, discover: true });
    initRepository(root);
    await call('ci.plan', { root, since: 'HEAD' });
    await call('workspace.push', { root, key: newKey() });
    const module = 'studio/squares';
    await call('tag.list', { module });
    await call('tag.move', { module, tag: 'candidate', key: newKey() });
    await call('tag.promote', { root, modules: [module], reviewer: 'somebody', key: newKey() });
    await call('tag.rollback', { module, tag: 'candidate', to: 'latest', key: newKey() });
    const { run = '' } = await call('run.submit', { root, workflow: 'studio/first', key: newKey() });
    await waitFor('the run has ended', async () => (await call('run.show', { run }), (await readState(dispatch, run)) === 'succeeded'));
    const again = await call('run.rerun', { run, key: newKey() });
    const cloned = await call('run.clone', { run, key: newKey() });
    const triggered = await call('run.trigger', { workflow: 'first', key: newKey() });
    for (const { run: other = '' } of [again, cloned, triggered])
      await waitFor('the run has ended', async () => (await readState(dispatch, other)) === 'succeeded');
    await call('run.receipt', { run });
    await call('run.export', { run, folder: join(folder, 'receipt') });
    const replayed = await call('run.replay', { run, key: newKey() });
    await waitFor('the replay has ended', async () => (await readState(dispatch, replayed.run ?? '')) === 'succeeded');
    await call('run.replayed', { run: replayed.run ?? '' });
    await call('run.diff', { run, other: again.run ?? '' });
    await call('run.pin', { run });
    await call('cache.collect', { dryRun: true });
    await call('cache.audits', {});
    await call('cache.audit', { modules: ['studio/squares'] });
    await call('cache.trust', { module: 'studio/squares' });
    await call('schedule.list', {});
    for (const change of ['start', 'pause', 'resume', 'stop'] as const)
      await call('schedule.change', { workflow: 'first', change, key: newKey() });
    const shown = OPERATIONS['run.show'].result.parse(
      await dispatch('run.show', { run }, { id: 'local:test' }, new AbortController().signal),
    );
    const [port = ''] = Object.keys(shown.steps.find(({ step }) => step === 'squares')?.outputs ?? {});
    await call('lineage.show', { target: `${run}:squares.${port}` });
    await call('output.preview', { run, step: 'squares' });
    await call('ledger.show', { by: 'day' });
    await call('cluster.list', {});
    await call('run.list', {});
    await call('workflow.list', {});
    await call('workflow.show', { workflow: 'studio/first' });
    await call('workflow.plan', { workflow: 'studio/first' });
    await call('workspace.list', {});
    await call('portal.open', {});
    await call('portal.signOut', {});
    await call('run.why', { run, step: 'squares' });
    await call('run.logs', { run });
    await call('run.cancel', { run, key: newKey() });
    await call('workspace.close', { root });
    await call('agent.status', {});
    await call('agent.doctor', {});
    await call('agent.stop', {});
    assert.deepEqual([...done].sort(), Object.keys(OPERATIONS).sort());
  }

  async function readState(dispatch: Dispatch, run: string): Promise<string> {
    const shown = await dispatch('run.show', { run }, { id: 'local:test' }, new AbortController().signal);
    return OPERATIONS['run.show'].result.parse(shown).state;
  }

  it('denies everything to a stranger', async () => {
    const stateFolder = join(folder, 'stranger');
    mkdirSync(stateFolder);
    const context = { stateFolder, logger: silentLogger, clock: systemClock, newId: createNewId(), owner: { id: 'local:owner' } };
    const roles = await composeRoles(context, findPlaces(new URL('../../rde-agent/server/main.ts', import.meta.url).href));
    const dispatch = createDispatch(
      createHandlers({
        ...roles,
        status: () => assert.fail(),
        portal: { open: () => assert.fail(), signOut: () => assert.fail() },
        doctor: () => assert.fail(),
        stop: () => assert.fail(),
      }),
    );
    const all = {
      root,
      name: 'studio/denied',
      run: 'r',
      dataset: 'studio/denied',
      step: 's',
      workflow: 'studio/first',
      key: 'denied-key-1',
      change: 'start',
      target: 'r:s.p',
      other: 'r',
      folder: root,
      module: 'studio/denied',
      since: '2026-01-01',
      tag: 'candidate',
      modules: ['studio/squares'],
      reviewer: 'somebody',
    };
    try {
      for (const [name, operation] of Object.entries(OPERATIONS)) {
        const params = Object.fromEntries(Object.entries(all).filter(([field]) => field in operation.params.shape));
        await assert.rejects(dispatch(name, params, { id: 'local:stranger' }, new AbortController().signal), isCode('denied'), name);
      }
    } finally {
      await roles.stop();
    }
  });

  describe('with an agent', () => {
    let agent: TestAgent;
    before(async () => (agent = await TestAgent.start()));
    after(() => agent.dispose());

    it('F31: a hundred equal submits are one run, another body is a conflict, also after a restart', async () => {
      const client = agent.connect();
      const params = { root, workflow: 'studio/first', key: newKey() } as const;
      const answers = await Promise.all(Array.from({ length: 100 }, () => client.request('run.submit', params)));
      assert.equal(new Set(answers.map(({ run }) => run)).size, 1);
      await assert.rejects(client.request('run.submit', { ...params, force: true }), isCode('conflict'));
      await agent.kill();
      await agent.start();
      client.retry();
      assert.equal((await client.request('run.submit', params)).run, answers[0]?.run);
      await assert.rejects(client.request('run.submit', { ...params, force: true }), isCode('conflict'));
      assert.equal((await client.request('run.list', {})).runs.length, 1);
      client.dispose();
    });

    it('A17, A18: names of workspaces and steps are data, whatever is in them', async () => {
      const client = agent.connect();
      for (const workflow of [
        '../../etc/passwd',
        '$(touch /tmp/x)',
        '`id`',
        "'; --",
        '-rf',
        'constructor',
        '__proto__',
        '\u0000',
        'a\nb',
        '%2e%2e',
      ]) {
        await assert.rejects(client.request('run.submit', { root, workflow, key: newKey() }), isCode('unknown-workflow'), workflow);
        await assert.rejects(client.request('run.show', { run: workflow }), isCode('unknown-run'), workflow);
      }
      await assert.rejects(client.request('workspace.open', { root: '/nowhere/at/all' }), isCode('no-workspace'));
      await assert.rejects(client.request('workspace.open', { root: 'relative' }), CairnError);
      client.dispose();
    });

    it('F39: a task that runs when the agent is asked to stop runs again at the next start, and the run finishes', async () => {
      const gate = join(folder, 'gate');
      const waiting = makeWaiting(gate);
      const client = agent.connect();
      const { run } = await client.request('run.submit', { root: waiting, workflow: 'slow/waiting', key: newKey() });
      await waitFor('the task runs', async () => (await client.request('run.show', { run })).steps[0]?.worker !== null);
      assert.equal(await agent.end('SIGTERM'), 0);
      await agent.start();
      client.retry();
      await waitFor('the task runs again', async () => (await client.request('run.show', { run })).steps[0]?.attempts === 2);
      writeFileSync(gate, '');
      await waitFor('the run has ended', async () => (await client.request('run.show', { run })).state === 'succeeded');
      client.dispose();
    });

    function makeWaiting(gate: string): string {
      const waiting = join(folder, 'waiting');
      mkdirSync(join(waiting, 'modules/slow/wait'), { recursive: true });
      mkdirSync(join(waiting, 'workflows'));
      writeFileSync(join(waiting, 'cairn.yaml'), 'workspace: waiting\nmodules: [modules/**]\nworkflows: [workflows/**]\n');
      writeFileSync(
        join(waiting, 'modules/slow/wait/module.yaml'),
        'module: slow/wait\nkind: data\nentry: wait.py:main\ndeterminism: external\noutputs:\n  result: json\n',
      );
      const code = `import pathlib, time\n\ndef main():\n    while not pathlib.Path(${JSON.stringify(gate)}).exists():\n        time.sleep(0.01)\n    return {"result": {"done": True}}\n`;
      writeFileSync(join(waiting, 'modules/slow/wait/wait.py'), code);
      writeFileSync(join(waiting, 'workflows/waiting.workflow.yaml'), 'workflow: slow/waiting\nsteps:\n  wait: { module: slow/wait }\n');
      return waiting;
    }
  });

  describe('F21: a state folder that is not as it was left', () => {
    async function refuses(change: (stateFolder: string) => void, code: string, message: RegExp): Promise<void> {
      const agent = await TestAgent.start();
      await agent.end('SIGTERM');
      change(agent.stateFolder);
      const launch = { execPath: process.execPath, agentEntry: agent.entry, stateFolder: agent.stateFolder, env: { ...process.env } };
      try {
        await assert.rejects(
          launchAgent(launch),
          (thrown: unknown) => isCode(code)(thrown) && thrown instanceof Error && message.test(thrown.message),
        );
      } finally {
        await agent.dispose();
      }
    }

    it('written by a newer version: refused, untouched, with what to do', () =>
      refuses(
        (stateFolder) => {
          const database = new DatabaseSync(join(stateFolder, 'events.db'));
          database.exec('PRAGMA user_version = 9999');
          database.close();
        },
        'state-newer',
        /events\.db|newer/,
      ));

    it('not a database any more: refused, never silently empty', () =>
      refuses((stateFolder) => writeFileSync(join(stateFolder, 'events.db'), 'rubbish'.repeat(2000)), 'state-damaged', /events\.db/));
  });
});
