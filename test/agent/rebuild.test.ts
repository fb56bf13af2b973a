import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import { TestAgent } from '../support/agent.ts';
import { moduleFiles, SmallWorkspace } from '../support/smallWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';

const WORKFLOW = `workflow: small/flow
params: { number: { type: int, default: 1 } }
steps:
  one: { module: small/one, params: { number: "\${params.number}" } }
  two: { module: small/two, in: { value: one.out } }
outputs: { result: two.out }
`;

/** Everything that can be read through the registry, as text. */
async function readEverything(client: AgentClient, root: string): Promise<string> {
  const answers: unknown[] = [];
  const { runs } = await client.request('run.list', { limit: 100 });
  answers.push(
    runs,
    await client.request('run.list', { limit: 1 }),
    await client.request('run.list', { limit: 100, workflow: 'small/flow' }),
  );
  for (const { run } of runs) {
    const shown = await client.request('run.show', { run });
    answers.push(shown, await client.request('run.logs', { run }));
    for (const step of shown.steps) answers.push(await client.request('run.why', { run, step: step.step }));
  }
  answers.push(await client.request('workspace.plan', { root, workflow: 'small/flow' }));
  answers.push(await client.request('workspace.plan', { root, workflow: 'small/flow', params: { number: 77 } }));
  return JSON.stringify(answers, null, 1);
}

describe('projections, snapshots and files of small blobs', function () {
  this.timeout(60_000);

  it('can be deleted: every answer of the restarted agent is byte-equal', async () => {
    const workspace = new SmallWorkspace({
      ...moduleFiles('small/one', {
        code: 'def run(number: int = 1):\n    print("number", number)\n    return {"out": number}\n',
        params: '{ number: { type: int, default: 1 } }',
      }),
      ...moduleFiles('small/two', {
        code: 'def run(value):\n    if value == 13:\n        raise ValueError("unlucky")\n    return {"out": value + 1}\n',
        inputs: '{ value: json }',
      }),
      'workflows/flow.workflow.yaml': WORKFLOW,
    });
    const agent = await TestAgent.start();
    try {
      const client = agent.connect();
      const { root } = workspace;
      for (const number of [1, 2, 1, 13]) {
        const { run } = await client.request('run.submit', { root, workflow: 'small/flow', params: { number }, key: newKey() });
        await waitFor('the run ends', async () => ['succeeded', 'failed'].includes((await client.request('run.show', { run })).state));
      }
      await client.request('workspace.push', { root, key: newKey() });
      const before = await readEverything(client, root);
      assert.match(before, /unlucky/);
      assert.match(before, /"decision": "reused"/);
      client.dispose();
      await agent.end('SIGTERM');
      for (const name of ['projections.db', 'projections.db-wal', 'projections.db-shm', 'snapshots', 'files', 'trees']) {
        rmSync(join(agent.stateFolder, name), { recursive: true, force: true });
      }
      await agent.start();
      assert.equal(await readEverything(agent.connect(), root), before);
    } finally {
      await agent.dispose();
      workspace.dispose();
    }
  });
});
