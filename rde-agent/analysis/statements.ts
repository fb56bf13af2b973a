import { toShort, type Difference } from './difference.ts';
import type { ParsedSkeleton, Statement } from './skeleton.ts';

/** Statements of a body that stand in both versions, and what differs. */
export interface Matched {
  readonly pairs: readonly (readonly [Statement, Statement])[];
  readonly changes: readonly StatementChange[];
}

interface StatementChange {
  readonly before: Statement | undefined;
  readonly now: Statement | undefined;
  readonly difference: Difference;
}

export function statementsOf(skeleton: ParsedSkeleton, unit: number): readonly Statement[] {
  return skeleton.statements.filter((statement) => statement.unit === unit);
}

/** What differs between two bodies, told by the smallest statements. Never empty where the bodies differ. */
export function matchStatements(prefix: string, before: readonly Statement[], now: readonly Statement[]): Matched {
  const pairs = pairEqual(before, now);
  const [known, kept] = [new Set(pairs.map(([old]) => old)), new Set(pairs.map(([, next]) => next))];
  const gone = before.filter((statement) => !known.has(statement));
  const come = now.filter((statement) => !kept.has(statement));
  const changes: StatementChange[] = [];
  const note = (old: Statement | undefined, next: Statement | undefined): void => {
    changes.push({ before: old, now: next, difference: toDifference(prefix, old, next) });
  };
  const renamed: (readonly [Statement, Statement])[] = [];
  const isOneForAnother = gone.length === 1 && come.length === 1 && gone[0]?.binds === undefined && come[0]?.binds === undefined;
  for (const old of gone) {
    if (isOneForAnother && come[0] !== undefined && come[0].label !== old.label) {
      const next = come.splice(0, 1)[0] ?? old;
      changes.push({ before: old, now: next, difference: toReplaced(prefix, old, next) });
      renamed.push([old, next]);
      continue;
    }
    const at = come.findIndex(({ label, digest }) => digest === old.digest || label === old.label);
    const [next] = at < 0 ? [] : come.splice(at, 1);
    note(old, next);
    if (next !== undefined) renamed.push([old, next]);
  }
  for (const next of come) note(undefined, next);
  return { pairs: [...pairs, ...renamed], changes };
}

/** One effect in the place of another: told by what stood there and what stands there. */
function toReplaced(prefix: string, old: Statement, next: Statement): Difference {
  const change = { before: old.label, after: next.label, what: `changed: ${old.label} → ${next.label}` };
  return { level: 'statement', symbol: `${prefix}${next.label}`, line: next.line, ...change };
}

/** The longest common parts at both ends, then by order in between. */
function pairEqual(before: readonly Statement[], now: readonly Statement[]): readonly (readonly [Statement, Statement])[] {
  const pairs: (readonly [Statement, Statement])[] = [];
  let from = 0;
  for (const old of before) {
    const at = now.findIndex((next, index) => index >= from && next.digest === old.digest);
    const next = now[at];
    // A statement that moved far down must not push all others out.
    if (next === undefined || (at - from > before.length / 2 && at - from > 2)) continue;
    pairs.push([old, next]);
    from = at + 1;
  }
  return pairs;
}

export function toDifference(prefix: string, old: Statement | undefined, next: Statement | undefined): Difference {
  const shown = next ?? old;
  const place = {
    level: 'statement',
    symbol: `${prefix}${shown?.label ?? ''}`,
    ...(shown === undefined ? {} : { line: shown.line }),
  } as const;
  if (old === undefined) return { ...place, ...(next?.value === undefined ? {} : { after: next.value }), what: 'is new', isPlace: true };
  if (next === undefined)
    return { ...place, ...(old.value === undefined ? {} : { before: old.value }), what: 'was removed', isPlace: true };
  if (old.digest === next.digest) return { ...place, what: 'stands at another place', isPlace: true };
  if (old.value !== undefined && next.value !== undefined && old.value !== next.value) {
    return { ...place, before: old.value, after: next.value, what: `changed: ${old.value} → ${next.value}` };
  }
  return {
    ...place,
    before: toShort(old.digest),
    after: toShort(next.digest),
    what: next.units[1] > next.units[0] ? 'has another head' : 'changed',
  };
}
