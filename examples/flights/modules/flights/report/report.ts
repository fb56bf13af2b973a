import { log, progress } from 'cairn';
import { toPage } from './page.ts';

/** What flights/score says of one slice; minutes. */
export interface Score {
  readonly slice: string;
  readonly mae: number;
  readonly carry_over_mae: number;
  readonly flights: number;
}

interface Given {
  readonly scores: readonly Score[];
  readonly title: string;
}

export function report({ scores, title }: Given) {
  if (scores.length === 0) throw new Error('there is no slice to report on');
  const worst = scores.reduce((a, b) => (toGain(a) <= toGain(b) ? a : b));
  const flights = scores.reduce((sum, score) => sum + score.flights, 0);
  const mae = scores.reduce((sum, score) => sum + score.mae * score.flights, 0) / Math.max(flights, 1);
  for (const [done, score] of scores.entries()) {
    log(`${score.slice}: ${score.mae.toFixed(2)} minutes, ${(toGain(score) * 100).toFixed(1)} % better than carrying over`);
    progress(done + 1, scores.length, score.slice);
  }
  return {
    report: new TextEncoder().encode(toPage(title, scores, toGain)),
    summary: { slices: scores.length, flights, worst: worst.slice },
    metrics: { mae, worst_gain: toGain(worst) },
  };
}

/** The share of the error of saying "as late as it left" that the model removes. */
function toGain(score: Score): number {
  return score.carry_over_mae === 0 ? 0 : 1 - score.mae / score.carry_over_mae;
}
