import type { Parsed, Range } from '../model/diagnostic.ts';
import type { SourceMap } from './sourceMap.ts';

/** A parsed file: its meaning, what is wrong with it, and where everything in it stands. */
export interface ParsedFile<T> extends Parsed<T> {
  readonly file: string;
  /** What the file calls itself, also where the rest is unusable: others can then tell "broken" from "unknown". */
  readonly name: { readonly text: string; readonly range: Range } | undefined;
  readonly source: SourceMap;
}
