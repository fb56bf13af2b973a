import type { Clock } from '../protocol/clock.ts';

/** seconds between two looks at the wall clock at most: it may be set, and a machine may sleep through a timer */
const LONGEST = 60;
/** seconds that a look may come too late and still count as being awake */
const LATE = 30;

/** The timer of all schedules, and since when somebody has been looking without a break. */
export class ScheduleWatch {
  readonly #clock: Clock;
  readonly #next: () => string | undefined;
  readonly #look: () => void;
  #since: string;
  /** wall clock, milliseconds: when the next look is planned */
  #planned: number;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** `next` = the earliest time at which something is due; `look` is called then, and at least once a minute. */
  constructor(clock: Clock, next: () => string | undefined, look: () => void) {
    this.#clock = clock;
    this.#next = next;
    this.#look = look;
    this.#since = clock.now();
    this.#planned = Date.parse(this.#since);
  }

  /** What was due before is caught up as the schedule says; what comes after is on time. */
  get since(): string {
    return this.#since;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  start(): void {
    this.#since = this.#clock.now();
    this.#planned = Date.parse(this.#since);
    this.plan();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Sets the timer anew, after something has changed. */
  plan(): void {
    if (this.#stopped) return;
    this.#judge();
    const now = Date.parse(this.#clock.now());
    const next = this.#next();
    const wait = Math.max(0, Math.min(next === undefined ? Infinity : Date.parse(next) - now, LONGEST * 1000));
    this.#planned = now + wait;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#wake(), wait);
    this.#timer.unref();
  }

  #wake(): void {
    this.#judge();
    this.#look();
  }

  /** A look that comes far too late, or before the last: the machine slept or the clock was set, so nobody was here until now. */
  #judge(): void {
    const now = this.#clock.now();
    if (Date.parse(now) > this.#planned + LATE * 1000 || now < this.#since) this.#since = now;
  }
}
