import type { NextFires, Schedule } from '../../language/model/schedule.ts';

type Cron = Pick<Schedule, 'cron' | 'timezone'>;

/** Fire times of a stretch that are counted one by one. A schedule of each second that slept for a year has 31 million. */
const COUNTED = 1_000;
/** Mostly nothing or one is due, so few are asked for at first. */
const FIRST_CHUNK = 1;
const LARGEST_CHUNK = 256;

/** Fire times in (after, until], oldest first, at most `most`. */
export function listDue(nextFires: NextFires, cron: Cron, after: string, until: string, most: number): readonly string[] {
  const due: string[] = [];
  let chunk = FIRST_CHUNK;
  for (let from = after; due.length < most; chunk = Math.min(chunk * 4, LARGEST_CHUNK)) {
    const wanted = Math.min(chunk, most - due.length);
    const found = nextFires(cron, from, wanted);
    const inside = found.filter((time) => time <= until);
    due.push(...inside);
    const last = inside.at(-1);
    if (last === undefined || inside.length < wanted) break;
    from = last;
  }
  return due;
}

export interface DueCount {
  /** at most 1,000 */
  readonly count: number;
  readonly first: string | undefined;
  /** of more than can be counted: `until` itself */
  readonly last: string | undefined;
}

/** How many fire times are in (after, until]. */
export function countDue(nextFires: NextFires, cron: Cron, after: string, until: string): DueCount {
  const due = listDue(nextFires, cron, after, until, COUNTED);
  return { count: due.length, first: due[0], last: due.length === COUNTED ? until : due.at(-1) };
}

/**
 * The newest `most` fire times in (after, until], oldest first. Cron can only be asked forwards, so the stretch is halved towards its end until
 * it holds few enough; what that costs is bounded however long the stretch is.
 */
export function listNewestDue(nextFires: NextFires, cron: Cron, after: string, until: string, most: number): readonly string[] {
  if (most === 0) return [];
  const all = listDue(nextFires, cron, after, until, most + 1);
  if (all.length <= most) return all;
  let early = Date.parse(after);
  let late = Date.parse(until);
  let newest: readonly string[] = [];
  while (late - early > 1 && newest.length < most) {
    const middle = Math.floor((early + late) / 2);
    const found = listDue(nextFires, cron, new Date(middle).toISOString(), until, most + 1);
    if (found.length > most) early = middle;
    else {
      newest = found;
      late = middle;
    }
  }
  return newest;
}
