import type { Worker } from './worker.ts';
import type { Zygote } from './zygote.ts';

/** For how long a child that is ready waits for a task before it rehearses (`worker.py`), and how long that takes. */
const REST_MILLISECONDS = 30;
const REHEARSAL_MILLISECONDS = 10;

/** Children of one zygote that wait for a task. */
export class Spares {
  private readonly count: number;
  private readonly waiting: Worker[] = [];

  /** `count` = how many shall wait */
  constructor(count: number) {
    this.count = count;
  }

  get list(): readonly Worker[] {
    return this.waiting;
  }

  /**
   * One that can take a task this moment: the youngest that has rehearsed, since it has inherited most; else one that has not begun to; else one
   * that is at it.
   */
  takeReady(): Worker | undefined {
    const now = performance.now();
    const isRehearsed = ({ readyAt }: Worker): boolean => now - readyAt > REST_MILLISECONDS + REHEARSAL_MILLISECONDS;
    const hasNotBegun = ({ readyAt }: Worker): boolean => now - readyAt < REST_MILLISECONDS;
    for (const fits of [isRehearsed, hasNotBegun, () => true]) {
      const index = this.waiting.findLastIndex((spare) => spare.isIdle && fits(spare));
      if (index !== -1) return this.waiting.splice(index, 1)[0];
    }
    return undefined;
  }

  /** One that is ready or on its way. */
  takeAny(): Worker | undefined {
    this.dropDead();
    return this.takeReady() ?? this.waiting.pop();
  }

  add(worker: Worker): void {
    this.waiting.push(worker);
  }

  /** `ahead` = how many more than usual, while one task follows another */
  fill(zygote: Zygote, ahead = 0): void {
    this.dropDead();
    while (this.waiting.length < this.count + ahead) this.waiting.push(zygote.fork());
  }

  /** Lets go of those that are more than usual, the oldest first. */
  trim(): void {
    for (const spare of this.waiting.slice(0, Math.max(0, this.waiting.length - this.count))) this.drop(spare);
  }

  /** Spares inherit what was there when they were forked; the old ones serve until the new ones are ready. */
  renew(zygote: Zygote): void {
    const old = [...this.waiting];
    const fresh = Array.from({ length: this.count }, () => zygote.fork());
    this.waiting.push(...fresh);
    const dropOld = (): void => {
      for (const spare of old) this.drop(spare);
    };
    Promise.all(fresh.map((spare) => spare.ready)).then(dropOld, dropOld);
  }

  dropAll(): void {
    for (const spare of [...this.waiting]) this.drop(spare);
  }

  dropDead(): void {
    for (const spare of [...this.waiting]) {
      if (spare.exit !== undefined || (spare.isReady && !spare.isIdle)) this.drop(spare);
    }
  }

  private drop(spare: Worker): void {
    const index = this.waiting.indexOf(spare);
    // One that is no longer in the list has been given a task meanwhile.
    if (index === -1) return;
    this.waiting.splice(index, 1);
    spare.close();
  }
}
