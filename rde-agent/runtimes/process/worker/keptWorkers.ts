import type { TaskContext } from '../../../protocol/runner.ts';
import type { Clock } from '../../../protocol/clock.ts';
import type { BatchOutcome, BatchRequest, BatchTask } from '../../runtime.ts';
import type { ProcessLimits } from '../options.ts';
import type { MemoryWatch } from './classify.ts';
import { KeptSession } from './keptSession.ts';
import type { LeftoverSweeper } from './leftoverSweeper.ts';
import type { Worker } from './worker.ts';

export interface KeptWorkersOptions {
  readonly limits: ProcessLimits;
  readonly clock: Clock;
  readonly memory: MemoryWatch;
  readonly sweeper: LeftoverSweeper;
  /** a fresh process of the request's environment. Rejects with WorkerStartError; `undefined` = aborted */
  readonly start: (request: BatchRequest, signal: AbortSignal) => Promise<Worker | undefined>;
  /** what it means that none can be started */
  readonly toFailure: (error: unknown) => BatchOutcome;
  /** the file in which a worker says which task it is at */
  readonly toPlace: (worker: Worker) => string;
}

interface Kept {
  readonly session: KeptSession;
  readonly worker: Worker;
  /** whose module it holds: of these there is only the newest code */
  readonly group: string;
  /** all that must be equal for a batch to run in it */
  readonly identity: string;
  idle: NodeJS.Timeout | undefined;
}

/**
 * Kept interpreters: those that have a batch, and those that wait for the next one of the same owner, environment and code. One that has
 * waited for long, or whose module has other code now, is ended.
 */
export class KeptWorkers {
  private readonly options: KeptWorkersOptions;
  private readonly all = new Set<Kept>();
  /** the one that has waited for longest first */
  private readonly waiting = new Set<Kept>();

  constructor(options: KeptWorkersOptions) {
    this.options = options;
  }

  /** Runs a batch; where tasks have left doubts, in several interpreters one after another. Never rejects but for bugs. */
  async run(request: BatchRequest, signal: AbortSignal): Promise<void> {
    const tasks = new Tasks(request);
    for (let base = 0; !signal.aborted && tasks.hasMore();) {
      let kept = this.takeWaiting(request);
      try {
        kept ??= await this.start(request, signal);
      } catch (error) {
        return tasks.refuse(base, this.options.toFailure(error));
      }
      if (kept === undefined) return tasks.refuse(base, { kind: 'cancelled' });
      base = await kept.session.run(tasks.request, base, signal);
      if (kept.session.isIdle) this.wait(kept);
      else this.end(kept);
    }
  }

  /** What is known of a kept interpreter; `undefined` = it is none. */
  find(worker: Worker): { readonly tasks: number; readonly isIdle: boolean } | undefined {
    for (const { worker: each, session } of this.all) if (each === worker) return session;
    return undefined;
  }

  /** It has nothing to do, and nobody loses anything but time when it ends. */
  isWaiting(worker: Worker): boolean {
    return [...this.waiting].some((kept) => kept.worker === worker);
  }

  /** Ends those that wait. */
  drop(): void {
    for (const kept of this.waiting) this.end(kept);
  }

  private takeWaiting(request: BatchRequest): Kept | undefined {
    const { group, identity } = toIdentity(request);
    for (const kept of this.waiting) {
      if (kept.group !== group) continue;
      if (kept.identity !== identity || !kept.session.isIdle) this.end(kept);
      else return this.take(kept);
    }
    return undefined;
  }

  private take(kept: Kept): Kept {
    this.waiting.delete(kept);
    clearTimeout(kept.idle);
    return kept;
  }

  private async start(request: BatchRequest, signal: AbortSignal): Promise<Kept | undefined> {
    const worker = await this.options.start(request, signal);
    if (worker === undefined) return undefined;
    const { limits, clock, memory, sweeper, toPlace } = this.options;
    const sweep = (): Promise<void> => sweeper.now(worker.options.token);
    const session = new KeptSession({ worker, place: toPlace(worker), limits, clock, memory, sweep });
    const kept: Kept = { session, worker, ...toIdentity(request), idle: undefined };
    this.all.add(kept);
    void worker.gone.then(() => this.all.delete(kept));
    return kept;
  }

  private wait(kept: Kept): void {
    const { kept: most, keptIdleSeconds } = this.options.limits;
    kept.idle = setTimeout(() => this.end(kept), keptIdleSeconds * 1000);
    kept.idle.unref();
    this.waiting.add(kept);
    const [oldest] = this.waiting;
    if (this.waiting.size > most && oldest !== undefined) this.end(oldest);
  }

  private end(kept: Kept): void {
    this.take(kept);
    this.all.delete(kept);
    kept.session.end();
    this.options.sweeper.later(kept.worker.options.token);
  }
}

/** The tasks of a request, asked for the next one before an interpreter is taken for it. */
class Tasks {
  readonly request: BatchRequest;
  private next: readonly BatchTask[] = [];

  constructor(request: BatchRequest) {
    this.request = { ...request, take: (count) => this.take(request, count) };
  }

  hasMore(): boolean {
    if (this.next.length === 0) this.next = this.request.take(1);
    return this.next.length > 0;
  }

  /** The next one cannot run. */
  refuse(index: number, outcome: BatchOutcome): void {
    this.request.observer.ended([{ index, outcome, mayHaveWritten: false }]);
  }

  private take(request: BatchRequest, count: number): readonly BatchTask[] {
    const { next } = this;
    this.next = [];
    return next.length >= count ? next : [...next, ...request.take(count - next.length)];
  }
}

function toIdentity({ environment, owner, context }: BatchRequest): { readonly group: string; readonly identity: string } {
  const { module, root, variables, threads, memory } = context satisfies TaskContext;
  return { group: JSON.stringify([environment.digest, owner, module]), identity: JSON.stringify([root, variables, threads, memory]) };
}
