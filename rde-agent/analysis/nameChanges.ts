import { UnitComparison } from './compareUnits.ts';
import { toShort, type Difference } from './difference.ts';
import type { ParsedSkeleton, Unit } from './skeleton.ts';

/** Everything that differs between two versions of a file, whether it ran or not; empty = only comments, docstrings or formatting. */
export function listOtherUnits(before: ParsedSkeleton, now: ParsedSkeleton): readonly Difference[] {
  const comparison = new UnitComparison(before, now, new Set(before.units.keys()), undefined);
  comparison.compareModule();
  return comparison.differences;
}

/** Units whose docstring differs, each told from others of its label by its place among them. */
export function listOtherDocs(before: ParsedSkeleton, now: ParsedSkeleton): readonly Difference[] {
  const [old, next] = [toDocs(before), toDocs(now)];
  return [...new Set([...next.keys(), ...old.keys()])].flatMap((place) => {
    const [was, is] = [old.get(place), next.get(place)];
    if (was?.doc === is?.doc) return [];
    return [toDifference(was, is)];
  });
}

function toDocs({ units }: ParsedSkeleton): ReadonlyMap<string, Unit> {
  const counts = new Map<string, number>();
  return new Map(
    units.map((unit) => {
      const count = counts.get(unit.label) ?? 0;
      counts.set(unit.label, count + 1);
      return [`${unit.label} ${String(count)}`, unit];
    }),
  );
}

function toDifference(was: Unit | undefined, is: Unit | undefined): Difference {
  const shown = is ?? was;
  return {
    level: 'unit',
    ...(shown === undefined ? {} : { symbol: shown.label, line: shown.line }),
    ...(was?.doc === undefined ? {} : { before: toShort(was.doc) }),
    ...(is?.doc === undefined ? {} : { after: toShort(is.doc) }),
    what: 'has another docstring',
  };
}
