import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import { isOperationName, OPERATIONS, type OperationName } from '../../rde-agent/protocol/operations.ts';
import { TestAgent } from '../support/agent.ts';
import { createScheduledWorkspace } from '../support/scheduledWorkspace.ts';
import type { SmallWorkspace } from '../support/smallWorkspace.ts';
import { Surfaces, waitForRun, type Answer, type Params } from '../support/surfaces.ts';
import { waitFor } from '../support/waitFor.ts';

/** One operation: what it is asked, and the command that asks the same. */
interface Row {
  /** of a mutating one the key is added */
  readonly params: Params;
  readonly argv: readonly string[];
  /** default: the workspace */
  readonly cwd?: string;
  /** What the command prints of an answer, where it is not the answer itself. */
  readonly printed?: (answer: Answer, client: AgentClient) => Promise<readonly Answer[]>;
  /** The command prints a run that is under way: it is compared with the other one when both have ended. */
  readonly begins?: true;
}

type Table = { readonly [N in OperationName]: Row };

describe('agent/registry', function () {
  this.timeout(300_000);
  let agent: TestAgent;
  let client: AgentClient;
  let surfaces: Surfaces;
  let workspace: SmallWorkspace;
  let empty: string;
  let table: Table;

  before(async () => {
    workspace = createScheduledWorkspace('{ cron: "0 3 1 1 *", timezone: UTC }');
    workspace.write({ 'modules/small/say/tests/test_say.py': 'def test_says():\n    assert True\n' });
    const git = (...args: string[]): unknown =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], { cwd: workspace.root, stdio: 'ignore' });
    git('init', '-b', 'main');
    git('add', '.');
    git('commit', '-m', 'first');
    empty = mkdtempSync(join(tmpdir(), 'cairn-registry-'));
    agent = await TestAgent.start();
    client = agent.connect();
    surfaces = new Surfaces(agent);
    await client.request('workspace.push', { root: workspace.root, key: newKey() });
    const runs: string[] = [];
    for (const who of ['ann', 'bob']) {
      const { run } = await client.request('run.trigger', { workflow: 'small/tick', params: { who }, key: newKey() });
      await waitForRun(client, run);
      runs.push(run);
    }
    const [older = '', run = ''] = runs;
    const replay = await client.request('run.replay', { run: older, key: newKey() });
    await waitForRun(client, replay.run ?? '');
    table = toTable({ root: workspace.root, empty, run, older, replay: replay.run ?? '' });
  });
  after(async () => {
    surfaces?.forget();
    await agent?.dispose();
    workspace?.dispose();
    rmSync(empty, { recursive: true, force: true });
  });

  for (const name of Object.keys(OPERATIONS).filter(isOperationName)) {
    it(`${name} answers the same over HTTP, in the portal and on the command line`, async () => {
      const { params, argv, cwd = workspace.root, printed, begins } = table[name];
      const { mutates } = OPERATIONS[name];
      const asked = mutates ? { ...params, key: newKey() } : params;
      const rest = await surfaces.rest(name, asked);
      await settle(name);
      const portal = await surfaces.portal(name, asked);
      await settle(name);
      if (mutates) assert.deepEqual(portal, rest, 'the same key has the same answer, whoever repeats it');
      assert.deepEqual(toComparable(portal), toComparable(rest), `${name} in the portal`);
      const expected = begins ? [await showEnded(rest)] : printed === undefined ? [rest] : await printed(rest, client);
      const lines = await surfaces.cli(argv, cwd);
      const commanded = begins ? await Promise.all(lines.map(showEnded)) : lines;
      await settle(name);
      assert.deepEqual(toComparable(commanded), toComparable(expected), `${name} as cairn ${argv.join(' ')}`);
    });
  }

  function showEnded(answer: Answer): Promise<Answer> {
    return waitForRun(client, (answer as { readonly run: string }).run);
  }

  /** Some operations end what the next question needs. */
  async function settle(name: OperationName): Promise<void> {
    if (name === 'portal.signOut') surfaces.forget();
    if (name !== 'agent.stop') return;
    surfaces.forget();
    await waitFor('the agent has ended', () => !agent.isRunning);
    await agent.start();
  }
});

/** What there is when the first question is asked. */
interface Prepared {
  readonly root: string;
  /** a folder with nothing in it */
  readonly empty: string;
  /** two runs of the same workflow that have ended, and a replay of the older one */
  readonly run: string;
  readonly older: string;
  readonly replay: string;
}

function toTable({ root, empty, run, older, replay }: Prepared): Table {
  const running = ['--detach'];
  return {
    'agent.status': { params: {}, argv: ['agent', 'status'] },
    'agent.stop': { params: {}, argv: ['agent', 'stop'], printed: () => Promise.resolve([{ v: 1, state: 'stopped' }]) },
    'agent.doctor': { params: {}, argv: ['doctor'], printed: asDoctor },
    'portal.open': { params: {}, argv: ['portal'] },
    'portal.signOut': { params: {}, argv: ['portal', '--sign-out'] },
    'workspace.list': { params: {}, argv: ['workspaces'] },
    'workspace.open': { params: { root }, argv: ['workspaces', 'open'] },
    'workspace.close': { params: { root }, argv: ['workspaces', 'close'] },
    'workspace.check': { params: { root }, argv: ['check'] },
    'workspace.init': { params: { root: empty, preview: true }, argv: ['init', '--preview'], cwd: empty },
    'workspace.newModule': { params: { root, name: 'small/say' }, argv: ['new', 'module', 'small/say'] },
    'workspace.newLibrary': { params: { root, name: 'small/lib', preview: true }, argv: ['new', 'library', 'small/lib', '--preview'] },
    'workspace.newWorkflow': {
      params: { root, name: 'small/other', modules: ['small/say'], preview: true },
      argv: ['new', 'workflow', 'small/other', 'small/say', '--preview'],
    },
    'workspace.build': { params: { root, modules: ['small/say'] }, argv: ['build', 'small/say'] },
    'workspace.test': { params: { root, modules: ['small/say'], discover: true }, argv: ['test', 'small/say', '--list'] },
    'workspace.plan': { params: { root, workflow: 'small/tick', params: { who: 'x' } }, argv: ['plan', 'small/tick', '--param', 'who=x'] },
    'workspace.push': { params: { root }, argv: ['push'] },
    'ci.plan': { params: { root, since: 'HEAD' }, argv: ['ci', 'plan', '--since', 'HEAD'] },
    'run.submit': {
      params: { root, workflow: 'small/tick', params: { who: 'c' } },
      argv: ['run', 'small/tick', '--param', 'who=c', ...running],
      begins: true,
    },
    'run.rerun': { params: { run }, argv: ['rerun', run, ...running], begins: true },
    'run.clone': { params: { run, params: { who: 'd' } }, argv: ['clone', run, '--param', 'who=d', ...running], begins: true },
    'run.trigger': {
      params: { workflow: 'small/tick', params: { who: 'e' } },
      argv: ['trigger', 'small/tick', '--param', 'who=e', ...running],
      begins: true,
    },
    'run.list': { params: { limit: 1, after: run }, argv: ['runs', '--limit', '1', '--after', run] },
    'run.show': { params: { run }, argv: ['show', run] },
    'run.cancel': { params: { run }, argv: ['cancel', run] },
    'run.why': { params: { run, step: 'say' }, argv: ['why', run, 'say'] },
    'run.pin': { params: { run, pinned: true }, argv: ['agent', 'pin', run] },
    'run.logs': {
      params: { run, wait: false, limit: 1000 },
      argv: ['logs', run],
      printed: (answer) => Promise.resolve((answer as { readonly lines: readonly Answer[] }).lines),
    },
    'run.receipt': { params: { run }, argv: ['receipt', run] },
    'run.export': { params: { run, folder: join(empty, 'receipt') }, argv: ['receipt', run, '--out', join(empty, 'receipt')] },
    'run.replay': { params: { run }, argv: ['replay', run], printed: asReplayed },
    // The command makes another replay of the same run, and says how that compares.
    'run.replayed': { params: { run: replay }, argv: ['replay', older] },
    'run.diff': { params: { run: older, other: run }, argv: ['diff', older, run] },
    'output.preview': { params: { run, step: 'say', port: 'out' }, argv: ['preview', `${run}:say.out`] },
    'tag.list': { params: { module: 'small/say' }, argv: ['tags', 'small/say'] },
    'tag.move': { params: { module: 'small/say', tag: 'candidate', dryRun: true }, argv: ['tag', 'small/say', 'candidate', '--dry-run'] },
    'tag.promote': {
      params: { root, modules: ['small/say'], reviewer: 'ann', dryRun: true },
      argv: ['promote', 'small/say', '--reviewer', 'ann', '--dry-run'],
    },
    'tag.rollback': { params: { module: 'small/say', dryRun: true }, argv: ['rollback', 'small/say', '--dry-run'] },
    'workflow.list': { params: {}, argv: ['workflows'] },
    'workflow.show': { params: { workflow: 'small/tick' }, argv: ['workflows', 'small/tick'] },
    'workflow.plan': {
      params: { workflow: 'small/tick', params: { who: 'ann' } },
      argv: ['plan', 'tick', '--pushed', '--param', 'who=ann'],
    },
    'schedule.list': { params: { workflow: 'small/tick' }, argv: ['schedule', 'show', 'small/tick'] },
    'schedule.change': { params: { workflow: 'small/tick', change: 'stop' }, argv: ['schedule', 'stop', 'small/tick'] },
    'environment.list': { params: { root }, argv: ['environment', 'list'] },
    'environment.lock': { params: { root, environments: ['none'] }, argv: ['environment', 'lock', 'none'] },
    'environment.sync': { params: { root, environments: ['none'] }, argv: ['environment', 'sync', 'none'] },
    'dataset.list': { params: { root }, argv: ['dataset', 'list'] },
    'dataset.preview': { params: { dataset: 'small/rows', limit: 20 }, argv: ['preview', 'small/rows', '--limit', '20'] },
    'lineage.show': { params: { target: `${run}:say.out` }, argv: ['lineage', `${run}:say.out`] },
    'cluster.list': { params: {}, argv: ['cluster', 'list'] },
    'ledger.show': { params: { by: 'workflow' }, argv: ['ledger', '--by', 'workflow'] },
    'cache.collect': { params: { dryRun: true }, argv: ['agent', 'gc', '--dry-run'] },
    'cache.audits': { params: {}, argv: ['agent', 'audit'] },
    'cache.audit': { params: { modules: ['small/say'] }, argv: ['agent', 'audit', 'small/say'] },
    'cache.trust': { params: { module: 'small/say' }, argv: ['agent', 'audit', '--trust', 'small/say'] },
  };
}

/** The command says first whether there is an agent, and where. */
async function asDoctor(answer: Answer, client: AgentClient): Promise<readonly Answer[]> {
  const { pid } = await client.request('agent.status', {});
  const { checks, ...document } = answer as { readonly checks: readonly Answer[] };
  return [{ ...document, checks: [{ name: 'agent', state: 'ok', message: `process ${String(pid)} answers` }, ...checks] }];
}

/** The command waits for the end of the replay, and prints how it compares. */
async function asReplayed(answer: Answer, client: AgentClient): Promise<readonly Answer[]> {
  const { run } = answer as { readonly run: string };
  await waitForRun(client, run);
  return [await client.request('run.replayed', { run })];
}

const CHANGING = new Set('bytes expires pid port predictedSeconds rebuilt rss seconds sessions stages started worker workers'.split(' '));

/** Without what is another each time that it is asked: ids, times, memory, and how far something under way has come. */
function toComparable(value: unknown): unknown {
  if (typeof value === 'string')
    return value
      .replace(/^[2-9A-Z]{4}-[2-9A-Z]{4}$/, '<code>')
      .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .replace(/\b\d+(?:\.\d+)? (?:ms|s|[kMG]i?B)\b/g, '<amount>');
  if (Array.isArray(value)) return value.map(toComparable);
  if (typeof value !== 'object' || value === null) return value;
  const members: readonly (readonly [string, unknown])[] = Object.entries(value);
  return Object.fromEntries(members.filter(([key]) => !CHANGING.has(key)).map(([key, member]) => [key, toComparable(member)]));
}
