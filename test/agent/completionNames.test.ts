import assert from 'node:assert/strict';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import { TestAgent } from '../support/agent.ts';
import { runCairn } from '../support/cli.ts';
import { moduleFiles, SmallWorkspace } from '../support/smallWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';

describe('agent: completion of what an agent knows', function () {
  this.timeout(120_000);
  let agent: TestAgent;
  let client: AgentClient;
  let space: SmallWorkspace;
  let run: string;

  before(async () => {
    space = new SmallWorkspace({
      ...moduleFiles('demo/first', { code: 'def run():\n    return {"out": 1}\n' }),
      'workflows/inner.workflow.yaml': 'workflow: demo/inner\nsteps:\n  deep: { module: demo/first }\n',
      'workflows/flow.workflow.yaml':
        'workflow: demo/flow\nsteps:\n  first: { module: demo/first }\n  inside: { workflow: demo/inner }\nschedule: { cron: "0 3 1 1 *", timezone: UTC }\n',
    });
    agent = await TestAgent.start();
    client = agent.connect();
    await client.request('workspace.push', { root: space.root, key: newKey() });
    await client.request('tag.move', { module: 'demo/first', tag: 'candidate', key: newKey() });
    ({ run } = await client.request('run.submit', { root: space.root, workflow: 'demo/flow', key: newKey() }));
    await waitFor('the run has ended', async () => (await client.request('run.show', { run })).state === 'succeeded');
  });
  after(async () => {
    await agent?.dispose();
    space?.dispose();
  });

  async function offer(...words: readonly string[]): Promise<readonly string[]> {
    const { code, out, err } = await runCairn(['__complete', '--', ...words], { cwd: space.root, stateFolder: agent.stateFolder });
    assert.deepEqual([code, err], [0, ''], words.join(' '));
    return out.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t', 1)[0] ?? '']));
  }

  it('offers tags, steps, ports, schedules and clusters', async () => {
    assert.deepEqual(await offer('tag', 'demo/first', ''), ['candidate', 'latestAlpha']);
    assert.deepEqual(await offer('rollback', 'demo/first', '--tag', 'c'), ['candidate']);
    assert.deepEqual(await offer('push', '--tag=ca'), ['--tag=candidate']);
    assert.deepEqual(await offer('why', run, ''), ['first', 'inside', 'inside/deep']);
    assert.deepEqual(await offer('logs', run, 'inside/'), ['inside/deep']);
    assert.deepEqual(await offer('rerun', run, '--from', 'f'), ['first']);
    assert.deepEqual(await offer('run', 'demo/flow', '--from', ''), ['first', 'inside']);
    assert.deepEqual(await offer('run', 'demo/flow', '--fork', run, '--from', 'inside/'), ['inside/deep']);
    assert.deepEqual(await offer('preview', run.slice(0, 8)), [`${run}:`]);
    assert.deepEqual(await offer('preview', `${run}:first`), [`${run}:first.out`]);
    assert.deepEqual(await offer('lineage', `${run}:inside/`), [`${run}:inside/deep.out`]);
    assert.deepEqual(await offer('schedule', 'show', ''), ['demo/flow']);
    assert.deepEqual(await offer('cluster', 'show', ''), ['local']);
  });

  it('offers nothing for what is not there, and says nothing', async () => {
    assert.deepEqual(await offer('tag', 'demo/none', ''), []);
    assert.deepEqual(await offer('why', '01987a3e-6f00-7000-8000-000000000000', ''), []);
    await agent.end('SIGTERM');
    assert.deepEqual(await offer('why', run, ''), []);
    assert.equal(agent.isRunning, false);
  });
});
