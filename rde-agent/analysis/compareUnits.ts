import { matchModules, type ChangedBinding } from './compareModule.ts';
import { toShort, type Difference } from './difference.ts';
import type { Excuses } from './excuses.ts';
import type { ParsedSkeleton, Statement, Unit } from './skeleton.ts';
import { matchStatements, statementsOf } from './statements.ts';

/** Compares what ran of one file with the same places now. Without excuses everything that its module body says counts. */
export class UnitComparison {
  readonly differences: Difference[] = [];
  /** an excuse was needed */
  isExcused = false;
  readonly #before: ParsedSkeleton;
  readonly #now: ParsedSkeleton;
  readonly #ran: ReadonlySet<number>;
  readonly #excuses: Excuses | undefined;

  constructor(before: ParsedSkeleton, now: ParsedSkeleton, ran: ReadonlySet<number>, excuses: Excuses | undefined) {
    this.#before = before;
    this.#now = now;
    this.#ran = ran;
    this.#excuses = excuses;
  }

  compareModule(): void {
    if (this.#excuses === undefined || this.#before.units[0]?.digest === this.#now.units[0]?.digest) return this.compare(0, 0);
    const match = matchModules(this.#before, this.#now);
    if (match === undefined) return this.compare(0, 0);
    const matched = new Set(match.pairs.flatMap(([old]) => this.#inside(this.#before, old)));
    for (const changed of match.changed) {
      if (changed.before !== undefined) for (const unit of this.#inside(this.#before, changed.before)) matched.add(unit);
      this.#compareBinding(changed);
    }
    for (const [old, next] of match.pairs)
      this.#compareInside(this.#inside(this.#before, old), this.#inside(this.#now, next), this.#before.units[0]);
    const lost = childrenOf(this.#before, 0).find((unit) => this.#ran.has(unit) && !matched.has(unit) && this.#hasRunIn(unit));
    if (lost !== undefined)
      this.#note({ level: 'unit', ...toSymbol(this.#before.units[lost]), what: 'cannot be told from another of its name' });
  }

  /** A binding that nobody asked for may be another one, unless something of it ran. */
  #compareBinding({ name, before, now, difference, isUntried }: ChangedBinding): void {
    const units = before === undefined ? [] : this.#inside(this.#before, before);
    const hasRun = units.some((unit) => this.#hasRunIn(unit));
    if (!hasRun && !isUntried && this.#excuses?.isUnseen(name, now) === true) {
      this.isExcused = true;
      return;
    }
    const known = this.differences.length;
    if (before !== undefined && now !== undefined) this.#compareByName(units, this.#inside(this.#now, now));
    const isInside = before?.digest === now?.digest && this.differences.length > known;
    if (!isInside) this.#note(difference);
  }

  /** Whether it was called: that the body of a class ran says nothing. */
  #hasRunIn(unit: number): boolean {
    const isClass = this.#before.units[unit]?.kind === 'class';
    return isClass ? childrenOf(this.#before, unit).some((inner) => this.#hasRunIn(inner)) : this.#ran.has(unit);
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
    this.#compareBodies(old, statementsOf(this.#before, before), statementsOf(this.#now, now));
  }

  /** Bodies of which at least one statement differs. */
  #compareBodies(body: Unit, before: readonly Statement[], now: readonly Statement[]): void {
    const { pairs, changes } = matchStatements(body.kind === 'module' ? '' : `${body.label}.`, before, now);
    const told = body.kind === 'module' ? changes.filter((change) => !this.#isUnseen(change.before, change.now)) : changes;
    for (const { difference } of told.length > 0 ? told : changes) this.#note(difference);
    for (const [old, next] of pairs) this.#compareByName(this.#inside(this.#before, old), this.#inside(this.#now, next));
  }

  /** No cause, where another is known. */
  #isUnseen(before: Statement | undefined, now: Statement | undefined): boolean {
    const name = before?.binds ?? now?.binds;
    const binds = (before === undefined || before.binds === name) && (now === undefined || now.binds === name);
    return name !== undefined && binds && this.#excuses?.isUnseen(name, now) === true;
  }

  /** Units that stand directly in a statement. */
  #inside(skeleton: ParsedSkeleton, { unit, units: [from, to] }: Statement): readonly number[] {
    const found: number[] = [];
    for (let index = from; index < to; index += 1) if (skeleton.units[index]?.parent === unit) found.push(index);
    return found;
  }

  /** Of equal parents: the same units in the same order. */
  #compareInside(before: readonly number[], now: readonly number[], around: Unit | undefined): void {
    if (before.length !== now.length) {
      this.#note({ level: 'unit', ...toSymbol(around), what: 'cannot be compared' });
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

function toSymbol(unit: Unit | undefined): { readonly symbol?: string; readonly line?: number } {
  return unit === undefined ? {} : { symbol: unit.label, line: unit.line };
}
