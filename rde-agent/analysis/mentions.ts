import type { CodeBefore } from '../protocol/trace.ts';
import { ranUnits, type Loaded } from './widening.ts';

const WORD = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/gu;
const DUNDER = /^__.*__$/;

/** Whether what ran may have looked a name of a file up (trace-identity.md §3.3). */
export interface Mentions {
  has(file: string, name: string): boolean;
}

export function toMentions(before: CodeBefore, loaded: readonly Loaded[]): Mentions {
  const words = new Set([...before.trace.words, ...toWords(before.params), ...toWords(before.entry ?? '')]);
  const own = new Map<string, ReadonlySet<string>>();
  let hasStars = false;
  let isEverything = false;
  for (const { file, skeleton, ran } of loaded) {
    const names = new Set<string>();
    for (const unit of ranUnits(skeleton, ran)) {
      for (const place of unit.words) words.add(skeleton.words[place] ?? '');
      for (const place of unit.names) names.add(skeleton.words[place] ?? '');
      // Something ran by this name: whoever called it has found it, perhaps by it.
      if (unit.kind === 'function') names.add(unit.name);
      hasStars ||= unit.stars !== undefined;
      isEverything ||= unit.everything === true;
    }
    own.set(file, names);
  }
  return {
    has(file, name) {
      if (isEverything || words.has(name)) return true;
      if (DUNDER.test(name)) return name !== '__all__' || hasStars;
      if (own.get(file)?.has(name) === true) return true;
      return hasStars && [...own.values()].some((names) => names.has(name));
    },
  };
}

/** Words of all texts in a value. */
function toWords(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.match(WORD) ?? [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inside]: [string, unknown]) => [...(key.match(WORD) ?? []), ...toWords(inside)]);
}
