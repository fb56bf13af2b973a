/** A value without a JSON form; the message says where: `$.scores[3] is NaN …`. */
export class NotJson extends Error {}

/**
 * One text for one value: keys in the order of their UTF-16 code units, no spaces, the same as the agent's canonical form. A member that is
 * `undefined` is left out. Throws NotJson for what JSON cannot say, rather than lose it.
 */
export function toCanonicalJson(value: unknown): string {
  return write(value, '$', new Set());
}

function write(value: unknown, place: string, above: Set<object>): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new NotJson(`${place} is ${String(value)}, which JSON cannot say; use null or leave it out`);
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : writeObject(value, place, above);
    default:
      throw new NotJson(`${place} is ${typeof value}, which JSON cannot say`);
  }
}

function writeObject(value: object, place: string, above: Set<object>): string {
  if (above.has(value)) throw new NotJson(`${place} holds itself`);
  above.add(value);
  const text = Array.isArray(value)
    ? `[${value.map((item, position) => write(item, `${place}[${String(position)}]`, above)).join(',')}]`
    : `{${writeMembers(value, place, above)}}`;
  above.delete(value);
  return text;
}

function writeMembers(value: object, place: string, above: Set<object>): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new NotJson(
      `${place} is ${value.constructor.name}, which JSON cannot say; make it a plain object, array, text, number, boolean or null`,
    );
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return members.map(([name, member]) => `${JSON.stringify(name)}:${write(member, `${place}.${name}`, above)}`).join(',');
}
