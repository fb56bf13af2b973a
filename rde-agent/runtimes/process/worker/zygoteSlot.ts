import type { Clock } from '../../../protocol/clock.ts';
import type { Logger } from '../../../protocol/logger.ts';
import type { ProcessLimits } from '../options.ts';
import type { Worker } from './worker.ts';
import type { Preloaded, Zygote } from './zygote.ts';

export interface ZygoteSlotOptions {
  readonly startZygote: () => Zygote;
  readonly startWorker: () => Worker;
  /** false = children may not be forked on this platform: every worker is a fresh interpreter */
  readonly canFork: boolean;
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
/** Milliseconds after which a spare that was taken is replaced though the task still runs. */
const REPLACE_MILLISECONDS = 100;

/**
 * The workers of one environment: its zygote, the children that wait, and what is to be imported ahead. A zygote that cannot be
 * started is tried again after growing pauses; three failures in a row put the environment aside for a while.
 */
export class ZygoteSlot {
  /** monotonic seconds of the last use */
  usedAt: number;
  private readonly options: ZygoteSlotOptions;
  private zygote: Zygote | undefined;
  /** zygotes that start no more children, but have some */
  private readonly retired = new Set<Zygote>();
  private readonly spares: Worker[] = [];
  private readonly asked = new Set<string>();
  private readonly banned = new Map<string, string>();
  private readonly problems = new Map<string, string>();
  private readonly files = new Map<string, string>();
  private loaded = new Set<string>();
  /** what was being imported when a zygote was lost: from then on one by one */
  private oneByOne = false;
  private preparing: Promise<Zygote> | undefined;
  private failures = 0;
  private nextStart = 0;
  private lastWords = '';
  /** monotonic seconds until which fresh interpreters are started instead of children */
  private noForkUntil = 0;
  private noForkReason = '';
  private isDisposed = false;

  constructor(options: ZygoteSlotOptions) {
    this.options = options;
    this.usedAt = options.clock.monotonic();
  }

  /** A spare that can take a task this moment. */
  take(preload: readonly string[]): Worker | undefined {
    this.usedAt = this.options.clock.monotonic();
    if (preload.some((name) => !this.isSettled(name))) return undefined;
    const index = this.spares.findLastIndex((spare) => spare.isIdle);
    if (index === -1) return undefined;
    const [spare] = this.spares.splice(index, 1);
    if (spare !== undefined) this.replaceLater(spare);
    return spare;
  }

  /** A worker, with all that must be started for it. Rejects with WorkerStartError. */
  async acquire(preload: readonly string[]): Promise<Acquired> {
    for (const name of preload) this.asked.add(name);
    if (!this.mayFork) return this.spawn();
    const isCold = this.zygote === undefined || this.zygote.isGone || this.preparing !== undefined;
    for (let tries = 0; tries < FORK_TRIES; tries++) {
      const zygote = await this.prepareZygote();
      const worker = await this.waitForChild(zygote);
      if (worker !== undefined) return { worker, mode: isCold ? 'cold' : 'forked' };
    }
    this.stopForking();
    return this.spawn();
  }

  /** Takes back a worker that was acquired and given no task. */
  giveBack({ worker, mode }: Acquired): void {
    if (mode === 'spawned' || !worker.isIdle || this.isDisposed) worker.close();
    else this.spares.push(worker);
  }

  /** Has the zygote and a spare ready. Best effort. */
  async warm(preload: readonly string[]): Promise<void> {
    for (const name of preload) this.asked.add(name);
    if (!this.mayFork) return;
    this.usedAt = this.options.clock.monotonic();
    try {
      await this.prepareZygote();
      this.fillSpares();
      await Promise.all(this.spares.map((spare) => spare.ready));
    } catch (error) {
      this.options.logger.warn('an environment could not be warmed', { error: error instanceof Error ? error.message : String(error) });
    }
  }

  compile(files: readonly { readonly path: string; readonly digest: string }[]): void {
    for (const file of files) this.files.set(file.path, file.digest);
    if (this.zygote === undefined || this.zygote.isGone || this.preparing !== undefined) return;
    this.zygote.compile(files);
    this.renewSpares();
  }

  /** A task has answered: now is the time to fork the next spare, when nobody waits. */
  replenish(): void {
    if (this.zygote !== undefined && !this.zygote.isGone && this.preparing === undefined) this.fillSpares();
  }

  notes(): readonly string[] {
    const notes = [...this.banned].map(([name, why]) => `${name} is not imported ahead: ${why}`);
    notes.push(...[...this.problems].map(([name, why]) => `${name} could not be imported ahead: ${why}`));
    if (this.failures >= FAILED_STARTS) notes.push(`workers cannot be started: ${this.lastWords}`);
    if (this.noForkReason !== '') notes.push(`tasks run in fresh interpreters, which is slower: ${this.noForkReason}`);
    return notes;
  }

  get zygotes(): readonly Zygote[] {
    return this.zygote === undefined || this.zygote.isGone ? [...this.retired] : [this.zygote, ...this.retired];
  }

  get isBusy(): boolean {
    return this.preparing !== undefined || this.zygotes.some((zygote) => zygote.children.some((child) => !this.spares.includes(child)));
  }

  isSpare(worker: Worker): boolean {
    return this.spares.includes(worker);
  }

  async dispose(graceMilliseconds: number): Promise<void> {
    this.isDisposed = true;
    this.spares.length = 0;
    await Promise.all(this.zygotes.map((zygote) => zygote.end(graceMilliseconds)));
  }

  // ------------------------------------------------------------ children

  private get mayFork(): boolean {
    return this.options.canFork && this.options.clock.monotonic() >= this.noForkUntil;
  }

  private stopForking(): void {
    this.noForkUntil = this.options.clock.monotonic() + this.options.limits.quarantineSeconds;
    this.options.logger.warn('no child could be forked, so fresh interpreters are started', { reason: this.noForkReason });
  }

  /** An unready spare that is on its way serves as well as a new child. `undefined` = it ended before it was ready. */
  private async waitForChild(zygote: Zygote): Promise<Worker | undefined> {
    this.dropDeadSpares();
    const worker = this.spares.pop() ?? zygote.fork();
    const timer = setTimeout(() => worker.close(), this.options.limits.startSeconds * 1000);
    try {
      await worker.ready;
    } catch (error) {
      // The caller tries again, and then starts a fresh interpreter.
      this.noForkReason = error instanceof Error ? error.message : String(error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
    this.failures = 0;
    this.noForkReason = '';
    this.replaceLater(worker);
    return worker;
  }

  private async spawn(): Promise<Acquired> {
    const worker = this.options.startWorker();
    try {
      await worker.ready;
    } catch (error) {
      throw new WorkerStartError(error instanceof Error ? error.message : String(error), { cause: error });
    }
    return { worker, mode: 'spawned' };
  }

  /** The next child is forked when the task has answered, since a fork takes time from a task that runs; a long one is not waited for. */
  private replaceLater(worker: Worker): void {
    const timer = setTimeout(() => this.replenish(), REPLACE_MILLISECONDS);
    timer.unref();
    worker.ready.catch(() => clearTimeout(timer));
  }

  private fillSpares(): void {
    this.dropDeadSpares();
    const { zygote } = this;
    if (zygote === undefined || zygote.isGone || this.isDisposed) return;
    while (this.spares.length < this.options.limits.spares) this.spares.push(zygote.fork());
  }

  /** Spares inherit what was there when they were forked; the old ones serve until the new ones are ready. */
  private renewSpares(): void {
    const old = [...this.spares];
    const { zygote } = this;
    if (zygote === undefined || zygote.isGone || this.isDisposed) return;
    const fresh = Array.from({ length: this.options.limits.spares }, () => zygote.fork());
    this.spares.push(...fresh);
    const dropOld = (): void => {
      for (const spare of old) this.dropSpare(spare);
    };
    Promise.all(fresh.map((spare) => spare.ready)).then(dropOld, dropOld);
  }

  private dropSpare(spare: Worker): void {
    const index = this.spares.indexOf(spare);
    // One that is no longer in the list has been given a task meanwhile.
    if (index === -1) return;
    this.spares.splice(index, 1);
    spare.close();
  }

  private dropDeadSpares(): void {
    for (const spare of [...this.spares]) {
      if (spare.exit !== undefined || (spare.isReady && !spare.isIdle)) this.dropSpare(spare);
    }
  }

  // ------------------------------------------------------------ zygote

  private isSettled(name: string): boolean {
    return this.loaded.has(name) || this.banned.has(name);
  }

  /** A zygote that has imported all that was asked for. Concurrent callers share the work. */
  private async prepareZygote(): Promise<Zygote> {
    for (let round = 0; round < ROUNDS; round++) {
      const { zygote } = this;
      if (this.preparing === undefined && zygote !== undefined && !zygote.isGone && [...this.asked].every((name) => this.isSettled(name)))
        return zygote;
      this.preparing ??= this.startAndImport().finally(() => {
        this.preparing = undefined;
      });
      const preparing = this.preparing;
      await preparing;
    }
    throw new WorkerStartError(`the parent of the workers ends again and again: ${this.lastWords}`);
  }

  private async startAndImport(): Promise<Zygote> {
    const zygote = this.zygote === undefined || this.zygote.isGone ? await this.startZygote() : this.zygote;
    const missing = [...this.asked].filter((name) => !this.isSettled(name));
    for (const names of this.oneByOne ? missing.map((name) => [name]) : [missing]) {
      if (names.length > 0 && !(await this.importInto(zygote, names))) return zygote;
    }
    if (missing.length > 0) this.renewSpares();
    return zygote;
  }

  /** `false` = this zygote is of no more use. */
  private async importInto(zygote: Zygote, names: readonly string[]): Promise<boolean> {
    let result: Preloaded;
    try {
      result = await zygote.preload(names);
    } catch {
      this.blameCrash(zygote, names);
      return false;
    }
    for (const problem of result.problems) this.problems.set(problem.package, problem.message);
    if (result.threads > 1) {
      this.blameThreads(result);
      this.retire(zygote);
      return false;
    }
    for (const name of names) this.loaded.add(name);
    return true;
  }

  /** The runner stops at the package after which there was more than one thread. */
  private blameThreads(result: Preloaded): void {
    const name = result.imported.at(-1);
    if (name === undefined) throw new WorkerStartError('a fresh zygote has more than one thread, so nothing can be forked from it');
    this.problems.delete(name);
    this.banned.set(
      name,
      `it leaves ${String(result.threads)} threads, and a process that forks must have one; tasks import it themselves`,
    );
  }

  private blameCrash(zygote: Zygote, names: readonly string[]): void {
    this.lastWords = zygote.lastWords;
    const [name] = names;
    if (names.length === 1 && name !== undefined) this.banned.set(name, `the import ends the process: ${lastLine(zygote.lastWords)}`);
    this.oneByOne = true;
  }

  /** Its children finish their tasks; then it ends. */
  private retire(zygote: Zygote): void {
    this.zygote = undefined;
    this.retired.add(zygote);
    for (const spare of [...this.spares]) this.dropSpare(spare);
    const end = async (): Promise<void> => {
      await Promise.all(zygote.children.map((child) => child.gone));
      await zygote.end(this.options.limits.graceSeconds * 1000);
      this.retired.delete(zygote);
    };
    end().catch((error: unknown) => this.options.logger.error('a zygote could not be ended', { error: String(error) }));
  }

  private async startZygote(): Promise<Zygote> {
    if (this.isDisposed) throw new WorkerStartError('the runtime is disposed');
    await this.waitForTurn();
    this.loaded = new Set();
    this.spares.length = 0;
    const zygote = this.options.startZygote();
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

  /** A zygote that ends soon after its start counts as one that could not be started. */
  private watchForCrash(zygote: Zygote): void {
    const started = this.options.clock.monotonic();
    zygote.gone.then(
      () => {
        this.spares.splice(0, this.spares.length, ...this.spares.filter((spare) => spare.exit === undefined));
        if (this.zygote === zygote && !this.isDisposed && this.options.clock.monotonic() - started < 5 && this.banned.size === 0)
          this.countFailure(zygote);
      },
      () => undefined,
    );
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

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
