import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import type { RunDocument } from '../../rde-agent/protocol/documents.ts';
import type { Recorded, RunEvent } from '../../rde-agent/protocol/runEvents.ts';
import { openSqliteStore } from '../../rde-agent/store/sqlite/sqliteStore.ts';
import type { Store } from '../../rde-agent/store/store.ts';
import { TestAgent, type TestAgentOptions } from './agent.ts';
import { silentLogger } from './silentLogger.ts';
import { SmallWorkspace, type Files } from './smallWorkspace.ts';
import { waitFor } from './waitFor.ts';

const writerScript = new URL('../../rde-agent/store/sqlite/writerThread.ts', import.meta.url);

/** An agent that is killed at named points, the workspace that it works for, and one client that lives through it. */
export class FaultBench {
  readonly agent: TestAgent;
  readonly workspace: SmallWorkspace;
  readonly client: AgentClient;

  private constructor(agent: TestAgent, workspace: SmallWorkspace) {
    this.agent = agent;
    this.workspace = workspace;
    // More patience than a busy machine needs for a restart.
    this.client = agent.connect({ patience: 60_000 });
  }

  /** `config` = the agent's `agent.yaml`. */
  static async start(files: Files, options: TestAgentOptions = {}, config?: string): Promise<FaultBench> {
    const workspace = new SmallWorkspace(files);
    try {
      const agent = new TestAgent(options);
      if (config !== undefined) writeFileSync(join(agent.stateFolder, 'agent.yaml'), config);
      await agent.start();
      return new FaultBench(agent, workspace);
    } catch (error) {
      workspace.dispose();
      throw error;
    }
  }

  async dispose(): Promise<void> {
    try {
      await this.agent.dispose();
    } finally {
      this.workspace.dispose();
    }
  }

  /**
   * Restarts the agent so that it dies at `point`, asks, sees it die, looks (`dead`) at what it left, and starts it again. Resolves
   * with the answer: the client has repeated what it had asked.
   */
  async dieAt<T>(point: string, ask: () => Promise<T>, dead: () => void | Promise<void> = () => undefined): Promise<T> {
    await this.agent.end('SIGTERM');
    await this.agent.start({ CAIRN_FAULT: point });
    this.client.retry();
    const asked = ask();
    asked.catch(() => undefined);
    assert.equal(await this.agent.died(), 'SIGKILL', point);
    await dead();
    await this.restart();
    return asked;
  }

  /** Starts the agent where the test before has left none. */
  async revive(): Promise<void> {
    if (!this.agent.isRunning) await this.restart();
  }

  async restart(env: TestAgentOptions['env'] = {}): Promise<void> {
    await this.agent.start(env);
    this.client.retry();
  }

  async submit(workflow: string, more: { readonly params?: Record<string, string | number>; readonly key?: string } = {}): Promise<string> {
    const { run } = await this.client.request('run.submit', { root: this.workspace.root, workflow, key: newKey(), ...more });
    return run;
  }

  show(run: string): Promise<RunDocument> {
    return this.client.request('run.show', { run });
  }

  async finished(run: string, seconds = 30): Promise<RunDocument> {
    return waitFor(
      `run ${run} ends`,
      async () => {
        const document = await this.show(run);
        return document.state !== 'running' && document.state !== 'queued' && document;
      },
      seconds,
    );
  }

  async run(workflow: string, params: Record<string, string | number> = {}): Promise<RunDocument> {
    return this.finished(await this.submit(workflow, { params }));
  }

  /** How many events of a type are on disk; also while the agent is dead or at work. */
  count(type: string, stream = '%'): number {
    const database = new DatabaseSync(join(this.agent.stateFolder, 'events.db'), { readOnly: true, timeout: 5000 });
    try {
      return Number(database.prepare('SELECT count(*) AS n FROM events WHERE type = ? AND stream LIKE ?').get(type, stream)?.['n']);
    } finally {
      database.close();
    }
  }

  /** Ends the agent and reads its state as its store does. */
  async read<T>(look: (store: Store) => T | Promise<T>): Promise<T> {
    await this.agent.end('SIGTERM');
    const store = await openSqliteStore({ folder: this.agent.stateFolder, writerScript, logger: silentLogger });
    try {
      return await look(store);
    } finally {
      await store.close();
    }
  }
}

/** What must hold of a run's stream whatever happened: dense numbers, one end, no task published twice or started after that, every blob there. */
export async function assertWhole(store: Store, run: string): Promise<readonly RunEvent[]> {
  const recorded = store.events.read(`run:/${run}`) as readonly Recorded<RunEvent>[];
  assert.deepEqual(
    recorded.map(({ seq }) => seq),
    recorded.map((_, index) => index + 1),
  );
  const events = recorded.map(({ event }) => event);
  assert.equal(events.filter(({ type }) => type === 'run.finished').length, 1, 'one end');
  const published = new Set<string>();
  for (const event of events) {
    if (event.type === 'task.started') assert.ok(!published.has(event.task), `${event.task} ran again after it was published`);
    if (event.type !== 'task.succeeded' && event.type !== 'task.reused') continue;
    assert.ok(!published.has(event.task), `${event.task} was published twice`);
    published.add(event.task);
    for (const { digest } of Object.values(event.outputs)) assert.ok(await store.blobs.read(digest), `a blob of ${event.task}`);
  }
  return events;
}
