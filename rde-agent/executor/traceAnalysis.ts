import type { ReadSource } from '../protocol/roles.ts';
import type { CodeBefore, CodeNow, TraceVerdict, UnknownSource } from '../protocol/trace.ts';

/** What decides whether an earlier execution would be the same now; passed in, so that the executor knows no Python. */
export interface TraceAnalysis {
  /** Pure; fast when all sources are known. */
  judge(before: CodeBefore, now: CodeNow): TraceVerdict;
  /** Makes the units of these known, by content: the sources themselves are not kept. Rejects when it cannot analyse. */
  learn(sources: readonly UnknownSource[], read: ReadSource): Promise<void>;
}
