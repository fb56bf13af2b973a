import { translate } from '../model/words.ts';
import { remove, type FormReading } from './formReading.ts';
import type { RawValue } from './rawValue.ts';
import type { ValuePath } from './sourceMap.ts';

/** A part of the language that this version can't do: said at the exact place and taken out, so that nothing follows from it. */
export interface Refusal {
  /** `*` stands for any key */
  readonly path: readonly string[];
  /** Whether this value is meant; any value where it is absent. */
  readonly isMeant?: (value: RawValue) => boolean;
  /** Whether the key or the value is to blame. */
  readonly at: 'key' | 'value';
  /** in English */
  readonly message: string;
  /** What is taken out; the value where nothing is said. */
  readonly removes?: 'value' | 'parent';
}

export function refuseUnsupported(reading: FormReading, refusals: readonly Refusal[]): void {
  for (const refusal of refusals) {
    for (const { path, value } of findAll(reading.raw, refusal.path, [])) {
      if (refusal.isMeant?.(value) === false) continue;
      const { source, findings } = reading.yaml;
      findings.add('not-supported', refusal.at === 'key' ? source.keyRange(path) : source.valueRange(path), translate(refusal.message));
      remove(reading, refusal.removes === 'parent' ? path.slice(0, -1) : path);
    }
  }
}

function findAll(
  raw: RawValue | undefined,
  pattern: readonly string[],
  base: ValuePath,
): readonly { readonly path: ValuePath; readonly value: RawValue }[] {
  if (raw === undefined) return [];
  const [first, ...rest] = pattern;
  if (first === undefined) return [{ path: base, value: raw }];
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return [];
  const keys = first === '*' ? Object.keys(raw) : Object.hasOwn(raw, first) ? [first] : [];
  return keys.flatMap((key) => findAll(raw[key], rest, [...base, key]));
}
