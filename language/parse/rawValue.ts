import type { ValuePath } from './sourceMap.ts';

/** Plain data as a YAML text holds it. Reserved keys are refused, so no object has a surprise in its prototype. */
export type RawValue = null | boolean | number | string | RawValue[] | { [key: string]: RawValue };

export function valueAt(raw: RawValue | undefined, path: ValuePath): RawValue | undefined {
  let value: unknown = raw;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value as RawValue | undefined;
}
