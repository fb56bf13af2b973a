import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AgentClient } from '../../rde-agent/client/agentClient.ts';
import type { Session } from '../../rde-agent/client/clientSession.ts';
import { openSession, type OpenSession } from '../../rde-agent/client/session.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import type { Recorded, RunEvent } from '../../rde-agent/protocol/runEvents.ts';
import { NO_RUN, reduceRun, type RunView } from '../../rde-agent/protocol/runView.ts';
import { NO_RUNS, reduceRuns } from '../../rde-agent/protocol/runsView.ts';
import { LIMITS, RUNS_URI, SESSION, toWorkspaceUri, type ActionsParams, type SubscribeResult } from '../../rde-agent/protocol/wire.ts';
import { reduceWorkspace } from '../../rde-agent/protocol/workspaceView.ts';
import { TestAgent } from '../support/agent.ts';
import { RawSocket } from '../support/rawSocket.ts';
import { waitFor } from '../support/waitFor.ts';

describe('agent/subscriptions', function () {
  this.timeout(60_000);
  let agent: TestAgent;
  before(async () => (agent = await TestAgent.start({ kind: 'fake' })));
  after(() => agent.dispose());

  /** A connection that loses everything after so many notifications, and then the socket, again and again. */
  function createCuttingOpen(random: () => number): { open: OpenSession; cuts: () => number } {
    let cuts = 0;
    const open: OpenSession = async (stateFolder, client, events) => {
      let left = Math.floor(random() * 40);
      const held: { session?: Session } = {};
      held.session = await openSession(stateFolder, client, {
        onActions: (params) => {
          left -= 1;
          if (left >= 0) return events.onActions(params);
          if (left === -1) cuts += 1;
          held.session?.close();
        },
        onClose: (error) => events.onClose(error),
      });
      return held.session;
    };
    return { open, cuts: () => cuts };
  }

  for (const seed of [1, 2, 3, 4]) {
    it(`F26: every event once and in order over random cuts (seed ${String(seed)})`, async () => {
      const cutting = createCuttingOpen(createRandom(seed));
      const client = agent.connect({ open: cutting.open, random: () => 0 });
      const steady = agent.connect();
      const seen: number[] = [];
      let view: RunView = NO_RUN;
      const { uri } = await steady.request('run.submit', {
        root: '/x',
        workflow: 'w',
        key: `cut-run-${String(seed)}`,
        params: { events: 400 },
      });
      const following = client.subscribe<RunView, Recorded<RunEvent>>({
        uri,
        reduce: reduceRun,
        from: { state: NO_RUN, seq: 0 },
        onDidChange: (next, change) => {
          view = next;
          assert.equal(change.snapshot, false);
          for (const recorded of change.actions) seen.push(recorded.seq);
        },
      });
      const nudge = setInterval(() => client.retry(), 5);
      await waitFor('the end of the run', () => view.finished !== null, 30).finally(() => clearInterval(nudge));
      following.dispose();
      assert.deepEqual(
        seen,
        Array.from({ length: 402 }, (_, index) => index + 1),
      );
      assert.deepEqual(view.state, 'succeeded');
      client.dispose();
    });
  }

  it('several followers of one uri are independent, and the last one to leave tells the agent', async () => {
    const client = agent.connect();
    const states: string[] = [];
    const first = client.subscribe({
      uri: RUNS_URI,
      reduce: reduceRuns,
      onDidChange: (view, change) => states.push(`first ${String(view.runs.length > 0)} ${String(change.snapshot)}`),
    });
    await waitFor('the first answer', () => states.length > 0);
    const second = client.subscribe({
      uri: RUNS_URI,
      reduce: reduceRuns,
      from: { state: NO_RUNS, seq: 0 },
      onDidChange: (view) => states.push(`second ${String(view.runs.length > 0)}`),
    });
    await waitFor('the second answer', () => states.some((state) => state.startsWith('second')));
    first.dispose();
    states.length = 0;
    await client.request('run.submit', { root: '/x', workflow: 'w', key: 'independent-1', params: { events: 1 } });
    await waitFor('the second hears of it', () => states.length > 0);
    assert.ok(states.every((state) => state.startsWith('second')));
    second.dispose();
    client.dispose();
  });

  it('follows a workspace, opened on demand, and resumes from its ring', async () => {
    const raw = await RawSocket.open(agent);
    const uri = toWorkspaceUri('/ring');
    const { epoch, seq } = (await raw.ask(SESSION.subscribe, { uri })).result as SubscribeResult;
    for (let index = 1; index <= 5; index += 1) await raw.ask('workspace.build', { root: '/ring', modules: [`tree-${String(index)}`] });
    const again = (await raw.ask(SESSION.subscribe, { uri, since: { epoch, seq } })).result as SubscribeResult;
    assert.deepEqual([again.kind, again.kind === 'actions' && again.actions.length], ['actions', 5]);
    const foreign = (await raw.ask(SESSION.subscribe, { uri, since: { epoch: 'another', seq } })).result as SubscribeResult;
    assert.equal(foreign.kind, 'snapshot');
    for (let index = 0; index <= LIMITS.ring * 2; index += 1) await raw.ask('workspace.build', { root: '/ring', modules: ['x'] });
    const late = (await raw.ask(SESSION.subscribe, { uri, since: { epoch, seq } })).result as SubscribeResult;
    assert.equal(late.kind, 'snapshot');
    raw.socket.terminate();
  });

  it('shows a workspace that changes', async () => {
    const client = agent.connect();
    let tree = '';
    client.subscribe({ uri: toWorkspaceUri('/shown'), reduce: reduceWorkspace, onDidChange: (view) => (tree = view.tree) });
    await waitFor('the snapshot', () => tree.startsWith('sha256:'));
    await client.request('workspace.build', { root: '/shown', modules: ['changed'] });
    await waitFor('the change', () => tree === 'changed');
    client.dispose();
  });

  it('says that there is no such run, once', async () => {
    const client = agent.connect();
    const failed: unknown[] = [];
    client.subscribe({
      uri: 'run:/nothing',
      reduce: reduceRun,
      onDidChange: () => assert.fail(),
      onDidFail: (error) => failed.push(error),
    });
    await waitFor('the refusal', () => failed.length > 0);
    assert.ok(failed[0] instanceof CairnError && failed[0].code === 'unknown-run');
    client.dispose();
  });

  it('F28: a client that does not read gets a gap, costs bounded memory and slows nobody', async () => {
    const slow = await RawSocket.open(agent);
    const client = agent.connect();
    const { rss: before } = await client.request('agent.status', {});
    const { run, uri } = await client.request('run.submit', { root: '/x', workflow: 'slow', key: 'slow-reader-0' });
    await client.request('run.cancel', { run, key: 'slow-reader-c' });
    assert.ok(uri.length > 0);
    const submitted = await client.request('run.submit', {
      root: '/x',
      workflow: 'w',
      key: 'slow-reader-1',
      params: { events: 12_000, text: 8_000 },
    });
    assert.equal((await slow.ask(SESSION.subscribe, { uri: submitted.uri })).error, undefined);
    slow.socket.pause();
    let last: RunView = NO_RUN;
    client.subscribe<RunView, Recorded<RunEvent>>({ uri: submitted.uri, reduce: reduceRun, onDidChange: (view) => (last = view) });
    await waitFor('the other client is at the end', () => last.finished !== null, 40);
    const { rss: after } = await client.request('agent.status', {});
    assert.ok(after - before < 160 * 1024 * 1024, `grew by ${String((after - before) / 1e6)} MB`);
    slow.socket.resume();
    const gap = await slow.find((message) => message.method === SESSION.actions && (message.params as ActionsParams).gap === true);
    assert.equal((gap.params as ActionsParams).from, 12_003);
    const seen = slow.messages.flatMap((message) => (message.method === SESSION.actions ? (message.params as ActionsParams).actions : []));
    assert.ok(seen.length < 12_000 && seen.length > 0);
    slow.socket.terminate();
    client.dispose();
  });

  it('aborting a request, or closing the socket, ends its work in the agent', async () => {
    const mark = join(agent.stateFolder, 'aborted');
    const client = agent.connect();
    const { run } = await client.request('run.submit', { root: '/x', workflow: 'slow', key: 'to-be-aborted' });
    const isCancelled = (thrown: unknown): boolean => thrown instanceof CairnError && thrown.code === 'cancelled';
    const early = new AbortController();
    const neverBegun = client.request('run.logs', { run, wait: true }, early.signal);
    early.abort();
    await assert.rejects(neverBegun, isCancelled);
    const abort = new AbortController();
    const waiting = client.request('run.logs', { run, wait: true }, abort.signal);
    await client.request('agent.status', {});
    abort.abort();
    await assert.rejects(waiting, isCancelled);
    await waitFor('the work has ended', () => existsSync(mark));
    rmSync(mark);
    const raw = await RawSocket.open(agent);
    raw.socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'run.logs', params: { run, wait: true } }));
    await raw.ask('agent.status', {});
    raw.socket.terminate();
    await waitFor('the work has ended', () => existsSync(mark));
    client.dispose();
  });

  it('a stopped client asks for nothing more', async () => {
    const client = new AgentClient({ stateFolder: agent.stateFolder, client: 'test' });
    await client.request('agent.status', {});
    client.dispose();
    await assert.rejects(
      client.request('agent.status', {}),
      (thrown: unknown) => thrown instanceof CairnError && thrown.code === 'agent-unreachable',
    );
  });
});

/** Numbers in [0, 1) from a seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
