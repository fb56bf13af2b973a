import type { LineageSource } from '../protocol/documents.ts';

/** What is known about how a column came to be, strongest first. */
const EVIDENCE = ['enforced', 'proven', 'declared-tested', 'declared', 'floor'] as const satisfies readonly LineageSource['evidence'][];
type Evidence = LineageSource['evidence'];

/** Everything that one column, or a whole output, derives from. */
export interface ColumnTrace {
  /** by dataset and column, each once */
  readonly sources: ReadonlyMap<string, LineageSource>;
  /** labels that outputs on the way have added */
  readonly added: ReadonlySet<string>;
  /** something on the way was made of nothing that a dataset has: nobody has labelled it */
  readonly unlabelled: boolean;
}

/** Of one output: by column where columns differ (datasets), else the same for all. */
export interface OutputTrace {
  readonly all: ColumnTrace;
  readonly columns: ReadonlyMap<string, ColumnTrace> | undefined;
}

export const NOTHING: ColumnTrace = { sources: new Map(), added: new Set(), unlabelled: false };
/** Made of nothing: labels are born in datasets, so nobody can say what this is. */
export const UNKNOWN: ColumnTrace = { sources: new Map(), added: new Set(), unlabelled: true };

/** A column of a dataset itself. */
export function toOrigin(dataset: string, column: string): ColumnTrace {
  const source: LineageSource = { dataset, column, kind: 'direct', evidence: 'enforced' };
  return { sources: new Map([[toKey(source), source]]), added: new Set(), unlabelled: false };
}

/** The trace of several together; nothing is dropped, and of two kinds of evidence for one source the weaker counts. */
export function joinTraces(traces: Iterable<ColumnTrace>): ColumnTrace {
  const unique = [...new Set(traces)];
  const [only] = unique;
  if (unique.length === 1 && only !== undefined) return only;
  const sources = new Map<string, LineageSource>();
  for (const trace of unique) {
    for (const [key, source] of trace.sources) {
      const known = sources.get(key);
      sources.set(key, known === undefined ? source : toWeaker(known, source));
    }
  }
  return { sources, added: new Set(unique.flatMap((trace) => [...trace.added])), unlabelled: unique.some((trace) => trace.unlabelled) };
}

/** What comes out of a step that was given this: no stronger than the step's own evidence, and with the labels that its output adds. */
export function passThrough(trace: ColumnTrace, evidence: Evidence, addLabels: readonly string[]): ColumnTrace {
  const isStronger = [...trace.sources.values()].some((source) => toStrength(source.evidence) < toStrength(evidence));
  if (!isStronger && addLabels.every((label) => trace.added.has(label))) return trace;
  const sources = new Map(Array.from(trace.sources, ([key, source]) => [key, toWeaker(source, { ...source, evidence })]));
  return { sources, added: new Set([...trace.added, ...addLabels]), unlabelled: trace.unlabelled };
}

/** Of an output, only these columns (`null` = all of them). */
export function pickColumns({ all, columns }: OutputTrace, names: readonly string[] | null): ColumnTrace {
  if (columns === undefined || names === null) return all;
  return joinTraces(names.map((name) => columns.get(name) ?? all));
}

/** Of two for the same source, direct counts before indirect and weak evidence before strong. */
function toWeaker(one: LineageSource, other: LineageSource): LineageSource {
  const evidence = toStrength(one.evidence) >= toStrength(other.evidence) ? one.evidence : other.evidence;
  return { ...one, kind: one.kind === 'direct' || other.kind === 'direct' ? 'direct' : 'indirect', evidence };
}

function toStrength(evidence: Evidence): number {
  return EVIDENCE.indexOf(evidence);
}

function toKey({ dataset, column }: Pick<LineageSource, 'dataset' | 'column'>): string {
  return `${dataset}\n${column}`;
}
