import { randomBytes } from 'node:crypto';
import { toUuid7, type Clock, type NewId } from '../protocol/clock.ts';

export const systemClock: Clock = {
  now: () => new Date().toISOString(),
  monotonic: () => performance.now() / 1000,
};

/**
 * UUIDv7 whose times never go back within this process, whatever the wall clock does: ids sort by their making. `after` = an id of an earlier
 * process that they come after too, though the clock was set back meanwhile.
 */
export function createNewId(after?: string): NewId {
  let last = after === undefined ? 0 : Number.parseInt(after.replaceAll('-', '').slice(0, 12), 16);
  return () => {
    last = Math.max(last + 1, Date.now());
    return toUuid7(last, randomBytes(10));
  };
}
