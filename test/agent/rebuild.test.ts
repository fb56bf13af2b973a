import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { TestAgent } from '../support/agent.ts';
import { readRuns } from '../support/readRuns.ts';
import { createSampleWorkspace, runSamples, SAMPLE_WORKFLOW } from '../support/sampleRuns.ts';

const DERIVED = ['projections.db', 'projections.db-wal', 'projections.db-shm', 'snapshots', 'files', 'trees'];

async function readEverything(client: AgentClient, root: string): Promise<string> {
  const plans = [
    await client.request('workspace.plan', { root, workflow: SAMPLE_WORKFLOW }),
    await client.request('workspace.plan', { root, workflow: SAMPLE_WORKFLOW, params: { number: 77 } }),
  ];
  return (await readRuns(client, SAMPLE_WORKFLOW)) + JSON.stringify(plans, null, 1);
}

describe('projections, snapshots and files of small blobs', function () {
  this.timeout(60_000);

  it('can be deleted: every answer of the restarted agent is byte-equal', async () => {
    const workspace = createSampleWorkspace();
    const agent = await TestAgent.start();
    try {
      const client = agent.connect();
      await runSamples(client, workspace.root);
      const before = await readEverything(client, workspace.root);
      assert.match(before, /unlucky/);
      assert.match(before, /"decision": "reused"/);
      client.dispose();
      await agent.end('SIGTERM');
      for (const name of DERIVED) rmSync(join(agent.stateFolder, name), { recursive: true, force: true });
      await agent.start();
      assert.equal(await readEverything(agent.connect(), workspace.root), before);
    } finally {
      await agent.dispose();
      workspace.dispose();
    }
  });
});
