import assert from 'node:assert/strict';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import { reduceSchedules, type SchedulesAction, type SchedulesView } from '../../rde-agent/protocol/schedulesView.ts';
import { PROTOCOL_VERSION, SCHEDULES_URI, SESSION, WORKFLOWS_URI, type SubscribeResult } from '../../rde-agent/protocol/wire.ts';
import { reduceWorkflows, type WorkflowsAction, type WorkflowsView } from '../../rde-agent/protocol/workflowsView.ts';
import { TestAgent } from '../support/agent.ts';
import { PortalBrowser } from '../support/portalBrowser.ts';
import { RawSocket } from '../support/rawSocket.ts';
import { moduleFiles, SmallWorkspace } from '../support/smallWorkspace.ts';
import { waitForRun } from '../support/surfaces.ts';
import { waitFor } from '../support/waitFor.ts';

const SAY = 'def loud(who):\n    return who.upper()\n\n\ndef run(who):\n    return {"out": loud(who)}\n';
const FILES = {
  'workflows/top.workflow.yaml': `workflow: small/top
params: { who: { type: string } }
steps:
  say: { module: small/say, params: { who: "\${params.who}" } }
  inner: { workflow: small/inner, in: { text: say.out } }
schedule: { cron: "0 3 1 1 *", timezone: UTC, params: { who: night } }
`,
  'workflows/inner.workflow.yaml':
    'workflow: small/inner\ninputs: { text: json }\nsteps:\n  count: { module: small/count, in: { text: inputs.text } }\noutputs: { out: count.out }\n',
  ...moduleFiles('small/say', { params: '{ who: { type: string } }', code: SAY }),
  ...moduleFiles('small/count', { inputs: '{ text: json }', code: 'def run(text):\n    return {"out": len(text)}\n' }),
};

describe('agent/portalFeeds', function () {
  this.timeout(120_000);
  let agent: TestAgent;
  let client: AgentClient;
  let workspace: SmallWorkspace;
  let schedules: SchedulesView | undefined;
  let workflows: WorkflowsView | undefined;

  before(async () => {
    workspace = new SmallWorkspace(FILES);
    agent = await TestAgent.start();
    client = agent.connect();
    client.subscribe<SchedulesView, SchedulesAction>({
      uri: SCHEDULES_URI,
      reduce: reduceSchedules,
      onDidChange: (view) => (schedules = view),
    });
    client.subscribe<WorkflowsView, WorkflowsAction>({
      uri: WORKFLOWS_URI,
      reduce: reduceWorkflows,
      onDidChange: (view) => (workflows = view),
    });
    await waitFor('both are followed', () => schedules !== undefined && workflows !== undefined);
  });
  after(async () => {
    await agent?.dispose();
    workspace?.dispose();
  });

  const push = () => client.request('workspace.push', { root: workspace.root, key: newKey() });
  const plan = () => client.request('workflow.plan', { workflow: 'small/top', params: { who: 'ann' } });
  const toDecisions = async (): Promise<readonly string[]> => (await plan()).steps.map(({ step, decision }) => `${step} ${decision}`);

  it('a push is followed as it is listed', async () => {
    await push();
    await waitFor('both know it', () => schedules?.schedules.length === 1 && workflows?.workflows.length === 1);
    assert.deepEqual(schedules?.schedules, (await client.request('schedule.list', {})).schedules);
    assert.deepEqual(workflows?.workflows, (await client.request('workflow.list', {})).workflows);
    await client.request('schedule.change', { workflow: 'small/top', change: 'start', key: newKey() });
    await waitFor('it is active', () => schedules?.schedules[0]?.state === 'active');
  });

  it('plans are asked for anew when a run has ended and when something was pushed, and name what changed', async () => {
    assert.ok((await toDecisions()).includes('say miss'));
    const before = workflows?.plans ?? 0;
    const { run } = await client.request('run.trigger', { workflow: 'small/top', params: { who: 'ann' }, key: newKey() });
    await waitForRun(client, run);
    await waitFor('news of the run', () => (workflows?.plans ?? 0) > before);
    assert.ok((await plan()).steps.every(({ decision }) => decision === 'hit'));
    const reused = workflows?.plans ?? 0;
    workspace.write({ 'modules/small/say/main.py': SAY.replace('upper', 'lower') });
    await push();
    await waitFor('news of the push', () => (workflows?.plans ?? 0) > reused);
    const changed = (await plan()).steps.find(({ step }) => step === 'say');
    assert.equal(changed?.decision, 'miss');
    assert.deepEqual(
      changed.reasons.map(({ symbol, file }) => [symbol, file]),
      [['loud', 'modules/small/say/main.py']],
    );
    const saved = await client.request('workspace.plan', { root: workspace.root, workflow: 'small/top', params: { who: 'ann' } });
    assert.deepEqual((await plan()).steps, saved.steps, 'as what is saved, which is the same');
  });

  it('what was pushed is shown and planned though its workspace is closed and gone, also by another agent on the same state', async () => {
    const shown = await client.request('workflow.show', { workflow: 'top' });
    const planned = await plan();
    await client.request('workspace.close', { root: workspace.root });
    workspace.dispose();
    await agent.kill();
    await agent.start();
    client.retry();
    assert.deepEqual(await client.request('workflow.show', { workflow: 'top' }), shown);
    assert.deepEqual(
      [shown.graph.file, shown.graph.steps.map(({ id, line }) => `${id}:${String(line)}`), shown.nested.map(({ name }) => name)],
      ['workflows/top.workflow.yaml', ['say:4', 'inner:5'], ['small/inner']],
    );
    assert.deepEqual(shown.code['small/say'], { folder: 'modules/small/say', entry: 'modules/small/say/main.py' });
    assert.deepEqual((await plan()).steps, planned.steps);
    assert.deepEqual((await client.request('workspace.list', {})).workspaces, []);
  });

  it('a signed-in page is given the whole states', async () => {
    const browser = await PortalBrowser.signedIn(agent);
    const socket = new RawSocket(await browser.socket());
    await socket.ask(SESSION.hello, { versions: [PROTOCOL_VERSION], client: 'portal' });
    const states = [];
    for (const uri of [SCHEDULES_URI, WORKFLOWS_URI]) {
      const result = (await socket.ask(SESSION.subscribe, { uri })).result as SubscribeResult;
      assert.equal(result.kind, 'snapshot');
      states.push(result.kind === 'snapshot' ? result.state : undefined);
    }
    assert.deepEqual(states[0], { schedules: (await client.request('schedule.list', {})).schedules });
    assert.deepEqual((states[1] as WorkflowsView).workflows, (await client.request('workflow.list', {})).workflows);
    socket.socket.terminate();
  });
});
