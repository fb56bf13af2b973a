import { toShort, type Difference } from './difference.ts';
import type { ParsedSkeleton, Statement, Unit } from './skeleton.ts';
import { matchStatements, statementsOf } from './statements.ts';

/** Compares what ran of one file with the same places now. */
export class UnitComparison {
  readonly differences: Difference[] = [];
  readonly #before: ParsedSkeleton;
  readonly #now: ParsedSkeleton;
  readonly #ran: ReadonlySet<number>;

  constructor(before: ParsedSkeleton, now: ParsedSkeleton, ran: ReadonlySet<number>) {
    this.#before = before;
    this.#now = now;
    this.#ran = ran;
  }

  /** Two units at the same place of the tree. One that did not run counts only through its header, which its parent holds. */
  compare(before: number, now: number): void {
    const [old, next] = [this.#before.units[before], this.#now.units[now]];
    if (!this.#ran.has(before) || old === undefined || next === undefined) return;
    if (old.kind === next.kind && old.digest === next.digest)
      return this.#compareInside(childrenOf(this.#before, before), childrenOf(this.#now, now), old);
    if (old.kind === 'function' || old.kind !== next.kind) {
      this.#note({ level: 'unit', ...toSymbol(next), before: toShort(old.digest), after: toShort(next.digest), what: 'changed' });
      return this.#compareByName(childrenOf(this.#before, before), childrenOf(this.#now, now));
    }
    this.compareBodies(old, statementsOf(this.#before, before), statementsOf(this.#now, now));
  }

  /** Bodies of which at least one statement differs. */
  compareBodies(body: Unit, before: readonly Statement[], now: readonly Statement[]): void {
    const { pairs, differences } = matchStatements(body.kind === 'module' ? '' : `${body.label}.`, before, now);
    this.differences.push(...differences);
    for (const [old, next] of pairs) this.#compareByName(this.#inside(this.#before, old), this.#inside(this.#now, next));
  }

  /** Units that stand directly in a statement. */
  #inside(skeleton: ParsedSkeleton, { unit, units: [from, to] }: Statement): readonly number[] {
    const found: number[] = [];
    for (let index = from; index < to; index += 1) if (skeleton.units[index]?.parent === unit) found.push(index);
    return found;
  }

  /** Of equal parents: the same units in the same order. */
  #compareInside(before: readonly number[], now: readonly number[], around: Unit): void {
    if (before.length !== now.length) {
      this.#note({ level: 'unit', symbol: around.label, line: around.line, what: 'cannot be compared' });
      return;
    }
    before.forEach((unit, index) => this.compare(unit, now[index] ?? -1));
  }

  /** The parents differ anyway: only to name what differs inside as well. */
  #compareByName(before: readonly number[], now: readonly number[]): void {
    const left = [...now];
    for (const unit of before) {
      const name = this.#before.units[unit]?.label;
      const at = left.findIndex((other) => this.#now.units[other]?.label === name);
      const [next] = at < 0 ? [] : left.splice(at, 1);
      if (next !== undefined) this.compare(unit, next);
    }
  }

  #note(difference: Difference): void {
    this.differences.push(difference);
  }
}

function childrenOf(skeleton: ParsedSkeleton, unit: number): readonly number[] {
  return skeleton.units.flatMap(({ parent }, index) => (parent === unit ? [index] : []));
}

function toSymbol({ label, line }: Unit): { readonly symbol: string; readonly line: number } {
  return { symbol: label, line };
}
