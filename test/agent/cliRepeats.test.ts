import assert from 'node:assert/strict';
import { AgentClient } from '../../rde-agent/client/agentClient.ts';
import type { RunDocument, RunsDocument, SchedulesDocument } from '../../rde-agent/protocol/documents.ts';
import { TestAgent } from '../support/agent.ts';
import { runCairn, type CliResult } from '../support/cli.ts';
import { createScheduledWorkspace } from '../support/scheduledWorkspace.ts';
import type { SmallWorkspace } from '../support/smallWorkspace.ts';

const OUTER = `workflow: small/outer
params: { who: { type: string, default: outer } }
steps:
  each:
    workflow: small/inner
    foreach: { n: [1, 2] }
    params: { who: "\${params.who}" }
`;
const INNER = `workflow: small/inner
params: { who: { type: string, default: inner }, times: { type: int, default: 1 } }
steps:
  say:
    module: small/say
    params: { who: "\${params.who}" }
outputs: { out: say.out }
`;

describe('cairn rerun, clone, trigger, schedule', function () {
  this.timeout(120_000);
  let agent: TestAgent;
  let workspace: SmallWorkspace;
  before(async () => {
    workspace = createScheduledWorkspace('{ cron: "0 3 1 1 *", timezone: Australia/Sydney }');
    workspace.write({ 'workflows/outer.workflow.yaml': OUTER, 'workflows/inner.workflow.yaml': INNER });
    agent = await TestAgent.start();
  });
  after(async () => {
    await agent.dispose();
    workspace.dispose();
  });

  const cairn = (...argv: string[]): Promise<CliResult> => runCairn(argv, { cwd: workspace.root, stateFolder: agent.stateFolder });

  async function document<T>(...argv: string[]): Promise<T> {
    const { out, err, code } = await cairn(...argv, '--json');
    assert.deepEqual([code, err], [0, ''], out.slice(-500));
    return JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as T;
  }

  async function paramsOf(run: string): Promise<unknown> {
    const client = new AgentClient({ stateFolder: agent.stateFolder, client: 'test' });
    try {
      return await new Promise((resolve, reject) => {
        const following = client.subscribe<{ readonly params: unknown }, never>({
          uri: `run:/${run}`,
          reduce: (view) => view,
          onDidChange: (view) => resolve(view.params),
          onDidFail: reject,
        });
        return following;
      });
    } finally {
      client.dispose();
    }
  }

  it('trigger and clone read --param as the types that the workflow declares, and wait for the end', async () => {
    assert.equal((await cairn('trigger', 'inner')).code, 2, 'nothing was pushed');
    assert.equal((await cairn('push')).code, 0);
    const triggered = await document<RunDocument>('trigger', 'inner', '--param', 'who=007', '--param', 'times=3');
    assert.deepEqual(
      [triggered.state, triggered.origin, await paramsOf(triggered.run)],
      ['succeeded', { kind: 'trigger', via: 'call' }, { who: '007', times: 3 }],
    );
    const cloned = await document<RunDocument>('clone', triggered.run, '--param', 'who=true');
    assert.deepEqual(
      [cloned.origin, await paramsOf(cloned.run)],
      [
        { kind: 'clone', run: triggered.run },
        { who: 'true', times: 3 },
      ],
    );
    for (const wrong of [['times=many'], ['nope=1'], ['who']])
      assert.equal((await cairn('clone', triggered.run, '--param', ...wrong)).code, 2, wrong.join());
    const again = await document<RunDocument>('rerun', cloned.run);
    assert.deepEqual([again.origin, again.steps[0]?.decision], [{ kind: 'rerun', run: cloned.run }, 'reused']);
    const forced = await document<RunDocument>('rerun', cloned.run, '--force');
    assert.equal(forced.steps[0]?.decision, 'executed');
    const detached = await document<RunDocument>('trigger', 'small/inner', '--detach');
    assert.equal(typeof detached.run, 'string');
  });

  it('run follows nested runs: each event of each once, the last line what show answers', async () => {
    const { out, code } = await cairn('run', 'outer', '--json', '--param', 'who=nested');
    assert.equal(code, 0);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly run: string; readonly seq?: number; readonly event?: { readonly type: string } });
    const last = lines.pop();
    const shown = await document<RunDocument>('show', last?.run ?? '');
    assert.deepEqual(last, shown);
    assert.deepEqual(
      shown.steps.map(({ step }) => step),
      ['each[1]', 'each[1]/say', 'each[2]', 'each[2]/say'],
    );
    for (const run of new Set(lines.map((line) => line.run))) {
      const seqs = lines.filter((line) => line.run === run).map(({ seq }) => seq);
      assert.deepEqual(
        seqs,
        seqs.map((_, index) => index + 1),
        'dense and in order',
      );
    }
    assert.equal(lines.filter(({ event }) => event?.type === 'run.finished').length, 3);
    const { runs } = await document<RunsDocument>('runs', '--parent', shown.run);
    assert.deepEqual(
      runs.map(({ workflow }) => workflow),
      ['small/inner', 'small/inner'],
    );
    const text = await cairn('run', 'outer', '--param', 'who=again');
    assert.match(text.out, /✓ each\[1\]\/say[^]*✓ each\[1\] /);
    assert.equal((await cairn('why', shown.run, 'each[2]/say')).code, 0);
    assert.match((await cairn('logs', shown.run, 'each[1]/say')).err, /^$/);
  });

  it('schedule lists, shows, starts, pauses, resumes and stops', async () => {
    await cairn('push');
    const states: string[] = [];
    for (const change of ['start', 'pause', 'resume', 'stop']) {
      const { schedules } = await document<SchedulesDocument>('schedule', change, 'tick');
      states.push(schedules[0]?.state ?? '');
    }
    assert.deepEqual(states, ['active', 'paused', 'active', 'declared']);
    assert.equal((await cairn('schedule', 'pause', 'tick')).code, 5);
    assert.equal((await cairn('schedule', 'start', 'nothing')).code, 2);
    assert.match((await cairn('schedule', 'list')).out, /small\/tick +declared +0 3 1 1 \* Australia\/Sydney/);
    assert.equal((await document<SchedulesDocument>('schedule', 'show', 'tick')).schedules[0]?.next.length, 5);
    assert.match((await cairn('schedule', 'show', 'tick')).out, /01-01 03:00:00\)/);
  });

  it('agent token makes what HTTP takes', async () => {
    const made = await document<{ readonly token: string; readonly url: string }>(
      'agent',
      'token',
      '--allow',
      'read',
      '--minutes',
      '1',
      '--quiet',
    );
    const response = await fetch(`${made.url}/v1/agent`, { headers: { authorization: `Bearer ${made.token}` } });
    assert.equal(response.status, 200);
    assert.equal((await cairn('agent', 'token', '--minutes', '0')).code, 2);
    assert.equal((await cairn('agent', 'token', '--allow', 'administer')).code, 2);
  });
});
