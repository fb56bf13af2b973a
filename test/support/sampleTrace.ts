import type { Trace } from '../../rde-agent/protocol/trace.ts';

/** A trace of an execution that ran the body of `main.py` and looked at nothing else. `digest` = of that file. */
export function toSampleTrace(digest: string, changes: Partial<Trace> = {}): Trace {
  return {
    v: 1,
    rules: 1,
    python: '3.13.0',
    means: 'monitoring',
    code: { 'main.py': { digest, ran: [[1, '<module>']] } },
    words: [],
    files: {},
    listings: {},
    outside: {},
    imports: [],
    variables: [],
    distributions: [],
    widen: [],
    ...changes,
  };
}
