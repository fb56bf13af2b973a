import { join } from 'node:path';
import type { Analyzer, Source } from '../analysis/analyzer.ts';
import { createAnalyzer } from '../analysis/createAnalyzer.ts';
import { judgeTrace } from '../analysis/judgeTrace.ts';
import type { TraceAnalysis } from '../executor/traceAnalysis.ts';

export interface AnalysisOptions {
  readonly stateFolder: string;
  /** folder of the Python program that analyses */
  readonly program: string;
  /** An interpreter of this host by its minor version. Rejects with `python-missing`. */
  readonly findPython: (minor: string) => Promise<string>;
}

/** Code units for both roles: sources of the working tree are analysed for a plan, and known when the run comes. */
export function composeAnalysis({ stateFolder, program, findPython }: AnalysisOptions): TraceAnalysis & Pick<Analyzer, 'dispose'> {
  const analyzer = createAnalyzer({ findPython, program, folder: join(stateFolder, 'analysis') });
  return {
    judge: (before, now) => judgeTrace(before, now, (python, digest) => analyzer.known(python, digest)),
    learn: async (sources, read) => {
      const byPython = Map.groupBy(sources, ({ python }) => python);
      const toSource = ({ digest }: (typeof sources)[number]): Source => ({ digest, read: () => read(digest) });
      await Promise.all([...byPython].map(([python, some]) => analyzer.ensure(python, some.map(toSource))));
    },
    dispose: () => analyzer.dispose(),
  };
}
