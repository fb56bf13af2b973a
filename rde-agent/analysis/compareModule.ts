import type { Difference } from './difference.ts';
import { toSegments, toWhole, type Segments } from './segments.ts';
import type { ParsedSkeleton, Statement } from './skeleton.ts';
import { statementsOf, toDifference } from './statements.ts';

/** Two module bodies with the same effects in the same order: which bindings differ, and which statements belong together. */
export interface ModuleMatch {
  readonly pairs: readonly (readonly [Statement, Statement])[];
  /** names whose binding differs, with what they were and are */
  readonly changed: readonly ChangedBinding[];
}

export interface ChangedBinding {
  readonly name: string;
  readonly before: Statement | undefined;
  readonly now: Statement | undefined;
  /** Why no excuse holds: it was evaluated differently, whoever looks. */
  readonly difference: Difference;
  /** it evaluates what was not evaluated before */
  readonly isUntried: boolean;
}

/** `undefined` = the effects differ. */
export function matchModules(before: ParsedSkeleton, now: ParsedSkeleton): ModuleMatch | undefined {
  const [old, next] = [toSegments(statementsOf(before, 0)), toSegments(statementsOf(now, 0))];
  if (!haveEqualEffects(old, next)) return undefined;
  const pairs: (readonly [Statement, Statement])[] = [];
  old.effects.forEach((effect, index) => {
    const other = next.effects[index];
    if (other !== undefined) pairs.push([effect, other]);
  });
  const tried = new Set(statementsOf(before, 0).flatMap(({ needs }) => needs ?? []));
  const changed: ChangedBinding[] = [];
  old.bindings.forEach((bindings, index) => {
    const others = next.bindings[index] ?? new Map<string, Statement>();
    for (const name of new Set([...bindings.keys(), ...others.keys()])) {
      const [was, is] = [bindings.get(name), others.get(name)];
      if (was !== undefined && is !== undefined && toWhole(before, was) === toWhole(now, is)) pairs.push([was, is]);
      else changed.push(toChanged(name, was, is, tried));
    }
  });
  return { pairs, changed: joinMoved([...changed, ...findUntried(before, now, next, tried)]) };
}

function haveEqualEffects({ effects }: Segments, other: Segments): boolean {
  return effects.length === other.effects.length && effects.every(({ digest }, index) => digest === other.effects[index]?.digest);
}

function toChanged(name: string, before: Statement | undefined, now: Statement | undefined, tried: ReadonlySet<string>): ChangedBinding {
  const isUntried = now?.needs?.some((need) => !tried.has(need)) === true;
  return { name, before, now, difference: toDifference('', before, now), isUntried };
}

/** Statements that bind nothing for long, since another one binds the name again, are evaluated all the same. */
function findUntried(
  before: ParsedSkeleton,
  now: ParsedSkeleton,
  { bindings }: Segments,
  tried: ReadonlySet<string>,
): readonly ChangedBinding[] {
  const lasting = new Set(bindings.flatMap((segment) => [...segment.values()]));
  const known = new Set(statementsOf(before, 0).map(({ digest }) => digest));
  return statementsOf(now, 0)
    .filter((statement) => statement.binds !== undefined && !lasting.has(statement) && !known.has(statement.digest))
    .map((statement) => toChanged(statement.binds ?? '', undefined, statement, tried))
    .filter(({ isUntried }) => isUntried);
}

/** One name that is bound in another segment now is one change. */
function joinMoved(changed: readonly ChangedBinding[]): readonly ChangedBinding[] {
  const joined: ChangedBinding[] = [];
  for (const one of changed) {
    const at = joined.findIndex((other) => other.name === one.name && (isMove(one, other) || isMove(other, one)));
    const other = joined[at];
    if (other === undefined) joined.push(one);
    else {
      const [before, now] = [other.before ?? one.before, other.now ?? one.now];
      joined[at] = { ...one, before, now, difference: toDifference('', before, now), isUntried: one.isUntried || other.isUntried };
    }
  }
  return joined;
}

function isMove(from: ChangedBinding, to: ChangedBinding): boolean {
  return from.now === undefined && to.before === undefined;
}
