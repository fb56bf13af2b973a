import type { Clock } from '../../../protocol/clock.ts';
import type { Logger } from '../../../protocol/logger.ts';
import type { PinnedEnvironment } from '../../../protocol/pinned.ts';
import type { ProcessLimits } from '../options.ts';
import { Preloads } from './preloads.ts';
import { Spares } from './spares.ts';
import type { Worker } from './worker.ts';
import type { Zygote } from './zygote.ts';

export interface ZygoteSlotOptions {
  readonly environment: PinnedEnvironment;
  readonly startZygote: () => Zygote;
  readonly startWorker: () => Worker;
  /** false = children may not be forked on this platform: every worker is a fresh interpreter */
  readonly canFork: boolean;
  /** this child has a kept interpreter that waits: it keeps nobody from ending the environment */
  readonly isWaiting: (worker: Worker) => boolean;
  readonly limits: ProcessLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Acquired {
  readonly worker: Worker;
  readonly mode: 'forked' | 'spawned' | 'cold';
}

/** No worker can be had for this environment; the message holds the last words of its processes. */
export class WorkerStartError extends Error {}

/** A zygote that was started for a package may be lost by it; so often a launch begins again. */
const ROUNDS = 12;
const FORK_TRIES = 3;
/** Failed starts in a row after which an environment is left alone for a while. */
const FAILED_STARTS = 3;
/** Seconds of life below which the end of a zygote counts as a failed start. */
const SHORT_LIFE = 5;
/** Milliseconds after which a spare that was taken is replaced though the task still runs. */
const REPLACE_MILLISECONDS = 100;
/** Milliseconds after an answer in which its result goes to disk. */
const REPLENISH_MILLISECONDS = 5;
/** Seconds within which a task that follows another is one of many. */
const STREAK_SECONDS = 0.25;
/** Spares more than usual while tasks follow one another: a fork takes longer than a small task. */
const STREAK_SPARES = 2;
/** Milliseconds after the last of many tasks until spares that are more than usual end. */
const STREAK_END_MILLISECONDS = 2000;
/** Milliseconds after code was given to compile: a zygote compiles when nothing else is asked of it, and modules come one after another. */
const RENEW_MILLISECONDS = 20;

/**
 * The workers of one environment: its zygote, the children that wait, and what is to be imported ahead. A zygote that cannot be
 * started is tried again after growing pauses; three failures in a row put the environment aside for a while.
 */
export class ZygoteSlot {
  /** monotonic seconds of the last use */
  usedAt: number;
  private readonly options: ZygoteSlotOptions;
  private readonly spares: Spares;
  private readonly preloads = new Preloads();
  /** first-party files to compile in every zygote: path → digest */
  private readonly files = new Map<string, string>();
  private zygote: Zygote | undefined;
  /** zygotes that start no more children, but have some */
  private readonly retired = new Set<Zygote>();
  private preparing: Promise<Zygote> | undefined;
  private renewing: NodeJS.Timeout | undefined;
  private replenishing: NodeJS.Timeout | undefined;
  /** spares more than usual */
  private ahead = 0;
  /** monotonic seconds of the last task */
  private takenAt = -Infinity;
  private streakEnd: NodeJS.Timeout | undefined;
  private failures = 0;
  private nextStart = 0;
  private lastWords = '';
  /** monotonic seconds until which fresh interpreters are started instead of children */
  private noForkUntil = 0;
  private noForkReason = '';
  private isDisposed = false;

  constructor(options: ZygoteSlotOptions) {
    this.options = options;
    this.spares = new Spares(options.limits.spares);
    this.usedAt = options.clock.monotonic();
  }

  /** A spare that can take a task this moment. */
  take(preload: readonly string[]): Worker | undefined {
    this.noteTask();
    const spare = this.preloads.isSettled(preload) ? this.spares.takeReady() : undefined;
    if (spare !== undefined) this.replaceLater();
    // The next of many finds one only if it is forked while this one runs. The last that waits may not be ready yet.
    if (this.ahead > 0 && this.spares.list.length <= 1) setImmediate(() => this.fillSpares());
    return spare;
  }

  /** A worker, with all that must be started for it. Rejects with WorkerStartError. */
  async acquire(preload: readonly string[]): Promise<Acquired> {
    this.preloads.ask(preload);
    if (!this.mayFork) return this.spawn();
    const isCold = this.usable === undefined;
    for (let tries = 0; tries < FORK_TRIES; tries++) {
      const worker = await this.waitForChild(await this.prepareZygote());
      if (worker !== undefined) return { worker, mode: isCold ? 'cold' : 'forked' };
    }
    this.noForkUntil = this.options.clock.monotonic() + this.options.limits.quarantineSeconds;
    this.options.logger.warn('no child could be forked, so fresh interpreters are started', { reason: this.noForkReason });
    return this.spawn();
  }

  /** Takes back a worker that was acquired and given no task. */
  giveBack({ worker, mode }: Acquired): void {
    if (mode === 'spawned' || !worker.isIdle || this.isDisposed) worker.close();
    else this.spares.add(worker);
  }

  /** Has the zygote and a spare ready. Best effort. */
  async warm(preload: readonly string[]): Promise<void> {
    this.preloads.ask(preload);
    if (!this.mayFork) return;
    this.usedAt = this.options.clock.monotonic();
    // Warm already: a fork now would take its time from the task that this warming came with. After its answer there is one anyway.
    if (this.usable !== undefined && this.preloads.isSettled(preload)) return this.isBusy ? undefined : this.replenish();
    try {
      this.spares.fill(await this.prepareZygote());
      await Promise.all(this.spares.list.map((spare) => spare.ready));
    } catch (error) {
      this.options.logger.warn('an environment could not be warmed', { error: toMessage(error) });
    }
  }

  compile(files: readonly { readonly path: string; readonly digest: string }[]): void {
    const unknown = files.filter((file) => this.files.get(file.path) !== file.digest);
    for (const file of unknown) this.files.set(file.path, file.digest);
    if (this.usable === undefined || unknown.length === 0) return;
    this.usable.compile(unknown);
    this.renewing ??= setTimeout(() => this.renewSpares(), RENEW_MILLISECONDS);
    this.renewing.unref();
  }

  /**
   * A task has answered: the next spare is forked a moment later, because the fork would take its time from the commit of the result.
   * Who needs a worker before that forks at once.
   */
  replenish(): void {
    this.replenishing ??= setTimeout(() => {
      this.replenishing = undefined;
      this.fillSpares();
    }, REPLENISH_MILLISECONDS);
    this.replenishing.unref();
  }

  notes(): readonly string[] {
    const notes = [...this.preloads.notes()];
    if (this.failures >= FAILED_STARTS) notes.push(`workers cannot be started: ${this.lastWords}`);
    if (this.noForkReason !== '') notes.push(`tasks run in fresh interpreters, which is slower: ${this.noForkReason}`);
    return notes;
  }

  get environment(): PinnedEnvironment {
    return this.options.environment;
  }

  get zygotes(): readonly Zygote[] {
    return this.zygote === undefined || this.zygote.isGone ? [...this.retired] : [this.zygote, ...this.retired];
  }

  get isBusy(): boolean {
    return (
      this.preparing !== undefined ||
      this.zygotes.some((zygote) => zygote.children.some((child) => !this.isSpare(child) && !this.options.isWaiting(child)))
    );
  }

  isSpare(worker: Worker): boolean {
    return this.spares.list.includes(worker);
  }

  async dispose(graceMilliseconds: number): Promise<void> {
    this.isDisposed = true;
    await Promise.all(this.zygotes.map((zygote) => zygote.end(graceMilliseconds)));
  }

  // ------------------------------------------------------------ children

  private fillSpares(): void {
    if (this.usable !== undefined) this.spares.fill(this.usable, this.ahead);
  }

  private noteTask(): void {
    const now = this.options.clock.monotonic();
    const isStreak = now - this.takenAt < STREAK_SECONDS && this.options.limits.spares > 0;
    this.usedAt = this.takenAt = now;
    if (!isStreak) return;
    this.ahead = STREAK_SPARES;
    if (this.streakEnd !== undefined) return void this.streakEnd.refresh();
    this.streakEnd = setTimeout(() => {
      this.streakEnd = undefined;
      this.ahead = 0;
      this.spares.trim();
    }, STREAK_END_MILLISECONDS);
    this.streakEnd.unref();
  }

  private renewSpares(): void {
    this.renewing = undefined;
    if (this.usable !== undefined) this.spares.renew(this.usable);
  }

  private get mayFork(): boolean {
    return this.options.canFork && this.options.clock.monotonic() >= this.noForkUntil;
  }

  /** `undefined` = it ended before it was ready, or did not come; the caller tries again, and then starts a fresh interpreter. */
  private async waitForChild(zygote: Zygote): Promise<Worker | undefined> {
    const worker = this.spares.takeAny() ?? zygote.fork();
    const timer = setTimeout(() => zygote.giveUp(worker), this.options.limits.startSeconds * 1000);
    try {
      await worker.ready;
    } catch (error) {
      this.noForkReason = toMessage(error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
    this.failures = 0;
    this.noForkReason = '';
    this.replaceLater();
    return worker;
  }

  private async spawn(): Promise<Acquired> {
    const worker = this.options.startWorker();
    try {
      await worker.ready;
    } catch (error) {
      throw new WorkerStartError(toMessage(error), { cause: error });
    }
    return { worker, mode: 'spawned' };
  }

  /** The next child is forked when the task has answered, since a fork takes time from a task that runs; a long one is not waited for. */
  private replaceLater(): void {
    setTimeout(() => this.replenish(), REPLACE_MILLISECONDS).unref();
  }

  // ------------------------------------------------------------ zygote

  /** The zygote, when children can be forked from it at once. */
  private get usable(): Zygote | undefined {
    const isUsable = this.preparing === undefined && this.zygote?.isGone === false && !this.isDisposed;
    return isUsable ? this.zygote : undefined;
  }

  /** A zygote that has imported all that was asked for. Concurrent callers share the work. */
  private async prepareZygote(): Promise<Zygote> {
    for (let round = 0; round < ROUNDS; round++) {
      if (this.usable !== undefined && this.preloads.isComplete) return this.usable;
      this.preparing ??= this.startAndImport().finally(() => {
        this.preparing = undefined;
      });
      await this.preparing;
    }
    throw new WorkerStartError(`the parent of the workers ends again and again: ${this.lastWords}`);
  }

  private async startAndImport(): Promise<Zygote> {
    const zygote = this.zygote === undefined || this.zygote.isGone ? await this.startZygote() : this.zygote;
    const imported = await this.preloads.importInto(zygote);
    if (imported === 'done') this.spares.renew(zygote);
    if (imported === 'threads') this.retire(zygote);
    if (imported === 'gone') this.lastWords = zygote.lastWords;
    return zygote;
  }

  /** Its children finish their tasks; then it ends. */
  private retire(zygote: Zygote): void {
    this.zygote = undefined;
    this.retired.add(zygote);
    this.spares.dropAll();
    const end = async (): Promise<void> => {
      await Promise.all(zygote.children.map((child) => child.gone));
      await zygote.end(this.options.limits.graceSeconds * 1000);
      this.retired.delete(zygote);
    };
    end().catch((error: unknown) => this.options.logger.error('a zygote could not be ended', { error: toMessage(error) }));
  }

  private async startZygote(): Promise<Zygote> {
    if (this.isDisposed) throw new WorkerStartError('the runtime is disposed');
    await this.waitForTurn();
    this.preloads.forgetLoaded();
    this.spares.dropAll();
    const zygote = this.createZygote();
    this.zygote = zygote;
    try {
      await zygote.ready;
    } catch (error) {
      this.countFailure(zygote);
      throw new WorkerStartError(`the parent of the workers cannot be started: ${zygote.lastWords}`, { cause: error });
    }
    if (this.files.size > 0) zygote.compile([...this.files].map(([path, digest]) => ({ path, digest })));
    this.watchForCrash(zygote);
    return zygote;
  }

  private createZygote(): Zygote {
    try {
      return this.options.startZygote();
    } catch (error) {
      throw new WorkerStartError(`the parent of the workers cannot be started: ${toMessage(error)}`, { cause: error });
    }
  }

  private watchForCrash(zygote: Zygote): void {
    const { clock } = this.options;
    const started = clock.monotonic();
    const look = (): void => {
      this.spares.dropDead();
      const isUnexplained = this.zygote === zygote && !this.isDisposed && !this.preloads.hasCulprit;
      if (isUnexplained && clock.monotonic() - started < SHORT_LIFE) this.countFailure(zygote);
    };
    zygote.gone.then(look, look);
  }

  private countFailure(zygote: Zygote): void {
    this.failures++;
    this.lastWords = zygote.lastWords;
    const pause = this.failures >= FAILED_STARTS ? this.options.limits.quarantineSeconds : 0.1 * 2 ** this.failures;
    this.nextStart = this.options.clock.monotonic() + pause;
  }

  private async waitForTurn(): Promise<void> {
    const wait = this.nextStart - this.options.clock.monotonic();
    if (wait <= 0) return;
    if (this.failures >= FAILED_STARTS) {
      throw new WorkerStartError(`the workers of this environment could not be started ${String(this.failures)} times: ${this.lastWords}`);
    }
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
  }
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
