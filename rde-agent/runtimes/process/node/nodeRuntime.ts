import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { EnvironmentDefinition } from '../../../../language/model/environment.ts';
import { CairnError } from '../../../protocol/errors.ts';
import type { PinnedEnvironment } from '../../../protocol/pinned.ts';
import type { LaunchRequest, Outcome, PreparedEnvironment, WorkerSummary } from '../../runtime.ts';
import { toTaskVariables } from '../environment/variables.ts';
import type { ProcessLimits, ProcessRuntimeOptions } from '../options.ts';
import { Attempt } from '../worker/attempt.ts';
import type { MemoryWatch } from '../worker/classify.ts';
import { toOwner } from '../worker/leftovers.ts';
import type { LeftoverSweeper } from '../worker/leftoverSweeper.ts';
import type { Worker } from '../worker/worker.ts';
import { NodeFinder } from './nodeFinder.ts';
import { pinNode } from './pinNode.ts';
import { spawnNodeWorker } from './spawnNodeWorker.ts';

export interface NodeRuntimeServices {
  readonly options: ProcessRuntimeOptions;
  readonly limits: ProcessLimits;
  readonly sweeper: LeftoverSweeper;
  readonly memory: MemoryWatch;
}

/** A process that waits, or has a task. */
interface Child {
  readonly worker: Worker;
  readonly environment: PinnedEnvironment;
  readonly slot: string;
  role: 'spare' | 'task';
}

const TOKEN_BYTES = 16;
/** Milliseconds after an answer: its result goes to disk first. */
const REPLENISH_MILLISECONDS = 5;

/** Runs TypeScript modules: one task in each Node process, one process prepared ahead for each environment and limit of memory. */
export class NodeRuntime {
  readonly #services: NodeRuntimeServices;
  readonly #finder: NodeFinder;
  readonly #programs = new Map<string, string>();
  readonly #children = new Set<Child>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isEnding = false;

  constructor(services: NodeRuntimeServices) {
    this.#services = services;
    this.#finder = new NodeFinder(services.options.environment);
  }

  /** Of a definition that names a Node. Rejects with CairnError `environment-failed`. */
  async pin(definition: EnvironmentDefinition): Promise<PinnedEnvironment> {
    const node = await this.#finder.find(definition.node);
    const pinned = pinNode(definition, node.version);
    this.#programs.set(node.version, node.executable);
    return pinned;
  }

  /** There is nothing to make; the same version must still be there. Rejects with CairnError `environment-failed`. */
  async prepare(environment: PinnedEnvironment): Promise<PreparedEnvironment> {
    const { clock } = this.#services.options;
    const begun = clock.monotonic();
    await this.#find(environment);
    return { environment, made: false, seconds: clock.monotonic() - begun };
  }

  /** Has a process waiting. Best effort. */
  async warm(environment: PinnedEnvironment, memory: number | null): Promise<void> {
    await this.#find(environment);
    this.#fill(environment, memory);
  }

  /** Resolves as `Runtime.launch` does. */
  async launch(request: LaunchRequest, signal: AbortSignal): Promise<Outcome> {
    const { limits, sweeper, memory, options } = this.#services;
    const begun = options.clock.monotonic();
    let child: Child | undefined;
    try {
      await this.#find(request.environment);
      child = this.#take(request);
      await child.worker.ready;
    } catch (error) {
      if (child !== undefined) this.#children.delete(child);
      return this.#toStartFailure(error, options.clock.monotonic() - begun);
    }
    const { worker } = child;
    const sweep = (): Promise<void> => sweeper.now(worker.options.token);
    const attempt = new Attempt({ worker, mode: 'spawned', request, limits, clock: options.clock, memory, sweep });
    const outcome = await attempt.run(signal);
    this.#children.delete(child);
    if (this.#isEnding) return outcome;
    this.#fillLater(request);
    if (outcome.kind === 'succeeded') sweeper.later(worker.options.token);
    else await sweep();
    return outcome;
  }

  workers(): readonly WorkerSummary[] {
    return [...this.#children].map(({ environment: { digest, name, node = '' }, worker, role }) => {
      const { pid = 0, isReady, started, tasks } = worker;
      return { environment: digest, name, version: node, language: 'node', pid, role, isReady, isBusy: role === 'task', started, tasks };
    });
  }

  dispose(): void {
    this.#isEnding = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { worker } of this.#children) worker.close();
    this.#children.clear();
  }

  /** The program of a pinned version; after a restart of the agent it is looked for again. */
  async #find(environment: PinnedEnvironment): Promise<string> {
    const version = environment.node ?? '';
    const known = this.#programs.get(version);
    if (known !== undefined && existsSync(known)) return known;
    const { executable } = await this.#finder.find(version);
    this.#programs.set(version, executable);
    return executable;
  }

  #take({ environment, context }: LaunchRequest): Child {
    const slot = toSlot(environment, context.memory);
    const waiting = [...this.#children].filter((child) => child.role === 'spare' && child.slot === slot && child.worker.exit === undefined);
    const child = waiting.find(({ worker }) => worker.isIdle) ?? waiting[0] ?? this.#spawn(environment, context.memory);
    child.role = 'task';
    return child;
  }

  #spawn(environment: PinnedEnvironment, memory: number | null): Child {
    if (this.#isEnding) throw new CairnError('cancelled', 'the runtime has ended');
    const { options, limits } = this.#services;
    const node = this.#programs.get(environment.node ?? '') ?? process.execPath;
    const token = randomBytes(TOKEN_BYTES).toString('hex');
    const declared = { ...environment.variables, ...(process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' }) };
    const { environment: agent, runnerFolder, stateFolder } = options;
    const variables = toTaskVariables({ agent, binFolder: path.dirname(node), declared, runnerFolder, owner: toOwner(stateFolder), token });
    const { lineBytes, startSeconds } = limits;
    const script = toScript(runnerFolder);
    const worker = spawnNodeWorker({ node, script, variables, token, memory, lineBytes, startSeconds, logger: options.logger });
    const child: Child = { worker, environment, slot: toSlot(environment, memory), role: 'spare' };
    this.#children.add(child);
    worker.gone.then(() => child.role === 'spare' && this.#children.delete(child)).catch(() => undefined);
    return child;
  }

  #fillLater({ environment, context }: LaunchRequest): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#fill(environment, context.memory);
    }, REPLENISH_MILLISECONDS);
    this.#timers.add(timer);
    timer.unref();
  }

  /** Spares of other limits are ended: few modules differ, and each waits with 40 MB. */
  #fill(environment: PinnedEnvironment, memory: number | null): void {
    if (this.#isEnding || this.#services.limits.spares === 0) return;
    const slot = toSlot(environment, memory);
    const spares = [...this.#children].filter((child) => child.role === 'spare');
    if (spares.some((child) => child.slot === slot)) return;
    for (const old of spares.slice(0, Math.max(0, spares.length + 1 - this.#services.limits.zygotes))) {
      this.#children.delete(old);
      old.worker.close();
    }
    this.#spawn(environment, memory);
  }

  #toStartFailure(error: unknown, seconds: number): Outcome {
    if (this.#isEnding) return { kind: 'lost', message: 'the runtime has ended' };
    if (!(error instanceof Error)) throw error;
    const code = error instanceof CairnError ? 'environment-failed' : 'worker-start-failed';
    return { kind: 'failed', failure: 'infrastructure', error: { code, message: error.message }, seconds };
  }
}

function toSlot({ digest }: PinnedEnvironment, memory: number | null): string {
  return `${digest} ${String(memory)}`;
}

/** Beside the Python package: bundled where we are shipped, as it was written in a checkout. */
function toScript(runnerFolder: string): string {
  const folder = path.join(path.dirname(runnerFolder), 'node');
  const bundled = path.join(folder, 'worker.mjs');
  return existsSync(bundled) ? bundled : path.join(folder, 'worker.ts');
}
