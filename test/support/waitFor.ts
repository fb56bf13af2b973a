import { setTimeout as delay } from 'node:timers/promises';

/** Looks again and again until there is an answer; fails with what was waited for. `seconds` is a deadline, never a wait. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = 20,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await look();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${String(seconds)} s: ${what}`);
    await delay(5);
  }
}
