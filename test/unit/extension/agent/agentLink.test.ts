import assert from 'node:assert/strict';
import { AgentLink } from '../../../../extension/agent/agentLink.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { TestAgent } from '../../../support/agent.ts';
import { waitFor } from '../../../support/waitFor.ts';

interface Watched {
  readonly link: AgentLink;
  readonly errors: unknown[];
  readonly asked: { count: number };
}

function createLink(stateFolder: string, ensureAgent: () => Promise<void> = () => Promise.resolve()): Watched {
  const errors: unknown[] = [];
  const asked = { count: 0 };
  const ensure = (): Promise<void> => {
    asked.count += 1;
    return ensureAgent();
  };
  return { link: new AgentLink({ stateFolder, ensureAgent: ensure, onError: (error) => errors.push(error) }), errors, asked };
}

describe('the link to the agent', () => {
  it('opens nothing by being made or listened to', () => {
    const { link, asked } = createLink('/nowhere');
    link.onDidChangeState(() => undefined);
    link.onDidChangeRuns(() => undefined);
    assert.deepEqual([link.state, link.runs.runs, asked.count], [{ kind: 'idle' }, [], 0]);
    link.dispose();
  });

  it('shows why no agent could be started, and tries again when a person asks', async () => {
    const agent = new TestAgent({ kind: 'fake' });
    let isThere = false;
    const { link, asked } = createLink(agent.stateFolder, async () => {
      if (!isThere) throw new CairnError('agent-start-failed', 'No Node was found.');
    });
    try {
      link.connect();
      const refused = await waitFor('the refusal', () => (link.state.kind === 'refused' ? link.state : undefined));
      assert.deepEqual([refused.problem.code, refused.problem.message, asked.count], ['agent-start-failed', 'No Node was found.', 1]);
      isThere = true;
      await agent.start();
      link.retry();
      await waitFor('the connection', () => link.state.kind === 'open');
    } finally {
      link.dispose();
      await agent.dispose();
    }
  });

  it('keeps the last runs in sight while the agent is away, and says since when', async () => {
    const agent = await TestAgent.start({ kind: 'fake' });
    const { link } = createLink(agent.stateFolder);
    try {
      const { run } = await link.request('run.submit', {
        root: '/w',
        workflow: 'demo/flow',
        key: 'key-of-this-test',
        params: { events: 3 },
      });
      await waitFor('the run in the list', () => link.runs.runs.some((one) => one.run === run));
      const views: string[] = [];
      const following = link.followRun(run, (view) => views.push(view.run));
      await waitFor('the run itself', () => views.includes(run));
      await agent.kill();
      await waitFor('the loss', () => link.state.kind !== 'open');
      assert.equal(
        link.runs.runs.some((one) => one.run === run),
        true,
      );
      assert.equal(link.runView(run)?.run, run);
      assert.ok(Date.parse(link.lastLive) <= Date.now());
      following.dispose();
      assert.equal(link.runView(run), undefined);
    } finally {
      link.dispose();
      await agent.dispose();
    }
  });
});
