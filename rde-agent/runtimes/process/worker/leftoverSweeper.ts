import type { Logger } from '../../../protocol/logger.ts';
import { sweepTasks } from './leftovers.ts';

/** Looking at every process takes milliseconds, so after tasks that ended well it is done for many at once. */
const GATHER_MILLISECONDS = 1000;

/** Ends what tasks leave behind outside their process groups. */
export class LeftoverSweeper {
  private readonly logger: Logger;
  private gathered = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  later(token: string): void {
    this.gathered.add(token);
    this.timer ??= setTimeout(() => this.sweepGathered(), GATHER_MILLISECONDS);
    this.timer.unref();
  }

  async now(token: string): Promise<void> {
    this.report(await sweepTasks(new Set([token])));
  }

  /** What is still to be looked for is found by its owner when the runtime ends. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private sweepGathered(): void {
    const tokens = this.gathered;
    this.gathered = new Set();
    this.timer = undefined;
    sweepTasks(tokens).then(
      (count) => this.report(count),
      (error: unknown) => this.logger.error('looking for leftover processes failed', { error: String(error) }),
    );
  }

  private report(count: number): void {
    if (count > 0) this.logger.warn('processes that a task had left behind were ended', { count });
  }
}
