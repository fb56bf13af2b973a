import { setImmediate } from 'node:timers/promises';

/** milliseconds that work may hold the event loop before others get their turn */
const SLICE = 8;

/**
 * Runs steps to their end. Short work ends before the first `await`; long work lets the event loop turn between slices, so
 * that a first scan of a big workspace stops nobody.
 */
export async function runInSlices<T>(steps: Generator<void, T>): Promise<T> {
  let started = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - started < SLICE) continue;
    await setImmediate();
    started = performance.now();
  }
}
