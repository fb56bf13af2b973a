import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import type { ParamsOf } from '../../rde-agent/protocol/operations.ts';
import type { Recorded, RunEvent } from '../../rde-agent/protocol/runEvents.ts';
import { NO_RUN, reduceRun, reduceRunEvents, type RunView } from '../../rde-agent/protocol/runView.ts';
import { toRunUri } from '../../rde-agent/protocol/wire.ts';
import { TestAgent } from '../support/agent.ts';

/** The real bundled agent over its real socket, with its state on the disk that the cache folder is on. */
export interface BenchAgent {
  readonly agent: TestAgent;
  readonly client: AgentClient;
  /** on the same disk, for whatever else the row needs there */
  readonly folder: string;
  dispose(): Promise<void>;
}

/** `env` = further variables of the agent */
export async function startBenchAgent(options: { readonly env?: { readonly [name: string]: string } } = {}): Promise<BenchAgent> {
  const folder = mkdtempSync(join(process.env['CAIRN_BENCH_FOLDER'] ?? '/var/tmp', 'cairn-bench-'));
  chmodSync(folder, 0o755); // a peer's server may run as another user
  const stateFolder = join(folder, 'state');
  mkdirSync(stateFolder, { mode: 0o700 });
  const agent = await TestAgent.start({ stateFolder, ...options });
  return {
    agent,
    client: agent.connect(),
    folder,
    dispose: async () => {
      await agent.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Milliseconds from before the submit on the client until … */
export interface RunTimes {
  /** the submit was acknowledged (durable) */
  readonly acknowledged: number;
  /** the end of the run was seen */
  readonly shown: number;
  /** the end of the run was known to be on disk */
  readonly durable: number;
  readonly view: RunView;
}

export async function timeRun(client: AgentClient, params: Omit<ParamsOf<'run.submit'>, 'key'>): Promise<RunTimes> {
  const began = performance.now();
  const { run } = await client.request('run.submit', { ...params, key: newKey() });
  const acknowledged = performance.now() - began;
  const { promise, resolve, reject } = Promise.withResolvers<RunTimes>();
  let shown: number | undefined;
  const following = client.subscribe<RunView, Recorded<RunEvent>>({
    uri: toRunUri(run),
    reduce: reduceRun,
    reduceAll: reduceRunEvents,
    from: { state: NO_RUN, seq: 0 },
    onDidFail: reject,
    onDidChange: (view, change) => {
      if (view.finished === null) return;
      shown ??= performance.now() - began;
      if (change.durable >= change.seq) resolve({ acknowledged, shown, durable: performance.now() - began, view });
    },
  });
  try {
    const times = await promise;
    if (times.view.state !== 'succeeded')
      throw new Error(`the run ${times.view.state}: ${JSON.stringify(Object.values(times.view.tasks).map((task) => task.error))}`);
    return times;
  } finally {
    following.dispose();
  }
}

/** Milliseconds from before the submit on the client, where nobody follows the run: its end is asked for and answered when it is on disk. */
export interface UnwatchedTimes {
  readonly acknowledged: number;
  /** by the agent's own clock, whole milliseconds: from the submission to the first record of a task's result */
  readonly first: number;
  readonly durable: number;
}

export async function timeUnwatched(client: AgentClient, params: Omit<ParamsOf<'run.submit'>, 'key'>): Promise<UnwatchedTimes> {
  const began = performance.now();
  const { run } = await client.request('run.submit', { ...params, key: newKey() });
  const acknowledged = performance.now() - began;
  for (let after: string | undefined; ;) {
    const answer = await client.request('run.logs', { run, wait: true, ...(after === undefined ? {} : { after }) });
    after = answer.after;
    if (answer.done) break;
  }
  const durable = performance.now() - began;
  const first = await firstResult(client, run);
  return { acknowledged, first, durable };
}

async function firstResult(client: AgentClient, run: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let submitted = 0;
  const following = client.subscribe<number, Recorded<RunEvent>>({
    uri: toRunUri(run),
    reduce: (found, { event, at }) => {
      if (event.type === 'run.submitted') submitted = Date.parse(at);
      if (event.type === 'run.finished' && event.state !== 'succeeded') reject(new Error(`the run ${event.state}`));
      return found >= 0 || (event.type !== 'tasks.ran' && event.type !== 'task.succeeded') ? found : Date.parse(at) - submitted;
    },
    from: { state: -1, seq: 0 },
    onDidFail: reject,
    onDidChange: (found) => {
      if (found >= 0) resolve(found);
    },
  });
  try {
    return await promise;
  } finally {
    following.dispose();
  }
}
