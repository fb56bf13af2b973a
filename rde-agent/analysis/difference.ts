import type { Reason } from '../protocol/reason.ts';

/** One change of code inside a file. */
export interface Difference {
  /** `unit`: something that ran; `statement`: something that was evaluated when its file was loaded; `file`: nothing smaller can be named */
  readonly level: 'unit' | 'statement' | 'file';
  readonly symbol?: string;
  /** of the symbol now, or where it was */
  readonly line?: number;
  readonly before?: string;
  readonly after?: string;
  readonly what: string;
  /** it came, went or moved, and says nothing else than before */
  readonly isPlace?: true;
}

const ORDER: { readonly [level in Difference['level']]: number } = { unit: 0, statement: 1, file: 2 };
const SHOWN = 12;

export function toReasons(
  file: string,
  differences: readonly Difference[],
): readonly { readonly order: number; readonly reason: Reason }[] {
  return differences.map(({ level, symbol, line, before, after, what }) => ({
    order: ORDER[level],
    reason: {
      kind: 'code',
      ...(symbol === undefined ? {} : { symbol }),
      file,
      ...(line === undefined ? {} : { line }),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      message: `${symbol === undefined ? '' : `${symbol} in `}${file}${line === undefined ? '' : `:${String(line)}`} ${what}`,
    },
  }));
}

/** Enough of a digest to be told from another. */
export function toShort(digest: string): string {
  return digest.slice(0, SHOWN);
}
