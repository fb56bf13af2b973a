import { setImmediate as nextTurn } from 'node:timers/promises';
import { decide, type CacheLookup } from '../engine/decide.ts';
import { createKeyMaker, type KeyMaker, type OutputLookup, type TaskKey } from '../engine/keys.ts';
import { RunMachine, type RunCommand } from '../engine/runMachine.ts';
import type { TaskNode } from '../engine/taskGraph.ts';
import type { Digest } from '../../language/model/names.ts';
import type { RunSummary } from '../protocol/documents.ts';
import type { RunEvent, TaskError, TaskId } from '../protocol/runEvents.ts';
import type { Scope } from '../protocol/who.ts';
import type { RequestRecord, SmallBlob } from '../store/store.ts';
import type { ActiveRunOptions, ActiveRunServices, Submitted } from './activeRunOptions.ts';
import { runAttempt, type AttemptRequest, type AttemptResult, type StopReason } from './attempt.ts';
import type { RunStream } from './runStream.ts';
import type { SlotRequest } from './slots.ts';
import { toCached, toHitAfterWait, toNotReusable, toReused, toStarted, toSucceeded, type Miss } from './taskEvents.ts';

/** milliseconds of deciding before other work of the agent gets its turn */
const TURN = 25;
/** The agent's own decisions. */
const AGENT = 'agent';

/**
 * One run that has not ended: carries the machine's commands out and records what came of them. Everything that can be
 * decided is decided in one turn and goes to disk in one transaction; nothing waits for a commit that it does not depend on.
 */
export class ActiveRun {
  readonly stream: RunStream;
  readonly scope: Scope;
  readonly ended: Promise<void>;
  readonly #options: ActiveRunOptions;
  readonly #services: ActiveRunServices;
  readonly #machine: RunMachine;
  readonly #keys: KeyMaker;
  readonly #cache: CacheLookup;
  readonly #commands: RunCommand[] = [];
  readonly #attempts = new Map<TaskId, { readonly controller: AbortController; readonly done: Promise<void> }>();
  readonly #queued = new Map<TaskId, SlotRequest>();
  readonly #pauses = new Map<TaskId, NodeJS.Timeout>();
  /** keys that this run computes, by task */
  readonly #claims = new Map<TaskId, Digest>();
  /** tasks that waited for another computation of their key */
  readonly #waited = new Set<TaskId>();
  /** to be called when the results published since the last flush are on disk */
  readonly #unsettled: (() => void)[] = [];
  #closing: () => void = () => undefined;
  #draining = false;
  #hasStarted = false;
  #started = false;
  #stopped = false;

  constructor(options: ActiveRunOptions, services: ActiveRunServices) {
    this.#options = options;
    this.#services = services;
    this.stream = options.stream;
    this.scope = options.scope;
    this.#machine = new RunMachine(options.graph);
    this.#keys = createKeyMaker(options.scope, services.hash);
    this.#cache = services.results.lookup();
    this.ended = new Promise((resolve) => (this.#closing = resolve));
  }

  get run(): string {
    return this.#options.submitted.run;
  }
  get by(): string {
    return this.#options.by;
  }
  get submitted(): Submitted {
    return this.#options.submitted;
  }
  get isFinished(): boolean {
    return this.#machine.finished !== null;
  }

  /** What lists show of it. */
  get progress(): Pick<RunSummary, 'state' | 'started' | 'seconds'> {
    const started = this.stream.at(1);
    if (this.#machine.finished === null) return { state: this.#started ? 'running' : 'queued', started, seconds: 0 };
    const seconds = Math.max(0, (Date.parse(this.stream.at(this.stream.seq)) - Date.parse(started)) / 1000);
    return { state: this.#machine.finished, started, seconds };
  }

  /** Records the submission and everything that can be decided at once. Resolves when all of it is durable. */
  begin(request: RequestRecord, blobs: readonly SmallBlob[]): Promise<void> {
    this.#record(this.by, [this.#options.submitted], blobs);
    this.stream.answer(request);
    this.#work();
    return this.#send();
  }

  /** Goes on where an earlier agent left off; `past` has been applied by nobody yet. */
  resume(past: readonly RunEvent[]): void {
    for (const event of past) this.#machine.apply(event);
    this.#started = past.some((event) => event.type === 'task.started' || event.type === 'task.reused');
    this.#commands.push(...this.#machine.resume());
    this.#drain();
  }

  /** Asks for the end. Resolves when that is durable; the processes are gone when `ended` resolves. */
  cancel(by: string, request: RequestRecord): Promise<void> {
    if (!this.#machine.cancelRequested && !this.isFinished) this.#record(by, [{ type: 'run.cancelRequested' }]);
    this.stream.answer(request);
    this.#work();
    return this.#send();
  }

  /** The agent ends: stops what runs, and leaves the run open. Resolves when its processes are gone and the record is durable. */
  async stop(): Promise<void> {
    const running = this.#halt();
    await Promise.all(running.map(({ done }) => done));
    const lost = running.map(({ task }) => task).filter((task) => this.#machine.stateOf(task) === 'running');
    const events = lost.map((task): RunEvent => ({ type: 'task.lost', task, attempt: this.#machine.attemptOf(task) }));
    if (events.length > 0) this.#record(AGENT, events);
    await this.stream.flush().catch(() => undefined);
    this.#closing();
  }

  /** The record cannot be written: nothing more is done. Resolves when the processes are gone. */
  async abandon(): Promise<void> {
    await Promise.all(this.#halt().map(({ done }) => done));
    this.#closing();
  }

  #halt(): readonly { readonly task: TaskId; readonly done: Promise<void> }[] {
    this.#stopped = true;
    for (const timer of this.#pauses.values()) clearTimeout(timer);
    for (const [task, request] of this.#queued) {
      this.#services.slots.withdraw(request);
      this.#releaseClaim(task);
    }
    return [...this.#attempts].map(([task, { controller, done }]) => {
      controller.abort('stopping' satisfies StopReason);
      return { task, done };
    });
  }

  #record(by: string, events: readonly RunEvent[], blobs: readonly SmallBlob[] = []): void {
    this.stream.record(by, events, blobs);
    for (const event of events) {
      this.#commands.push(...this.#machine.apply(event));
      if (event.type === 'run.finished') this.#options.onDidChange('finished');
      else if (!this.#started && (event.type === 'task.started' || event.type === 'task.reused')) {
        this.#started = true;
        this.#options.onDidChange('started');
      }
    }
  }

  #drain(): void {
    // Whoever is at work already sends what this leads to.
    if (this.#draining) return;
    this.#work();
    // Whoever has to know of a failure is told by the stream.
    this.#send().catch(() => undefined);
  }

  /** Writing a batch down takes a moment: tasks that were just started get to their workers before it. */
  async #send(): Promise<void> {
    if (this.#hasStarted) {
      this.#hasStarted = false;
      await nextTurn();
    }
    await this.#flush();
  }

  #flush(): Promise<void> {
    const flushed = this.stream.flush();
    if (this.#unsettled.length > 0) {
      const settle = this.#unsettled.splice(0);
      const all = (): void => settle.forEach((each) => each());
      flushed.then(all, all);
    }
    if (this.isFinished && !this.#stopped) {
      this.#stopped = true;
      flushed.then(
        () => this.#close(),
        () => undefined,
      );
    }
    return flushed;
  }

  #close(): void {
    this.#options.onDidChange('closed');
    this.#closing();
  }

  /** Carries out commands until there are none, or this turn has lasted long enough. */
  #work(): void {
    if (this.#draining) return;
    this.#draining = true;
    const until = this.#services.clock.monotonic() + TURN / 1000;
    let done = 0;
    while (done < this.#commands.length && !this.#stopped) {
      const command = this.#commands[done++];
      if (command !== undefined) this.#carryOut(command);
      if (done % 64 === 0 && this.#services.clock.monotonic() > until) break;
    }
    this.#commands.splice(0, done);
    this.#draining = false;
    if (this.#commands.length > 0 && !this.#stopped) setImmediate(() => this.#drain());
  }

  #carryOut(command: RunCommand): void {
    switch (command.kind) {
      case 'dispatch':
        return this.#dispatch(command.task);
      case 'wait':
        return this.#pause(command.task, command.seconds);
      case 'abort':
        return this.#attempts.get(command.task.id)?.controller.abort('cancelled' satisfies StopReason);
      case 'lose':
        return this.#record(AGENT, [{ type: 'task.lost', task: command.task.id, attempt: command.attempt }]);
      case 'cancel':
        return this.#cancelTask(command.task.id);
      case 'skip':
        // A cancel may have come first.
        if (this.#machine.stateOf(command.task.id) !== 'waiting') return;
        return this.#record(AGENT, [{ type: 'task.skipped', task: command.task.id, because: command.because }]);
      case 'finish':
        return this.#record(AGENT, [{ type: 'run.finished', state: command.state }]);
      default:
        command satisfies never;
    }
  }

  #pause(task: TaskNode, seconds: number): void {
    const timer = setTimeout(() => {
      this.#pauses.delete(task.id);
      this.#commands.push({ kind: 'dispatch', task });
      this.#drain();
    }, seconds * 1000);
    this.#pauses.set(task.id, timer);
  }

  #cancelTask(task: TaskId): void {
    const state = this.#machine.stateOf(task);
    if (state !== 'waiting' && state !== 'ready' && state !== 'pausing') return;
    clearTimeout(this.#pauses.get(task));
    this.#pauses.delete(task);
    const queued = this.#queued.get(task);
    if (queued !== undefined) this.#services.slots.withdraw(queued);
    this.#queued.delete(task);
    this.#record(AGENT, [{ type: 'task.cancelled', task }]);
    this.#releaseClaim(task);
  }

  readonly #outputOf: OutputLookup = (task, port) => this.#machine.output(task, port);

  #dispatch(task: TaskNode): void {
    const state = this.#machine.stateOf(task.id);
    if (this.#machine.cancelRequested || (state !== 'ready' && state !== 'pausing')) return;
    const allowed = this.#services.authorize({ id: this.by }, 'dispatch', { kind: 'run', id: this.run }, this.scope);
    if (allowed.kind === 'deny') return this.#failTask(task, { code: 'denied', message: allowed.reason });
    const key = this.#keys.toKey(task, this.#outputOf);
    const decision = decide(task, key, this.#options.submitted.force, this.#cache);
    if (decision.kind === 'hit') {
      const reasons = this.#waited.has(task.id) ? toHitAfterWait(decision.entry) : decision.reasons;
      return this.#record(this.by, [toReused(task, key, decision.entry, reasons)]);
    }
    if (task.mustReuse) return this.#failTask(task, toNotReusable(task, decision.reasons, this.#options.submitted.from));
    const miss: Miss = { key, reasons: decision.reasons, against: decision.against };
    if (!this.#claim(task, miss)) return;
    const request: SlotRequest = { run: this.run, start: () => this.#start(task, miss) };
    this.#queued.set(task.id, request);
    this.#services.slots.request(request);
  }

  /** False = somebody computes the same; this task is dispatched again when that has ended. Forced and uncacheable tasks never wait. */
  #claim(task: TaskNode, { key, reasons }: Miss): boolean {
    if (key.uncacheable !== null || reasons[0]?.kind === 'forced') return true;
    const wake = (): void => {
      this.#commands.push({ kind: 'dispatch', task });
      this.#drain();
    };
    if (this.#services.results.claim(key.key, wake)) {
      this.#claims.set(task.id, key.key);
      return true;
    }
    this.#waited.add(task.id);
    return false;
  }

  #releaseClaim(task: TaskId): void {
    const key = this.#claims.get(task);
    this.#claims.delete(task);
    if (key !== undefined) this.#services.results.release(key);
  }

  /** A task that is not even tried. */
  #failTask(task: TaskNode, error: TaskError): void {
    const attempt = this.#machine.attemptOf(task.id);
    this.#record(AGENT, [{ type: 'task.failed', task: task.id, attempt, failure: 'user', error, seconds: 0, retryIn: null }]);
  }

  /** The slot is this task's. */
  #start(task: TaskNode, miss: Miss): void {
    const { key } = miss;
    this.#queued.delete(task.id);
    this.#hasStarted = true;
    const next = this.#machine.nextAttempt(task.id);
    this.#record(this.by, [toStarted(task, miss, next)]);
    const controller = new AbortController();
    const done = this.#attempt(task, next.attempt, controller).then((result) => this.#settle(task, next.fence, key, result));
    this.#attempts.set(task.id, { controller, done });
    // The place may have come free in another run's turn: then nobody else sends this run's record.
    this.#drain();
  }

  #attempt(node: TaskNode, attempt: number, controller: AbortController): Promise<AttemptResult> {
    const { runtimes } = this.#services;
    const runtime = runtimes[node.step.cluster];
    if (runtime === undefined) {
      const error: TaskError = { code: 'worker-start-failed', message: `this agent has no cluster named ${node.step.cluster}` };
      return Promise.resolve({ kind: 'failed', failure: 'user', error, seconds: 0 });
    }
    const task = node.id;
    const note = (event: RunEvent): void => {
      this.#record(this.by, [event]);
      this.stream.flushSoon();
    };
    const intent = runtime.capabilities.outlivesAgent ? this.stream.flush() : undefined;
    const request: AttemptRequest = {
      run: this.run,
      node,
      attempt,
      runtime,
      outputOf: this.#outputOf,
      running: (worker) => note({ type: 'task.running', task, attempt, worker }),
      progress: (done, total, message) => note({ type: 'task.progress', task, attempt, done, total, message }),
      metric: (name, value, step) => note({ type: 'task.metric', task, attempt, name, value, step }),
    };
    // What outlives the agent is started only when its intent is on disk; children of this agent die with it and need not wait.
    if (intent === undefined) return runAttempt(request, controller, this.#services);
    return intent.then(
      () => runAttempt(request, controller, this.#services),
      (): AttemptResult => ({ kind: 'stopped' }),
    );
  }

  #settle(node: TaskNode, fence: number, key: TaskKey, result: AttemptResult): void {
    const task = node.id;
    this.#attempts.delete(task);
    // A late result: the task has moved on, or the record cannot be written any more.
    if (this.#machine.isCurrent(task, fence) && !(this.#stopped && result.kind !== 'succeeded'))
      this.#recordResult(node, fence, key, result);
    this.#draining = true;
    this.#releaseClaim(task);
    this.#services.slots.release(this.run);
    this.#draining = false;
    this.#drain();
  }

  #recordResult(node: TaskNode, fence: number, key: TaskKey, result: AttemptResult): void {
    const task = node.id;
    const attempt = this.#machine.attemptOf(task);
    switch (result.kind) {
      case 'succeeded':
        return this.#publish(node, fence, key, result);
      case 'failed': {
        const { failure, error, seconds } = result;
        const retryIn = this.#machine.retryAfter(task, failure);
        return this.#record(this.by, [{ type: 'task.failed', task, attempt, failure, error, seconds, retryIn }]);
      }
      case 'stopped':
        return this.#record(AGENT, [{ type: 'task.cancelled', task }]);
    }
  }

  /** One event, one transaction: outputs, lineage and cache entry are published together or not at all. */
  #publish(node: TaskNode, fence: number, key: TaskKey, result: Extract<AttemptResult, { kind: 'succeeded' }>): void {
    const entry = key.uncacheable === null ? this.#services.newId() : null;
    const event = toSucceeded(node, result, { attempt: this.#machine.attemptOf(node.id), fence, entry });
    this.#record(this.by, [event], result.blobs);
    const cached = toCached(key, this.run, event, this.#services.clock.now());
    if (cached !== null) this.#unsettled.push(this.#services.results.publish(cached));
  }
}
