import type { Digest } from '../../language/model/names.ts';
import type { Analyzer } from '../../rde-agent/analysis/analyzer.ts';
import { judgeTrace } from '../../rde-agent/analysis/judgeTrace.ts';
import type { CodeNow, TraceVerdict } from '../../rde-agent/protocol/trace.ts';
import type { Execution, Given } from './oracleRuntime.ts';
import type { Tree } from './tree.ts';

/** What a verdict is about, as it was or as it is. */
export interface Moment extends CodeNow {
  readonly given: Given;
}

export function toMoment(tree: Tree, given: Given): Moment {
  return { files: tree.files, packages: {}, variables: given.variables, given };
}

export type Verdict = Exclude<TraceVerdict, { kind: 'unknown' }>;

/** The rules that a plan and a run use, asked as they ask them. */
export class Judge {
  readonly #analyzer: Analyzer;
  readonly #texts = new Map<string, string>();

  constructor(analyzer: Analyzer) {
    this.#analyzer = analyzer;
  }

  /** Its files can be analysed from now on. */
  remember(tree: Tree): void {
    for (const [file, digest] of Object.entries(tree.files)) this.#texts.set(digest, tree.text(file) ?? '');
  }

  async verdict(before: Moment, execution: Execution, now: Moment): Promise<Verdict> {
    const { trace } = execution;
    if (trace === undefined) return toRerun(execution.untraced ?? 'it left no trace');
    if (JSON.stringify(before.given.params) !== JSON.stringify(now.given.params)) return toRerun('another parameter');
    const params = Object.fromEntries(Object.entries(before.given.params).map(([name, value]) => [name, { type: 'string', value }]));
    for (let round = 0; round < 3; round++) {
      const verdict = judgeTrace(
        { ...before, trace, params, entry: `${before.given.file}:${before.given.function}` },
        now,
        (python, digest) => this.#analyzer.known(python, digest),
      );
      if (verdict.kind !== 'unknown') return verdict;
      for (const { python, digest } of verdict.sources) await this.#analyzer.ensure(python, [{ digest, read: () => this.#read(digest) }]);
    }
    throw new Error('the rules ask for the same sources again and again');
  }

  #read(digest: Digest): Promise<Uint8Array | undefined> {
    const text = this.#texts.get(digest);
    return Promise.resolve(text === undefined ? undefined : Buffer.from(text));
  }
}

function toRerun(message: string): Verdict {
  return { kind: 'differs', reasons: [{ kind: 'uncacheable', message }] };
}
