import type { CodeBefore } from '../protocol/trace.ts';
import type { ParsedSkeleton, TriggerLevel, Unit } from './skeleton.ts';

/** A file that was loaded, as it was when it ran. */
export interface Loaded {
  readonly file: string;
  readonly skeleton: ParsedSkeleton;
  readonly ran: ReadonlySet<number>;
}

/** What counts besides units, and why; of all files, and of single ones. */
export interface Widened {
  readonly docs: ReadonlyMap<string | null, string>;
  readonly names: ReadonlyMap<string | null, string>;
  readonly positions: ReadonlyMap<string | null, string>;
}

/** Text of docstrings is looked for by such a word when the attribute's name is computed. */
const DOC = /doc/i;

/** By what the runner saw and by what the syntax of executed units says. */
export function toWidened(before: CodeBefore, loaded: readonly Loaded[]): Widened {
  const widened = {
    docs: new Map<string | null, string>(),
    names: new Map<string | null, string>(),
    positions: new Map<string | null, string>(),
  };
  const add = (level: keyof Widened, file: string | null, because: string): void => {
    if (!widened[level].has(file)) widened[level].set(file, because);
  };
  for (const { level, file, because } of before.trace.widen) if (level !== 'tree' && level !== 'data') add(level, file, because);
  const seen = { isHeard: before.trace.means === 'monitoring', minor: toMinorNumber(before.trace.python) };
  for (const one of loaded) {
    for (const [level, word] of one.skeleton.units.flatMap((unit, index) => (one.ran.has(index) ? (unit.triggers ?? []) : []))) {
      for (const target of toTargets(level, seen)) add(target, level === 'own' ? one.file : null, `${word} in ${one.file}`);
    }
  }
  const isComputed = loaded.some(({ skeleton, ran }) =>
    ranUnits(skeleton, ran).some((unit) => unit.triggers?.some(([level]) => level === 'computed')),
  );
  if (isComputed && saysDoc(before, loaded)) add('docs', null, 'an attribute whose name is computed');
  return widened;
}

/** Since 3.13 the namespace of a class holds the line that it begins at. */
const LINES_IN_CLASSES = 13;

interface Seen {
  /** the runner has told what computed lookups were applied to */
  readonly isHeard: boolean;
  readonly minor: number;
}

function toTargets(level: TriggerLevel, { isHeard, minor }: Seen): readonly (keyof Widened)[] {
  switch (level) {
    case 'docs':
    case 'names':
    case 'positions':
      return [level];
    case 'own':
      return ['names'];
    case 'computed':
      return isHeard ? [] : ['names'];
    case 'reflects':
      return isHeard ? [] : ['names', 'docs'];
    case 'spaces':
      return minor >= LINES_IN_CLASSES ? ['names', 'docs', 'positions'] : ['names', 'docs'];
  }
}

function saysDoc(before: CodeBefore, loaded: readonly Loaded[]): boolean {
  if (before.trace.words.some((word) => DOC.test(word)) || DOC.test(JSON.stringify(before.params))) return true;
  return loaded.some(({ skeleton, ran }) =>
    ranUnits(skeleton, ran).some((unit) => unit.everything === true || unit.words.some((place) => DOC.test(skeleton.words[place] ?? ''))),
  );
}

export function ranUnits(skeleton: ParsedSkeleton, ran: ReadonlySet<number>): readonly Unit[] {
  return skeleton.units.filter((_, index) => ran.has(index));
}

function toMinorNumber(python: string): number {
  return Number(python.split('.')[1]);
}
