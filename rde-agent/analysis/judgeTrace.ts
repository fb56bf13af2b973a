import type { Digest } from '../../language/model/names.ts';
import type { Reason } from '../protocol/reason.ts';
import type { CodeBefore, CodeNow, Trace, TraceVerdict, UnknownSource } from '../protocol/trace.ts';
import { UnitComparison } from './compareUnits.ts';
import { toReasons, type Difference } from './difference.ts';
import { toExcuses, type Excuses } from './excuses.ts';
import { toMarks } from './marks.ts';
import { listOtherDocs, listOtherUnits } from './nameChanges.ts';
import { TRACER_RULES } from './rules.ts';
import type { Skeleton } from './skeleton.ts';
import { compareSurroundings } from './surroundings.ts';
import { toWidened, type Loaded, type Widened } from './widening.ts';

/** What is known of a source on a minor version (`3.13`); `undefined` = it has to be analysed. */
export type SkeletonOf = (python: string, digest: Digest) => Skeleton | undefined;

/** named in one verdict */
const MOST_REASONS = 40;

/**
 * Whether an earlier execution would be the same with the code and surroundings of now (trace-identity.md §3). Pure, and never `same` in doubt.
 * What lies outside of everything declared (`trace.outside`) is not judged here: the caller can look at it. Sources are asked for only where
 * a file that ran differs; `reasons` are ordered: units that ran, what was evaluated on loading, then whole files and surroundings.
 */
export function judgeTrace(before: CodeBefore, now: CodeNow, skeletonOf: SkeletonOf): TraceVerdict {
  const { trace } = before;
  if (trace.rules !== TRACER_RULES)
    return differs([{ kind: 'code', message: 'what ran was recorded by other rules than those of this version' }]);
  const surroundings = compareSurroundings(before, now);
  const files = Object.keys(trace.code).sort();
  if (files.every((file) => trace.code[file]?.digest === now.files[file])) {
    return surroundings.length === 0 ? { kind: 'same', excused: false } : differs(surroundings);
  }
  const sources = new Sources(toMinor(trace.python), skeletonOf);
  const { reasons: code, isExcused } = judgeCode(before, now, files, sources);
  if (sources.unknown.length > 0) return { kind: 'unknown', sources: sources.unknown };
  if (code.length === 0 && surroundings.length === 0) return { kind: 'same', excused: isExcused };
  // The change of a file that was read as text as well is told by its units.
  const named = new Set(code.map(({ file }) => file));
  return differs([...code, ...surroundings.filter(({ kind, file }) => kind !== 'file' || !named.has(file))]);
}

function differs(reasons: readonly Reason[]): TraceVerdict {
  return { kind: 'differs', reasons: reasons.slice(0, MOST_REASONS) };
}

function toMinor(python: string): string {
  return python.split('.').slice(0, 2).join('.');
}

/** Skeletons that a verdict needs; those that are not known are gathered, so that they can be analysed at once. */
class Sources {
  readonly unknown: UnknownSource[] = [];
  readonly #python: string;
  readonly #skeletonOf: SkeletonOf;
  readonly #asked = new Set<string>();

  constructor(python: string, skeletonOf: SkeletonOf) {
    this.#python = python;
    this.#skeletonOf = skeletonOf;
  }

  get(digest: string): Skeleton | undefined {
    // Traces come from the runner: digests are compared as text and are what the tree says.
    const source = digest as Digest;
    const skeleton = this.#skeletonOf(this.#python, source);
    if (skeleton === undefined && !this.#asked.has(digest)) {
      this.#asked.add(digest);
      this.unknown.push({ python: this.#python, digest: source });
    }
    return skeleton;
  }
}

interface CodeJudgement {
  readonly reasons: readonly Reason[];
  readonly isExcused: boolean;
}

/** All files that ran: what one of them says can make the text of another count. */
function judgeCode(before: CodeBefore, now: CodeNow, files: readonly string[], sources: Sources): CodeJudgement {
  const loaded: Loaded[] = [];
  let unclear: string | undefined;
  for (const file of files) {
    const one = toLoaded(file, before.trace, sources);
    if (typeof one === 'string') unclear ??= `${file}: ${one}`;
    else if (one !== undefined) loaded.push(one);
  }
  const changed = files.filter((file) => before.trace.code[file]?.digest !== now.files[file]);
  const next = new Map(changed.map((file) => [file, toNext(now.files[file], sources)]));
  if (sources.unknown.length > 0) return { reasons: [], isExcused: false };
  const widened = toWidened(before, loaded);
  const excuses = unclear === undefined ? toExcuses(before, now, loaded, widened) : () => undefined;
  const found = changed.flatMap((file) => {
    const one = loaded.find((other) => other.file === file);
    const judged = judgeFile(one, next.get(file), toCounting(file, widened, unclear), excuses(file));
    return [{ ...judged, reasons: toReasons(file, judged.differences) }];
  });
  const ordered = found.flatMap(({ reasons }) => reasons).sort((left, right) => left.order - right.order);
  return { reasons: ordered.map(({ reason }) => reason), isExcused: found.some(({ isExcused }) => isExcused) };
}

function toNext(digest: Digest | undefined, sources: Sources): Skeleton | undefined {
  return digest === undefined ? undefined : sources.get(digest);
}

/** A text = why it cannot be told what of it ran; `undefined` = it has to be analysed. */
function toLoaded(file: string, trace: Trace, sources: Sources): Loaded | string | undefined {
  const traced = trace.code[file];
  const skeleton = traced && sources.get(traced.digest);
  if (traced === undefined || skeleton === undefined) return undefined;
  if (!skeleton.parses) return skeleton.error.message;
  const marks = toMarks(skeleton, traced);
  return marks.kind === 'unclear' ? marks.because : { file, skeleton, ran: marks.ran };
}

/** Why more of a file counts than its units. */
interface Counting {
  /** every byte */
  readonly text: string | undefined;
  readonly docs: string | undefined;
  readonly names: string | undefined;
}

function toCounting(file: string, { docs, names, positions }: Widened, unclear: string | undefined): Counting {
  return {
    text: unclear ?? positions.get(file) ?? positions.get(null),
    docs: docs.get(file) ?? docs.get(null),
    names: names.get(file) ?? names.get(null),
  };
}

interface FileJudgement {
  readonly differences: readonly Difference[];
  readonly isExcused: boolean;
}

/** `now` is `undefined` for a file that is gone. */
function judgeFile(loaded: Loaded | undefined, now: Skeleton | undefined, counting: Counting, excuses: Excuses | undefined): FileJudgement {
  if (now === undefined) return toFile('ran and is gone');
  if (!now.parses) return toFile(`does not parse: ${now.error.message}`, now.error.line);
  if (loaded === undefined) return toFile(`changed, and its text counts (${counting.text ?? 'nothing is known of it'})`);
  const comparison = new UnitComparison(loaded.skeleton, now, loaded.ran, excuses);
  comparison.compareModule();
  const { differences, isExcused } = comparison;
  const { text, docs, names } = counting;
  if (differences.length > 0) return { differences: differences.map((one) => toPlaced(one, counting)), isExcused };
  if (names !== undefined && loaded.skeleton.guarded !== now.guarded) return toFile(`has another main part, and it counts (${names})`);
  if (docs !== undefined && loaded.skeleton.docs !== now.docs)
    return toNamed(listOtherDocs(loaded.skeleton, now), `docstrings count: ${docs}`);
  if (text === undefined) return { differences, isExcused };
  return toNamed(listOtherUnits(loaded.skeleton, now), `its text counts: ${text}`);
}

/** Where a definition stands, and whether there is one, counts only because something makes more count than what ran. */
function toPlaced(difference: Difference, { text, names }: Counting): Difference {
  if (difference.isPlace !== true || (text ?? names) === undefined) return difference;
  const because = text === undefined ? `names count: ${names ?? ''}` : `its text counts: ${text}`;
  return { ...difference, what: `${difference.what} (${because})` };
}

/** `because` makes more count than what ran: what differs is named all the same, where it can be. */
function toNamed(differences: readonly Difference[], because: string): FileJudgement {
  if (differences.length === 0) return toFile(`changed (${because})`);
  return { differences: differences.map((difference) => ({ ...difference, what: `${difference.what} (${because})` })), isExcused: false };
}

function toFile(what: string, line?: number): FileJudgement {
  return { differences: [{ level: 'file', ...(line === undefined ? {} : { line }), what }], isExcused: false };
}
