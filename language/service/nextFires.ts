import { Cron } from 'croner';
import type { NextFires } from '../model/schedule.ts';

/**
 * The fire times of a checked schedule. Times that a zone skips in spring fire right after the gap, times that it repeats in autumn fire
 * once. Empty where nothing fires any more. Throws a TypeError for a pattern or a zone that `checkWorkspace` would have refused.
 */
export const nextFires: NextFires = (schedule, after, count) => {
  const cron = new Cron(schedule.cron, { paused: true, timezone: schedule.timezone });
  return cron.nextRuns(count, new Date(after)).map((date) => date.toISOString());
};
