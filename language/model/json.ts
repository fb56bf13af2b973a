/** Plain JSON data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * One text for one value: keys sorted by UTF-16 code units, no spaces, `-0` written as `0`.
 * Keys whose value is `undefined` are left out. Throws a TypeError for NaN, infinities and anything that is not JSON,
 * because a key part that cannot be written exactly must never be written approximately.
 *
 * Numbers are written as ECMAScript writes them, so `1` and `1.0` are one number here; where the difference matters
 * (parameters), the caller writes the type beside the value.
 */
export function toCanonicalJson(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'string':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${String(value)} has no canonical form`);
      return JSON.stringify(Object.is(value, -0) ? 0 : value);
    case 'object':
      return Array.isArray(value) ? `[${value.map(toCanonicalJson).join(',')}]` : toCanonicalObject(value);
    default:
      throw new TypeError(`a ${typeof value} has no canonical form`);
  }
}

function toCanonicalObject(value: object): string {
  const parts: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member: unknown = Reflect.get(value, key);
    if (member !== undefined) parts.push(`${JSON.stringify(key)}:${toCanonicalJson(member)}`);
  }
  return `{${parts.join(',')}}`;
}
