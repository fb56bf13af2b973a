import type { Schedule } from '../../language/model/schedule.ts';
import { nextFires } from '../../language/service/nextFires.ts';
import {
  NO_SCHEDULE,
  decideSchedule,
  reduceSchedule,
  toNextFire,
  toPausedMiss,
  type ScheduleCommand,
  type ScheduleState,
} from '../../rde-agent/engine/schedule.ts';
import type { CatalogEvent } from '../../rde-agent/protocol/catalogEvents.ts';

/** `03:00` of the day on which everything begins. */
export function toTime(clock: string): string {
  return `2026-01-10T${clock}:00.000Z`;
}

/** A schedule without an agent: time passes as it is told to, and what would be recorded is applied at once. */
export class ScheduleBench {
  state: ScheduleState = NO_SCHEDULE;
  now: string;
  watching: string;
  busy = false;
  /** each run ends before the next fire time */
  endsAtOnce = false;
  readonly fired: string[] = [];
  /** first and last time of each record */
  readonly missed: string[] = [];
  missedCount = 0;
  readonly commands: ScheduleCommand[] = [];

  constructor(schedule: Schedule, start: string) {
    this.now = this.watching = toTime(start);
    this.start(schedule);
  }

  start(schedule: Schedule): void {
    this.#record({ type: 'schedule.started', workflow: 'a/b', schedule });
  }
  stop(): void {
    this.#record({ type: 'schedule.stopped', workflow: 'a/b' });
  }
  pause(): void {
    this.#record({ type: 'schedule.paused', workflow: 'a/b' });
  }
  resume(): void {
    const missed = toPausedMiss(this.state, this.now, nextFires);
    if (missed !== undefined) this.#carryOut(missed);
    this.#record({ type: 'schedule.resumed', workflow: 'a/b' });
  }

  /** Stops at each fire time on the way, as an agent that is awake does. */
  passTo(clock: string): void {
    this.passToTime(toTime(clock));
  }
  passToTime(until: string): void {
    for (let next = toNextFire(this.state, nextFires); next !== undefined && next <= until; next = toNextFire(this.state, nextFires)) {
      this.tick(next > this.now ? next : this.now);
    }
    this.tick(until);
  }

  /** The clock is suddenly there. */
  jumpTo(clock: string): void {
    this.jumpToTime(toTime(clock));
  }
  jumpToTime(time: string): void {
    this.watching = time;
    this.tick(time);
  }

  tick(now: string): void {
    this.now = now;
    for (;;) {
      const commands = decideSchedule(this.state, { now, watching: this.watching, busy: this.busy }, nextFires);
      for (const command of commands) this.#carryOut(command);
      if (this.endsAtOnce) this.busy = false;
      if (commands.length === 0) return;
    }
  }

  #carryOut(command: ScheduleCommand): void {
    this.commands.push(command);
    switch (command.kind) {
      case 'fire':
        this.fired.push(command.nominalTime);
        this.busy = true;
        return this.#record({ type: 'schedule.fired', workflow: 'a/b', nominalTime: command.nominalTime, run: command.nominalTime });
      case 'queue':
        return this.#record({ type: 'schedule.queued', workflow: 'a/b', nominalTime: command.nominalTime });
      case 'cancel':
        this.busy = false;
        return;
      case 'miss':
        this.missedCount += command.count;
        this.missed.push(...new Set([command.from, command.to]));
        return this.#record({
          type: 'schedule.missed',
          workflow: 'a/b',
          from: command.from,
          to: command.to,
          count: command.count,
          because: command.because,
        });
    }
  }

  #record(event: CatalogEvent): void {
    this.state = reduceSchedule(this.state, event, this.now, 'local:me');
  }
}
