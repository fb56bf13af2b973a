import type { TracedFile } from '../protocol/trace.ts';
import type { ParsedSkeleton, Unit } from './skeleton.ts';

/** The units of a file that ran; or what of its trace cannot be understood, so that only equal bytes are equal. */
export type Marks = { readonly kind: 'units'; readonly ran: ReadonlySet<number> } | { readonly kind: 'unclear'; readonly because: string };

/** Code objects of the compiler's own, for annotations that are evaluated later. */
const LAZY = /^(?:<.*>|__annotate__|__conditional_annotations__)$/;

/** Places of code objects, as CPython names them, as units. Fails closed: every unit that ran stands in one that ran. */
export function toMarks(skeleton: ParsedSkeleton, traced: TracedFile): Marks {
  const places = toPlaces(skeleton);
  const found: (readonly number[])[] = [];
  for (const [line, name] of traced.ran) {
    const units = toUnits(skeleton, places, line, name);
    if (units === undefined) return { kind: 'unclear', because: `${name} at line ${String(line)} ran, which is no part of its syntax` };
    found.push(units);
  }
  const ran = keepStanding(skeleton.units, new Set(found.flat()));
  if (!ran.has(0)) return { kind: 'unclear', because: 'it was loaded and its module body did not run' };
  const alone = found.find((units) => !units.some((unit) => ran.has(unit)));
  if (alone === undefined) return { kind: 'units', ran };
  return { kind: 'unclear', because: `${skeleton.units[alone[0] ?? 0]?.label ?? 'a unit'} ran and what is around it did not` };
}

type Places = ReadonlyMap<string, readonly number[]>;

function toUnits(skeleton: ParsedSkeleton, places: Places, line: number, name: string): readonly number[] | undefined {
  if (name === '<module>') return [0];
  if (skeleton.skipped.some(([from, to]) => from <= line && line <= to)) return undefined;
  return places.get(`${String(line)} ${name}`) ?? (LAZY.test(name) ? around(skeleton.units, line) : undefined);
}

/** Of several that bear one name on one line, only those whose surroundings ran can have run. Parents come first in the list. */
function keepStanding(units: readonly Unit[], all: ReadonlySet<number>): ReadonlySet<number> {
  const standing = new Set<number>();
  units.forEach(({ parent }, index) => {
    if (all.has(index) && (parent === null || standing.has(parent))) standing.add(index);
  });
  return standing;
}

function toPlaces({ units, aliases }: ParsedSkeleton): Places {
  const places = new Map<string, number[]>();
  const add = (line: number, name: string, unit: number): void => {
    const place = `${String(line)} ${name}`;
    const there = places.get(place);
    if (there === undefined) places.set(place, [unit]);
    else there.push(unit);
  };
  units.forEach(({ line, name }, unit) => add(line, name, unit));
  for (const [line, name, unit] of aliases) add(line, name, unit);
  return places;
}

function around(units: readonly Unit[], line: number): readonly number[] {
  return units.flatMap((unit, index) => (index === 0 || (unit.line <= line && line <= unit.end) ? [index] : []));
}
