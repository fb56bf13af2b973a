import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../../protocol/clock.ts';
import type { FromWorker } from '../../../protocol/runner.ts';
import type { StartMode } from '../../../protocol/runEvents.ts';
import type { LaunchRequest, Outcome } from '../../runtime.ts';
import type { ProcessLimits } from '../options.ts';
import { classifyExit, toFailureClass, type MemoryWatch } from './classify.ts';
import { sendSignal } from './leftovers.ts';
import { listProcesses } from './processTable.ts';
import type { Exit, Worker, WorkerSink } from './worker.ts';
import type { StreamName } from './workerListener.ts';

export interface AttemptOptions {
  readonly worker: Worker;
  readonly mode: StartMode;
  readonly request: LaunchRequest;
  readonly limits: ProcessLimits;
  readonly clock: Clock;
  readonly memory: MemoryWatch;
  /** ends what the task has started outside its process group */
  readonly sweep: () => Promise<void>;
}

type Answer = Extract<FromWorker, { method: 'succeeded' | 'failed' }>;

/** Seconds for a killed group to be gone. */
const GONE_SECONDS = 5;

/**
 * One task in one worker, from handing over to its end. It has ended when its process has, and its streams are read to their end; so
 * an answer is never overtaken by an exit, and nothing is printed after the outcome.
 */
export class Attempt implements WorkerSink {
  private readonly options: AttemptOptions;
  private readonly open = new Set<StreamName>(['control', 'out', 'err']);
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly settled: Promise<void>;
  private settle: () => void = () => undefined;
  private isSettled = false;
  private isDraining = false;
  private begun = 0;
  private answered = 0;
  private answer: Answer | undefined;
  private exit: Exit | undefined;
  private isCancelled = false;
  /** why we ended the process ourselves */
  private broken: string | undefined;
  private bug: { readonly error: unknown } | undefined;

  constructor(options: AttemptOptions) {
    this.options = options;
    this.settled = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  /** The task is written to the worker before this returns to its caller. */
  async run(signal: AbortSignal): Promise<Outcome> {
    const { worker, mode, request, clock } = this.options;
    const cancel = (): void => this.cancel();
    this.begun = clock.monotonic();
    worker.start(request.context, this);
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    this.tell(() => request.observer.running({ mode, pid: worker.pid ?? 0, parent: worker.options.parent }));
    await this.settled;
    signal.removeEventListener('abort', cancel);
    for (const timer of this.timers) clearTimeout(timer);
    worker.close();
    if (this.isCancelled) await waitForGroup(worker.pid);
    if (this.bug !== undefined) throw this.bug.error;
    return this.toOutcome();
  }

  message(message: FromWorker): void {
    const { observer } = this.options.request;
    switch (message.method) {
      case 'progress':
        return this.tell(() => observer.progress(message.params.done, message.params.total, message.params.message));
      case 'metric':
        return this.tell(() => observer.metric(message.params.name, message.params.value, message.params.step));
      case 'succeeded':
      case 'failed':
        return this.takeAnswer(message);
      case 'hello':
        return this.nonsense('it said hello twice');
      case 'ran':
        return this.nonsense('it answered as an interpreter that is kept');
      default:
        return message satisfies never;
    }
  }

  nonsense(message: string): void {
    if (this.answer === undefined) this.break(message);
  }

  bytes(stream: 'out' | 'err', chunk: Buffer): void {
    this.tell(() => this.options.request.observer.output(stream, chunk));
  }

  ended(stream: StreamName): void {
    this.open.delete(stream);
    const { drainSeconds } = this.options.limits;
    // User code may close every descriptor; without the control channel nothing more can come of it.
    if (stream === 'control' && this.answer === undefined) this.after(drainSeconds, () => this.break('it closed its channel to the agent'));
    this.check();
  }

  exited(exit: Exit): void {
    this.exit = exit;
    this.check();
  }

  private takeAnswer(answer: Answer): void {
    if (this.answer !== undefined || this.isCancelled) return;
    this.answer = answer;
    this.answered = this.options.clock.monotonic();
    this.after(this.options.limits.leaveSeconds, () => this.options.worker.signalGroup('SIGKILL'));
    this.check();
  }

  private check(): void {
    if (this.isSettled) return;
    // Nothing comes after the answer on the channel that it came on.
    const isRead = !this.open.has('out') && !this.open.has('err') && (this.answer !== undefined || !this.open.has('control'));
    const isOver = this.exit !== undefined || (this.answer !== undefined && isRead);
    if (!isOver) return;
    if (isRead) return this.finish();
    if (this.isDraining) return;
    this.isDraining = true;
    // Unless bytes are only on their way, something that the task started outside its group holds a stream.
    this.after(0.05, () => void this.options.sweep());
    this.after(this.options.limits.drainSeconds, () => this.finish());
  }

  private finish(): void {
    this.isSettled = true;
    this.settle();
  }

  private cancel(): void {
    if (this.answer !== undefined || this.isCancelled) return;
    this.isCancelled = true;
    this.options.worker.signalGroup('SIGTERM');
    this.after(this.options.limits.graceSeconds, () => this.kill());
  }

  private break(message: string): void {
    if (this.exit !== undefined || this.broken !== undefined) return;
    this.broken = message;
    this.kill();
  }

  /** A parent that hangs reports no exit, so after SIGKILL the end is taken as given. */
  private kill(): void {
    this.options.worker.signalGroup('SIGKILL');
    this.after(this.options.limits.drainSeconds, () => this.finish());
  }

  private after(seconds: number, action: () => void): void {
    this.timers.add(
      setTimeout(() => {
        if (!this.isSettled) action();
      }, seconds * 1000),
    );
  }

  /** An observer that throws is a bug of its owner; the task is ended, and `launch` rejects with it. */
  private tell(call: () => void): void {
    if (this.isSettled || this.bug !== undefined) return;
    try {
      call();
    } catch (error) {
      this.bug = { error };
      this.kill();
    }
  }

  private toOutcome(): Outcome {
    if (this.isCancelled) return { kind: 'cancelled' };
    const seconds = (this.answer === undefined ? this.options.clock.monotonic() : this.answered) - this.begun;
    if (this.answer !== undefined) return toAnswered(this.answer, seconds);
    if (this.broken !== undefined) {
      const message = `the worker was ended because ${this.broken}`;
      return { kind: 'failed', failure: 'infrastructure', error: { code: 'worker-lost', message }, seconds };
    }
    if (this.exit === undefined || this.exit.kind === 'lost')
      return { kind: 'lost', message: this.exit?.message ?? 'the process vanished' };
    const { request, memory } = this.options;
    return { kind: 'failed', ...classifyExit({ ...this.exit, memory: request.context.memory, outOfMemory: memory.hasKilled() }), seconds };
  }
}

function toAnswered(answer: Answer, seconds: number): Outcome {
  if (answer.method === 'succeeded') return { kind: 'succeeded', ...answer.params, seconds };
  const { code, message, file, line, traceback } = answer.params;
  return { kind: 'failed', failure: toFailureClass(code), error: { code, message, file, line, traceback }, seconds };
}

/** Waits until no process of the group runs; zombies do not count. */
export async function waitForGroup(group: number | undefined): Promise<void> {
  if (group === undefined) return;
  for (let tries = 0; tries < GONE_SECONDS * 100; tries++) {
    // Signal 0 finds the group while even a zombie is in it, so the table is only read then.
    if (!sendSignal(-group, 'SIGKILL')) return;
    const members = (await listProcesses()).filter((entry) => entry.group === group && !entry.zombie);
    if (members.length === 0) return;
    await delay(10);
  }
}
