import type { RunEvent } from './runEvents.ts';

type Reused = Extract<RunEvent, { type: 'task.reused' }>;

/**
 * Seconds that a reuse saves: what its result took when it was made. Nothing where the task waited for that very execution, because then it was
 * made once and waited for as long as it took.
 */
export function toSavedSeconds({ saved, reasons }: Pick<Reused, 'saved' | 'reasons'>): number {
  return reasons.some(({ kind }) => kind === 'hit-after-wait') ? 0 : saved;
}
