import { join } from 'node:path';
import type { OutputLookup } from '../engine/keys.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { RanTask, TaskTiming, WorkerRecord } from '../protocol/runEvents.ts';
import type { TaskContext } from '../protocol/runner.ts';
import type { BatchObserver, BatchOutcome, BatchRequest, BatchResult, BatchTask, Runtime } from '../runtimes/runtime.ts';
import type { SmallBlob } from '../store/store.ts';
import { toContext } from './attemptContext.ts';
import { toFailure, toPlaced, toStopped } from './attemptFailure.ts';
import type { AttemptResult, AttemptServices, StopReason } from './attemptOptions.ts';
import { takeShort, toWhole } from './keptOutputs.ts';
import type { CodeTree, CodeTrees } from './codeTrees.ts';
import { collectOutputs, type CollectedOutputs } from './outputs.ts';

/** A ready task that was handed over, with the attempt that this is going to be. */
export interface KeptTask {
  readonly node: TaskNode;
  readonly attempt: number;
  readonly fence: number;
}

/**
 * What becomes of the tasks of a batch. Every task that was taken is told by exactly one of `ran`, `ended` and `returned`; whoever has
 * ended it meanwhile (a cancel) drops what comes.
 */
export interface KeptListener {
  /** These ran from beginning to end with nothing told of them: one event `tasks.ran`, and the blobs with it. */
  ran(worker: WorkerRecord, ran: readonly RanTask[], blobs: readonly SmallBlob[]): void;
  /** Runs for a while already: `task.started` and `task.running`. Its end comes as `ended`. */
  started(task: KeptTask, worker: WorkerRecord): void;
  /** only of tasks that were told as started */
  progress(task: KeptTask, done: number, total: number | null, message: string): void;
  metric(task: KeptTask, name: string, value: number, step: number | null): void;
  /** Failed or was stopped, or succeeded after it was told as started. Where `isStarted` is false, `task.started` comes before its event. */
  ended(task: KeptTask, result: AttemptResult, isStarted: boolean): void;
  /** It never ran: it is ready again, and its attempt has not happened. */
  returned(tasks: readonly KeptTask[]): void;
}

export interface KeptRequest {
  readonly run: string;
  /** whose tasks may follow one another in one interpreter: principal, tenant and domain in one text */
  readonly owner: string;
  readonly runtime: Runtime;
  /** any task of the step: what it shares with the others is taken from it */
  readonly node: TaskNode;
  readonly outputOf: OutputLookup;
  /** Takes at most so many ready tasks of this step; called again and again while the batch runs. */
  readonly take: (count: number) => readonly KeptTask[];
  readonly listener: KeptListener;
}

/** seconds for which results that nobody waits for gather into one event */
const GATHER = 0.02;
/** seconds after which a module is looked over though none of its tasks has written anything */
const RESTORE_AFTER = 0.5;
/** by the trees of an agent: roots that are going to be looked over */
const RESTORING = new WeakMap<CodeTrees, Set<string>>();

/** Whether ready tasks of a step are to be handed over as a batch. Whoever gets secrets gets a process of its own, which ends with the task. */
export function runsInBatches(runtime: Runtime | undefined, { step, environment }: TaskNode): boolean {
  const mayStay = step.contract.reuse === 'worker' && step.contract.language === 'python' && (environment.secrets ?? []).length === 0;
  return mayStay && step.kind === 'module' && runtime?.launchBatch !== undefined;
}

/**
 * Runs tasks of one step in one kept interpreter, in one place of `Slots`, until there are none left to take. Never rejects. Resolves when
 * every task that was taken has been told and the interpreter waits or is gone. Aborting ends it.
 */
export async function runKeptBatch(request: KeptRequest, controller: AbortController, services: AttemptServices): Promise<void> {
  const batch = new KeptBatch(request, controller, services);
  try {
    await batch.run();
  } catch (error) {
    await batch.fail(error);
  }
}

class KeptBatch implements BatchObserver {
  readonly #request: KeptRequest;
  readonly #controller: AbortController;
  readonly #services: AttemptServices;
  readonly #tasks: KeptTask[] = [];
  /** by index, what has been taken and not been told yet */
  readonly #open = new Set<number>();
  readonly #started = new Set<number>();
  readonly #storing = new Set<Promise<void>>();
  #outputDir = '';
  #worker: WorkerRecord | undefined;
  #ran: RanTask[] = [];
  #blobs: SmallBlob[] = [];
  #toldAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isAsked = false;
  /** a task of this batch has written to some file, or nobody knows */
  #mayHaveWritten = false;

  constructor(request: KeptRequest, controller: AbortController, services: AttemptServices) {
    this.#request = request;
    this.#controller = controller;
    this.#services = services;
  }

  async run(): Promise<void> {
    const { node, runtime, owner } = this.#request;
    const { contract, timeout, idleTimeout } = node.step;
    const { scratch } = this.#services;
    const parts = await this.#prepare();
    const folder = scratch.take();
    try {
      const context = toContext({
        run: this.#request.run,
        node,
        attempt: 0,
        ...parts,
        folder,
        trace: false,
        secrets: {},
        source: undefined,
      });
      this.#outputDir = context.outputDir;
      const batch: BatchRequest = {
        environment: node.environment,
        context: { ...context, params: {} },
        preload: contract.preload,
        owner,
        timeout,
        idleTimeout,
        take: (count) => this.#take(count),
        observer: this,
      };
      await runtime.launchBatch?.(batch, this.#controller.signal);
      await Promise.all(this.#storing);
      this.#tell();
      if (this.#mayHaveWritten) await this.#restore(context);
      else this.#restoreLater(context);
    } finally {
      if (this.#mayHaveWritten || this.#controller.signal.aborted) scratch.giveBack(folder);
      else scratch.giveBackEmpty(folder);
    }
  }

  async #prepare(): Promise<{ readonly tree: CodeTree; readonly inputs: TaskContext['inputs'] }> {
    const { node, runtime, outputOf } = this.#request;
    const { environments, trees, inputs } = this.#services;
    if (!environments.isReady(runtime, node.environment)) await environments.ensure(runtime, node.environment, () => undefined);
    const tree = trees.known(node.step) ?? (await trees.ensure(node.step));
    return { tree, inputs: await inputs.toInputs(node, outputOf) };
  }

  /** Whatever goes wrong around the interpreter is what each task that waits for it would have met. */
  async fail(error: unknown): Promise<void> {
    await Promise.all(this.#storing);
    this.#tell();
    const { signal } = this.#controller;
    if (this.#open.size === 0 && !signal.aborted) this.#take(1);
    const result: AttemptResult = signal.aborted ? { kind: 'stopped' } : toFailure(error, 0, this.#services.logger);
    for (const index of this.#open) {
      const task = this.#tasks[index];
      if (task !== undefined) this.#request.listener.ended(task, result, this.#started.has(index));
    }
  }

  running(worker: WorkerRecord): void {
    this.#worker = worker;
  }

  begun(index: number): void {
    const task = this.#tasks[index];
    if (task === undefined || this.#worker === undefined || !this.#open.has(index)) return;
    this.#started.add(index);
    this.#tell();
    this.#request.listener.started(task, this.#worker);
  }

  progress(index: number, done: number, total: number | null, message: string): void {
    const task = this.#tasks[index];
    if (task !== undefined && this.#started.has(index)) this.#request.listener.progress(task, done, total, message);
  }

  metric(index: number, name: string, value: number, step: number | null): void {
    const task = this.#tasks[index];
    if (task !== undefined && this.#started.has(index)) this.#request.listener.metric(task, name, value, step);
  }

  output(index: number, stream: 'out' | 'err', chunk: Uint8Array): void {
    const task = this.#tasks[index];
    if (task !== undefined) this.#services.store.logs.append(this.#request.run, task.node.id, task.attempt, stream, chunk);
  }

  ended(results: readonly BatchResult[]): void {
    const returned: KeptTask[] = [];
    for (const { index, outcome, mayHaveWritten } of results) {
      this.#mayHaveWritten ||= mayHaveWritten;
      const task = this.#tasks[index];
      if (task === undefined || !this.#open.delete(index)) continue;
      if (outcome.kind !== 'untouched') this.#end(task, index, outcome);
      // It was told as started, so that attempt has happened, whatever came of it.
      else if (this.#started.has(index)) this.#close(task, index, { kind: 'stopped' });
      else returned.push(task);
    }
    if (returned.length > 0) this.#request.listener.returned(returned);
    this.#tellSoon();
  }

  #take(count: number): readonly BatchTask[] {
    return this.#request.take(count).map((task) => {
      this.#open.add(this.#tasks.push(task) - 1);
      return { task: task.node.id, attempt: task.attempt, params: task.node.params as TaskContext['params'] };
    });
  }

  #end(task: KeptTask, index: number, outcome: Exclude<BatchOutcome, { kind: 'untouched' }>): void {
    if (outcome.kind !== 'succeeded') return this.#close(task, index, this.#toResult(task, outcome));
    const short = takeShort(outcome.outputs, task.node.step.contract.outputs, this.#services.hash);
    if (short !== undefined) return this.#succeed(task, index, outcome, short);
    const { store, hash, faults } = this.#services;
    const folder = join(this.#outputDir, String(index));
    const stored = collectOutputs(toWhole(outcome.outputs, hash), task.node.step.contract.outputs, folder, {
      blobs: store.blobs,
      hash,
      faults,
    }).then(
      (collected) => this.#succeed(task, index, outcome, collected),
      (error: unknown) => this.#close(task, index, toFailure(error, outcome.seconds, this.#services.logger)),
    );
    this.#storing.add(stored);
    void stored.finally(() => this.#storing.delete(stored));
  }

  #toResult({ node }: KeptTask, outcome: Exclude<BatchOutcome, { kind: 'untouched' | 'succeeded' }>): AttemptResult {
    switch (outcome.kind) {
      case 'failed':
        return { ...outcome, error: toPlaced(outcome.error, node.step) };
      case 'lost':
        return { kind: 'failed', failure: 'infrastructure', error: { code: 'worker-lost', message: outcome.message }, seconds: 0 };
      case 'cancelled':
        return toStopped(this.#controller.signal.reason as StopReason, node, 0);
      case 'timeout':
      case 'idle-timeout':
        return toStopped(outcome.kind, node, outcome.seconds);
    }
  }

  #succeed(task: KeptTask, index: number, outcome: Extract<BatchOutcome, { kind: 'succeeded' }>, collected: CollectedOutputs): void {
    const { metrics, seconds } = outcome;
    if (this.#started.has(index))
      return this.#close(task, index, { kind: 'succeeded', ...collected, metrics, seconds, timing: toTiming(seconds), told: [] });
    const { attempt, fence } = task;
    this.#ran.push({ task: task.node.id, attempt, fence, outputs: collected.outputs, metrics, seconds });
    this.#blobs.push(...collected.blobs);
    this.#endLogs(task);
  }

  #close(task: KeptTask, index: number, result: AttemptResult): void {
    this.#tell();
    this.#endLogs(task);
    this.#request.listener.ended(task, result, this.#started.has(index));
  }

  /** Writes an unfinished last line; nobody waits for it. */
  #endLogs(task: KeptTask): void {
    void this.#services.store.logs.end(this.#request.run, task.node.id, task.attempt);
  }

  /**
   * The first results are told at once, later ones gather. "At once" is the next turn: those of the last task are told by `run`, when the
   * interpreter waits already and can take what they lead to.
   */
  #tellSoon(): void {
    if (this.#ran.length === 0 || this.#timer !== undefined || this.#isAsked) return;
    const pause = this.#toldAt + GATHER - this.#services.clock.monotonic();
    if (pause > 0) {
      this.#timer = setTimeout(() => this.#tell(), pause * 1000);
      return;
    }
    this.#isAsked = true;
    setImmediate(() => {
      this.#isAsked = false;
      this.#tell();
    });
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#ran.length === 0 || this.#worker === undefined) return;
    const ran = this.#ran;
    const blobs = this.#blobs;
    this.#ran = [];
    this.#blobs = [];
    this.#toldAt = this.#services.clock.monotonic();
    this.#request.listener.ran(this.#worker, ran, blobs);
  }

  /** Names can be changed without a byte being written: looked for once after many batches. */
  #restoreLater(context: TaskContext): void {
    const { trees } = this.#services;
    const waiting = RESTORING.get(trees) ?? new Set<string>();
    RESTORING.set(trees, waiting);
    if (waiting.has(context.root)) return;
    waiting.add(context.root);
    setTimeout(() => {
      waiting.delete(context.root);
      this.#restore(context).catch((error: unknown) => this.#services.logger.warn('A module could not be looked over', { error }));
    }, RESTORE_AFTER * 1000).unref();
  }

  /** Code is loaded by digest, so what a task wrote over its module's files has harmed nobody; others shall not find it. */
  async #restore({ root }: TaskContext): Promise<void> {
    const changed = await this.#services.trees.restore(root);
    if (changed.length > 0)
      this.#services.logger.warn('A task in a kept interpreter wrote into its module, which was put back', { root, changed });
  }
}

/** A kept interpreter tells only the whole. */
function toTiming(seconds: number): TaskTiming {
  return { load: 0, read: 0, run: seconds, write: 0 };
}
