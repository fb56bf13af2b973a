import type { NextFires, Schedule } from '../../language/model/schedule.ts';
import type { CatalogEvent } from '../protocol/catalogEvents.ts';
import { countDue, listDue, listNewestDue } from './scheduleTimes.ts';

/** What has become of the schedule of one workflow, built from the events of its stream. Times are RFC 3339 in UTC with milliseconds. */
export interface ScheduleState {
  readonly kind: 'declared' | 'active' | 'paused';
  /** of the last start; `null` = never started */
  readonly schedule: Schedule | null;
  /** who started it: its runs are theirs */
  readonly by: string;
  /** every fire time up to this one is decided */
  readonly decided: string;
  /** fire times that wait for the run before them, oldest first */
  readonly queue: readonly string[];
  readonly last: { readonly nominalTime: string; readonly run: string } | null;
  /** fired times after `decided`: there are some only when the clock was set back and the schedule was started again */
  readonly ahead: readonly string[];
}

export const NO_SCHEDULE: ScheduleState = { kind: 'declared', schedule: null, by: '', decided: '', queue: [], last: null, ahead: [] };

/** Fire times that may wait for a running one under `overlap: queue`; further ones are missed. */
export const QUEUE_LIMIT = 16;

/** One event of the stream, with its time and author. Events of other kinds change nothing. */
export function reduceSchedule(state: ScheduleState, event: CatalogEvent, at: string, by: string): ScheduleState {
  switch (event.type) {
    case 'schedule.started':
      return toStarted(state, event.schedule, at, by);
    case 'schedule.paused':
      return { ...state, kind: 'paused' };
    case 'schedule.resumed':
      return { ...state, kind: 'active' };
    case 'schedule.stopped':
      return { ...state, kind: 'declared', queue: [] };
    case 'schedule.fired':
      return toFired(state, event.nominalTime, event.run);
    case 'schedule.queued':
      return { ...withDecided(state, event.nominalTime), queue: [...state.queue, event.nominalTime] };
    case 'schedule.missed':
      return { ...withDecided(state, event.to), queue: state.queue.filter((time) => time < event.from || time > event.to) };
    default:
      return state;
  }
}

/** From its time on. What was fired for a later time (the clock was ahead) stays fired. */
function toStarted(state: ScheduleState, schedule: Schedule, at: string, by: string): ScheduleState {
  const fired = state.last === null ? state.ahead : [...state.ahead, state.last.nominalTime];
  return {
    kind: 'active',
    schedule,
    by,
    decided: at,
    queue: [],
    last: state.last,
    ahead: fired.filter((time) => time > at).slice(-QUEUE_LIMIT),
  };
}

function toFired(state: ScheduleState, nominalTime: string, run: string): ScheduleState {
  return { ...withDecided(state, nominalTime), queue: state.queue.filter((time) => time !== nominalTime), last: { nominalTime, run } };
}

/** Never goes back, though the clock may. */
function withDecided(state: ScheduleState, time: string): ScheduleState {
  return time > state.decided ? { ...state, decided: time } : state;
}

export type MissedBecause = Extract<CatalogEvent, { type: 'schedule.missed' }>['because'];

/** What is to be done, in this order. Each is carried out and recorded before the next. */
export type ScheduleCommand =
  | { readonly kind: 'fire'; readonly nominalTime: string }
  | { readonly kind: 'queue'; readonly nominalTime: string }
  /** the run of the schedule that has not finished */
  | { readonly kind: 'cancel' }
  | { readonly kind: 'miss'; readonly from: string; readonly to: string; readonly count: number; readonly because: MissedBecause };

export interface ScheduleMoment {
  /** wall clock */
  readonly now: string;
  /** Since when somebody has been here to fire without a break: earlier fire times are a matter of `catchUp`. */
  readonly watching: string;
  /** a run of this schedule has not finished */
  readonly busy: boolean;
}

/**
 * What an active schedule does at a moment: at most one fire, since whatever else is due waits for that run or is missed. Each fire time is
 * decided once, in order, and never again, wherever the clock goes.
 */
export function decideSchedule(state: ScheduleState, moment: ScheduleMoment, nextFires: NextFires): readonly ScheduleCommand[] {
  const { schedule } = state;
  if (state.kind !== 'active' || schedule === null) return [];
  const decision = new Decision(state, schedule, moment.busy);
  const { now, watching } = moment;
  const [waiting] = state.queue;
  if (!moment.busy && waiting !== undefined) decision.fire(waiting);
  const isNew = (time: string): boolean => !state.ahead.includes(time);
  const bound = watching < now ? watching : now;
  if (bound > state.decided) decision.catchUp(bound, nextFires);
  const after = bound > state.decided ? bound : state.decided;
  for (const time of listDue(nextFires, schedule, after, now, MOST_AT_ONCE).filter(isNew)) decision.meet(time);
  return decision.commands;
}

/** Fire times that are looked at in one step while somebody is here; the rest follows in the next. */
const MOST_AT_ONCE = 256;

/** Fire times that passed while the schedule was paused: they are missed, none is caught up. */
export function toPausedMiss(state: ScheduleState, now: string, nextFires: NextFires): ScheduleCommand | undefined {
  return state.schedule === null ? undefined : toMissAll(nextFires, state.schedule, state.decided, now, 'paused');
}

/** When something is to be decided without anything happening; `undefined` = never. */
export function toNextFire(state: ScheduleState, nextFires: NextFires): string | undefined {
  if (state.kind !== 'active' || state.schedule === null) return undefined;
  return nextFires(state.schedule, state.decided, state.ahead.length + 1).find((time) => !state.ahead.includes(time));
}

class Decision {
  readonly commands: ScheduleCommand[] = [];
  readonly #state: ScheduleState;
  readonly #schedule: Schedule;
  #busy: boolean;
  #waiting: number;

  constructor(state: ScheduleState, schedule: Schedule, busy: boolean) {
    this.#state = state;
    this.#schedule = schedule;
    this.#busy = busy;
    this.#waiting = state.queue.length;
  }

  fire(nominalTime: string): void {
    if (this.#waiting > 0) this.#waiting -= 1;
    this.#busy = true;
    this.commands.push({ kind: 'fire', nominalTime });
  }

  /** A fire time that has come while somebody is here. */
  meet(time: string): void {
    if (!this.#busy && this.#waiting === 0) return this.fire(time);
    const { overlap } = this.#schedule;
    if (overlap === 'cancel') return this.#replace(time);
    if (overlap === 'queue' && this.#waiting < QUEUE_LIMIT) return this.#enqueue(time);
    this.#miss(time, time, 1, 'overlap');
  }

  /** Fire times up to `until` that passed while nobody was here. */
  catchUp(until: string, nextFires: NextFires): void {
    const { decided } = this.#state;
    const { catchUp, catchUpLimit } = this.#schedule;
    const room = Math.max(QUEUE_LIMIT, catchUpLimit) - this.#waiting;
    const most = catchUp === 'none' ? 0 : catchUp === 'latest' ? 1 : Math.min(catchUpLimit, room);
    const newest = listNewestDue(nextFires, this.#schedule, decided, until, most).filter((time) => !this.#state.ahead.includes(time));
    const [first] = newest;
    const dropped = toMissAll(nextFires, this.#schedule, decided, first === undefined ? until : before(first), 'catch-up');
    if (dropped !== undefined) this.commands.push(dropped);
    for (const time of newest) {
      if (catchUp === 'latest') this.meet(time);
      else if (!this.#busy && this.#waiting === 0) this.fire(time);
      else this.#enqueue(time);
    }
  }

  #enqueue(nominalTime: string): void {
    this.#waiting += 1;
    this.commands.push({ kind: 'queue', nominalTime });
  }

  /** The newest wins: whatever runs or waits makes room, those too that were due in this very moment. */
  #replace(time: string): void {
    const fired = this.commands.findLastIndex((command) => command.kind === 'fire');
    const [earlier] = fired === -1 ? [] : this.commands.splice(fired, 1);
    if (earlier?.kind === 'fire') this.#miss(earlier.nominalTime, earlier.nominalTime, 1, 'overlap');
    else if (!this.commands.some(({ kind }) => kind === 'cancel') && this.#busy) this.commands.push({ kind: 'cancel' });
    this.#dropQueue();
    this.fire(time);
  }

  #dropQueue(): void {
    const queued = [...this.#state.queue, ...this.commands.flatMap((command) => (command.kind === 'queue' ? [command.nominalTime] : []))];
    const waiting = queued.slice(queued.length - this.#waiting);
    this.#waiting = 0;
    for (const time of waiting) this.#miss(time, time, 1, 'overlap');
  }

  /** Neighbours that are missed for one reason are one record. */
  #miss(from: string, to: string, count: number, because: MissedBecause): void {
    const last = this.commands.at(-1);
    if (last?.kind === 'miss' && last.because === because && last.to <= from) {
      this.commands[this.commands.length - 1] = { ...last, to, count: last.count + count };
    } else {
      this.commands.push({ kind: 'miss', from, to, count, because });
    }
  }
}

/** All fire times in (after, until] as one record; none = none. */
function toMissAll(
  nextFires: NextFires,
  schedule: Schedule,
  after: string,
  until: string,
  because: MissedBecause,
): ScheduleCommand | undefined {
  const { count, first, last } = countDue(nextFires, schedule, after, until);
  return first === undefined || last === undefined ? undefined : { kind: 'miss', from: first, to: last, count, because };
}

/** A moment earlier than any fire time before this one: times of cron are whole seconds. */
function before(time: string): string {
  return new Date(Date.parse(time) - 1).toISOString();
}
