import type { TaskNode } from '../engine/taskNode.ts';
import type { RunEvent, TaskError, TaskId } from '../protocol/runEvents.ts';
import { AGENT, type RunDesk } from './activeRunOptions.ts';
import { runAttempt } from './attempt.ts';
import type { AttemptRequest, AttemptResult, StopReason } from './attemptOptions.ts';
import type { Quarantine } from './quarantine.ts';
import { toCached, toStarted, toSucceeded, type Decided } from './taskEvents.ts';

interface Running {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** The attempts of one run that have a place: starts them, stops them, and records how they ended. */
export class Attempts {
  readonly #desk: RunDesk;
  readonly #quarantine: Quarantine;
  readonly #running = new Map<TaskId, Running>();
  /** to be called when the results published since the last flush are on disk */
  readonly #unsettled: (() => void)[] = [];

  constructor(desk: RunDesk, quarantine: Quarantine) {
    this.#desk = desk;
    this.#quarantine = quarantine;
  }

  /** The place is this task's; `ended` gives it back, and is called when the result has been recorded. */
  start(node: TaskNode, decided: Decided, ended: () => void): void {
    const { machine, by } = this.#desk;
    this.#desk.hasStarted();
    const next = machine.nextAttempt(node.id);
    this.#desk.record(by, [toStarted(node, decided, next)]);
    const controller = new AbortController();
    const done = this.#attempt(node, decided, next.attempt, controller).then((result) => {
      this.#running.delete(node.id);
      this.#desk.together(() => {
        this.#settle(node, next.fence, decided, result);
        ended();
      });
    });
    this.#running.set(node.id, { controller, done });
  }

  stop(task: TaskId, reason: StopReason): void {
    this.#running.get(task)?.controller.abort(reason);
  }

  /** Stops all. Resolves, with the tasks, when their processes are gone. */
  async halt(): Promise<readonly TaskId[]> {
    const running = [...this.#running];
    for (const [, { controller }] of running) controller.abort('stopping' satisfies StopReason);
    await Promise.all(running.map(([, { done }]) => done));
    return running.map(([task]) => task);
  }

  /** Results published since the last call; to be called back when they are on disk, or never will be. */
  takeUnsettled(): readonly (() => void)[] {
    return this.#unsettled.splice(0);
  }

  #attempt(node: TaskNode, decided: Decided, attempt: number, controller: AbortController): Promise<AttemptResult> {
    const { services, options, by, run } = this.#desk;
    const { version } = decided;
    const runtime = services.runtimes[node.step.cluster];
    if (runtime === undefined) {
      const error: TaskError = { code: 'worker-start-failed', message: `this agent has no cluster named ${node.step.cluster}` };
      return Promise.resolve({ kind: 'failed', failure: 'user', error, seconds: 0 });
    }
    const task = node.id;
    const note = (event: RunEvent): void => {
      this.#desk.record(by, [event]);
      options.stream.flushSoon();
    };
    const request: AttemptRequest = {
      run,
      node,
      attempt,
      runtime,
      version,
      trace: services.isTracing && isTraced(node, decided),
      outputOf: this.#desk.outputOf,
      running: (worker) => note({ type: 'task.running', task, attempt, worker }),
      progress: (done, total, message) => note({ type: 'task.progress', task, attempt, done, total, message }),
      metric: (name, value, step) => note({ type: 'task.metric', task, attempt, name, value, step }),
    };
    // What outlives the agent is started only when its intent is on disk; children of this agent die with it and need not wait.
    if (!runtime.capabilities.outlivesAgent) return runAttempt(request, controller, services);
    return options.stream.flush().then(
      () => runAttempt(request, controller, services),
      (): AttemptResult => ({ kind: 'stopped' }),
    );
  }

  /** A late result counts no more: the task has moved on, or the record cannot be written any longer. */
  #settle(node: TaskNode, fence: number, decided: Decided, result: AttemptResult): void {
    const { machine, isStopped, by } = this.#desk;
    if (!machine.isCurrent(node.id, fence) || (isStopped && result.kind !== 'succeeded')) return;
    const attempt = machine.attemptOf(node.id);
    switch (result.kind) {
      case 'succeeded':
        this.#quarantine.passed(node);
        return this.#publish(node, fence, decided, result);
      case 'failed': {
        const poisoned = this.#quarantine.failed(node, result);
        const { failure, error, seconds } = result;
        if (error.code === 'input-unreadable') this.#desk.services.results.soundness.distrust();
        const retryIn = poisoned === undefined ? machine.retryAfter(node.id, failure) : null;
        this.#note(node, decided, result, retryIn);
        return this.#desk.record(by, [
          { type: 'task.failed', task: node.id, attempt, failure, error: poisoned ?? error, seconds, retryIn },
        ]);
      }
      case 'stopped': {
        const because = machine.endReason(node.id) === 'not-needed' ? ({ because: 'not-needed' } as const) : {};
        return this.#desk.record(AGENT, [{ type: 'task.cancelled', task: node.id, ...because }]);
      }
    }
  }

  /** What is certain to fail again need not be executed to know it. */
  #note(node: TaskNode, { key }: Decided, { failure, error }: Extract<AttemptResult, { kind: 'failed' }>, retryIn: number | null): void {
    if (failure !== 'user' || retryIn !== null || key.uncacheable !== null) return;
    this.#desk.services.rules.failures.note(node, key.key, { error, run: this.#desk.run, task: node.id });
  }

  /** One event, one transaction: outputs, lineage and cache entry are published together or not at all. */
  #publish(node: TaskNode, fence: number, decided: Decided, result: Extract<AttemptResult, { kind: 'succeeded' }>): void {
    const { services, machine, by, run } = this.#desk;
    // Nobody knows what an untraced result depends on.
    const lease = decided.key.uncacheable === null && result.untraced === undefined ? decided.lease : null;
    // Somebody else's result may be the newer one.
    const entry = lease !== null && services.rules.leases.publishes(lease) ? services.newId() : null;
    const event = toSucceeded(node, result, { attempt: machine.attemptOf(node.id), fence, entry });
    const { outputs, told } = result;
    const beside = node.step.kind === 'dataset' ? services.sources?.arrived({ run, node, version: decided.version, outputs, told }) : [];
    const traced = entry === null ? [] : (result.trace?.blobs ?? []);
    this.#desk.record(by, [event], [...result.blobs, ...traced], beside);
    const cached = toCached(decided.key, run, event, services.clock.now());
    if (cached !== null) this.#unsettled.push(services.results.publish(cached));
  }
}

/** Python that runs in a process of its own, and whose result will be kept. */
function isTraced({ step }: TaskNode, { key }: Decided): boolean {
  return key.uncacheable === null && step.contract.language === 'python' && step.source === undefined;
}
