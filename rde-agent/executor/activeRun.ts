import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OutputLookup } from '../engine/keys.ts';
import type { RunCommand } from '../engine/runCommand.ts';
import { RunMachine } from '../engine/runMachine.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { RunSummary } from '../protocol/documents.ts';
import type { RunEvent, TaskId } from '../protocol/runEvents.ts';
import type { Scope } from '../protocol/who.ts';
import type { RequestRecord, SmallBlob } from '../store/store.ts';
import { AGENT, type ActiveRunOptions, type ActiveRunServices, type NestedRun, type RunDesk, type Submitted } from './activeRunOptions.ts';
import { Attempts } from './attempts.ts';
import { Dispatcher } from './dispatcher.ts';
import { Expansions } from './expansions.ts';
import { KeptLanes } from './keptLanes.ts';
import { NestedTasks } from './nestedTasks.ts';
import { Quarantine } from './quarantine.ts';
import type { LentBatch, RunStream } from './runStream.ts';
import type { BesideEvent } from './sourceHook.ts';
import { toGivenUp } from './taskEvents.ts';

/** milliseconds of deciding before other work of the agent gets its turn */
const TURN = 25;

/**
 * One run that has not ended: carries the machine's commands out and records what came of them. Everything that can be
 * decided is decided in one turn and goes to disk in one transaction; nothing waits for a commit that it does not depend on.
 */
export class ActiveRun implements RunDesk, NestedRun {
  readonly options: ActiveRunOptions;
  readonly services: ActiveRunServices;
  readonly machine: RunMachine;
  readonly ended: Promise<void>;
  readonly #attempts: Attempts;
  readonly #lanes: KeptLanes;
  readonly #dispatcher: Dispatcher;
  readonly #nested: NestedTasks;
  readonly #expansions: Expansions;
  readonly #commands: RunCommand[] = [];
  /** steps of it differ in priority */
  readonly #isRanked: boolean;
  readonly #pauses = new Map<TaskId, NodeJS.Timeout>();
  /** runs that an earlier agent has begun for tasks of this one, by task */
  readonly #delegated = new Map<TaskId, { readonly attempt: number; readonly run: string }>();
  #closing: () => void = () => undefined;
  /** it may work: not so while others of its workflow are before it */
  #isAdmitted = false;
  #draining = false;
  #hasStarted = false;
  #started = false;
  #stopped = false;

  constructor(options: ActiveRunOptions, services: ActiveRunServices) {
    this.options = options;
    this.services = services;
    this.machine = new RunMachine(options.graph);
    this.#isRanked = options.submitted.definition.steps.some((step) => step.priority !== undefined);
    const quarantine = new Quarantine();
    this.#attempts = new Attempts(this, quarantine);
    this.#lanes = new KeptLanes(this, quarantine);
    this.#nested = new NestedTasks(this);
    this.#dispatcher = new Dispatcher(this, { attempts: this.#attempts, lanes: this.#lanes, nested: this.#nested, quarantine });
    this.#expansions = new Expansions(this);
    this.ended = new Promise((resolve) => (this.#closing = resolve));
  }

  get run(): string {
    return this.submitted.run;
  }
  get by(): string {
    return this.options.by;
  }
  get scope(): Scope {
    return this.options.scope;
  }
  get stream(): RunStream {
    return this.options.stream;
  }
  get submitted(): Submitted {
    return this.options.submitted;
  }
  get isFinished(): boolean {
    return this.machine.finished !== null;
  }
  get isStopped(): boolean {
    return this.#stopped;
  }
  readonly outputOf: OutputLookup = (task, port) => this.machine.output(task, port);

  /** What lists show of it. */
  get progress(): Pick<RunSummary, 'state' | 'started' | 'seconds'> {
    const started = this.stream.at(1);
    if (this.machine.finished === null) return { state: this.#started ? 'running' : 'queued', started, seconds: 0 };
    const seconds = Math.max(0, (Date.parse(this.stream.at(this.stream.seq)) - Date.parse(started)) / 1000);
    return { state: this.machine.finished, started, seconds };
  }

  /** Records the submission; with `beside`, in one transaction. It begins to work when it is admitted. */
  begin(request: RequestRecord, blobs: readonly SmallBlob[], beside: readonly BesideEvent[]): void {
    this.record(this.by, [this.submitted], blobs, beside);
    this.stream.answer(request);
  }

  /** Records the submission of a nested run, for its parent's stream to commit. */
  beginNested(): LentBatch {
    this.record(this.by, [this.submitted]);
    return this.stream.lend();
  }

  /** Reads what an earlier agent has recorded; `past` has been applied by nobody yet. True = that one had begun to work. */
  resume(past: readonly RunEvent[]): boolean {
    for (const event of past) {
      this.machine.apply(event);
      if (event.type === 'task.delegated') this.#delegated.set(event.task, event);
    }
    this.#started = past.some((event) => event.type === 'task.started' || event.type === 'task.reused' || event.type === 'tasks.ran');
    this.#commands.push(...this.machine.resume());
    return past.length > 1;
  }

  /** It may work now. Resolves when what could be decided at once is durable. */
  admit(): Promise<void> {
    this.#isAdmitted = true;
    this.#work();
    return this.#send();
  }

  /** Sends what was recorded, without beginning to work. */
  save(): Promise<void> {
    return this.#flush();
  }

  /** Asks for the end. Resolves when that is durable; the processes are gone when `ended` resolves. */
  cancel(by: string, request?: RequestRecord): Promise<void> {
    if (!this.machine.cancelRequested && !this.isFinished) this.record(by, [{ type: 'run.cancelRequested' }]);
    if (request !== undefined) this.stream.answer(request);
    this.#lanes.cancel();
    // Nothing keeps it from ending, though it was not its turn yet.
    return this.admit();
  }

  cancelAsParent(): void {
    this.cancel(AGENT).catch(() => undefined);
  }

  /** The agent ends: stops what runs, and leaves the run open. Resolves when its processes are gone and the record is durable. */
  async stop(): Promise<void> {
    const running = await this.#halt();
    const lost = running.filter((task) => this.machine.stateOf(task) === 'running');
    const events = lost.map((task): RunEvent => ({ type: 'task.lost', task, attempt: this.machine.attemptOf(task) }));
    if (events.length > 0) this.record(AGENT, events);
    await this.stream.flush().catch(() => undefined);
    this.#closing();
  }

  /** The record cannot be written: nothing more is done. Resolves when the processes are gone. */
  async abandon(): Promise<void> {
    await this.#halt();
    this.#closing();
  }

  record(by: string, events: readonly RunEvent[], blobs: readonly SmallBlob[] = [], beside: readonly BesideEvent[] = []): void {
    this.stream.record(by, events, blobs, beside);
    for (const event of events) {
      for (const command of this.machine.apply(event)) this.#commands.push(command);
      if (event.type === 'run.finished') this.options.onDidChange('finished');
      else if (!this.#started && (event.type === 'task.started' || event.type === 'task.reused' || event.type === 'tasks.ran')) {
        this.#started = true;
        this.options.onDidChange('started');
      }
    }
  }

  ask(...commands: RunCommand[]): void {
    this.#commands.push(...commands);
    this.#drain();
  }

  together(change: () => void): void {
    const isOutermost = !this.#draining;
    this.#draining = true;
    change();
    if (!isOutermost) return;
    this.#draining = false;
    this.#drain();
  }

  hasStarted(): void {
    this.#hasStarted = true;
  }

  async #halt(): Promise<readonly TaskId[]> {
    this.#stopped = true;
    for (const timer of this.#pauses.values()) clearTimeout(timer);
    this.#dispatcher.halt();
    this.#nested.halt();
    const running = await Promise.all([this.#attempts.halt(), this.#lanes.halt()]);
    return running.flat();
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
    const unsettled = this.#attempts.takeUnsettled();
    if (unsettled.length > 0) {
      const settle = (): void => unsettled.forEach((each) => each());
      flushed.then(settle, settle);
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
    this.options.onDidChange('closed');
    this.#closing();
  }

  /** Carries out commands until there are none, or this turn has lasted long enough. */
  #work(): void {
    if (this.#draining || !this.#isAdmitted) return;
    this.#draining = true;
    // A free place is taken at once, so of several tasks the most urgent has to ask first.
    if (this.#isRanked) this.#commands.sort((one, other) => toUrgency(other, this.submitted) - toUrgency(one, this.submitted));
    const until = this.services.clock.monotonic() + TURN / 1000;
    let done = 0;
    while (done < this.#commands.length && !this.#stopped) {
      const command = this.#commands[done++];
      if (command !== undefined && this.machine.wants(command)) this.#carryOut(command);
      if (done % 64 === 0 && this.services.clock.monotonic() > until) break;
    }
    this.#commands.splice(0, done);
    if (!this.#stopped) this.#lanes.go();
    this.#draining = false;
    if (this.#commands.length > 0 && !this.#stopped) setImmediate(() => this.#drain());
  }

  #carryOut(command: RunCommand): void {
    switch (command.kind) {
      case 'dispatch':
        return this.#dispatcher.dispatch(command.task);
      case 'expand':
        return this.#expansions.expand(command.task, command.from);
      case 'wait':
        return this.#pause(command.task, command.seconds);
      case 'abort':
        return this.#abort(command.task);
      case 'lose':
        return this.#lose(command.task, command.attempt);
      case 'cancel':
        return this.#cancelTask(command.task, command.because);
      case 'skip':
        return this.record(AGENT, [{ type: 'task.skipped', task: command.task.id, because: command.because, reason: command.reason }]);
      case 'fail':
        return this.record(AGENT, [toGivenUp(command.task, this.machine.attemptOf(command.task.id), command.error)]);
      case 'finish':
        return this.record(AGENT, [{ type: 'run.finished', state: command.state }]);
      default:
        command satisfies never;
    }
  }

  #abort({ id, step }: TaskNode): void {
    if (step.kind === 'workflow') return this.#nested.abort(id);
    this.#attempts.stop(id, 'cancelled');
    this.#lanes.abort(id);
  }

  /** What an earlier agent had under way: its process went with it, but its nested runs go on by themselves. */
  #lose(task: TaskNode, attempt: number): void {
    const delegated = this.#delegated.get(task.id);
    if (delegated?.attempt === attempt) return this.#nested.adopt(task, delegated.run);
    this.record(AGENT, [{ type: 'task.lost', task: task.id, attempt }]);
  }

  #pause(task: TaskNode, seconds: number): void {
    const timer = setTimeout(() => {
      this.#pauses.delete(task.id);
      this.ask({ kind: 'dispatch', task });
    }, seconds * 1000);
    this.#pauses.set(task.id, timer);
  }

  #cancelTask(task: TaskNode, because: 'run' | 'not-needed'): void {
    clearTimeout(this.#pauses.get(task.id));
    this.#pauses.delete(task.id);
    this.#lanes.withdraw(task);
    this.record(AGENT, [{ type: 'task.cancelled', task: task.id, ...(because === 'run' ? {} : { because }) }]);
    this.#dispatcher.withdraw(task.id);
  }
}

/** Whatever starts no task goes first: it may tell that one is not wanted any more. */
function toUrgency(command: RunCommand, { definition }: Submitted): number {
  return command.kind === 'dispatch' ? (command.task.step.priority ?? definition.priority ?? 0) : Number.MAX_SAFE_INTEGER;
}
