import type { ParsedSkeleton, Statement } from './skeleton.ts';

/** A module body as its statements with effects, and what is bound between two of them. */
export interface Segments {
  readonly effects: readonly Statement[];
  /** one more than effects: name → the statement that bound it last */
  readonly bindings: readonly ReadonlyMap<string, Statement>[];
}

export function toSegments(statements: readonly Statement[]): Segments {
  const effects: Statement[] = [];
  const bindings = [new Map<string, Statement>()];
  for (const statement of statements) {
    if (statement.binds !== undefined) bindings.at(-1)?.set(statement.binds, statement);
    else {
      effects.push(statement);
      bindings.push(new Map());
    }
  }
  return { effects, bindings };
}

/** What a statement that only binds a name says in all: of a class also its body, which ran unseen. */
export function toWhole(skeleton: ParsedSkeleton, { digest, units: [from, to] }: Statement): string {
  const classes = skeleton.units.slice(from, to).filter(({ kind }) => kind === 'class');
  return [digest, ...classes.map((unit) => unit.digest)].join(' ');
}
