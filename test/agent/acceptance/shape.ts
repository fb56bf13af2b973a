import assert from 'node:assert/strict';

/** A test of a value: a pattern for texts, a type, one of some values, all items of a list, all values of a map, or fields. */
export type Shape =
  | RegExp
  | 'text'
  | 'number'
  | 'int'
  | 'bool'
  | null
  | 1
  | { readonly oneOf: readonly Shape[] }
  | { readonly items: Shape }
  | { readonly values: Shape }
  | Fields;
export interface Fields {
  readonly fields: { readonly [name: string]: Shape };
  /** fields that are either as described or absent, never null */
  readonly optional?: { readonly [name: string]: Shape };
}

export const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** RFC 3339 in UTC */
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
export const RUN_ID = /^[0-9a-f-]{36}$/;

/** Fails with the place where a document is not as described. More fields than described are right: fields are only added. */
export function assertShape(value: unknown, shape: Shape, place = 'document'): void {
  const problem = findProblem(value, shape, place);
  assert.equal(problem, undefined);
}

function findProblem(value: unknown, shape: Shape, place: string): string | undefined {
  const said = `${place} is ${JSON.stringify(value) ?? 'absent'}`;
  if (shape === null || typeof shape !== 'object') return isPlain(value, shape) ? undefined : `${said}, not ${String(shape)}`;
  if (shape instanceof RegExp) return typeof value === 'string' && shape.test(value) ? undefined : `${said}, not ${String(shape)}`;
  if ('oneOf' in shape)
    return shape.oneOf.some((one) => findProblem(value, one, place) === undefined) ? undefined : `${said}, none of its kinds`;
  if (typeof value !== 'object' || value === null) return `${said}, neither list nor object`;
  if ('items' in shape !== Array.isArray(value)) return `${said}, a list for an object or an object for a list`;
  if ('items' in shape)
    return findFirst(Object.entries(value).map(([index, item]) => findProblem(item, shape.items, `${place}[${index}]`)));
  if ('values' in shape) return findFirst(Object.entries(value).map(([name, each]) => findProblem(each, shape.values, `${place}.${name}`)));
  return findInFields(value, shape, place);
}

function findInFields(value: object, { fields, optional = {} }: Fields, place: string): string | undefined {
  const found = new Map<string, unknown>(Object.entries(value));
  const present = Object.entries(optional).filter(([name]) => found.has(name));
  return findFirst([...Object.entries(fields), ...present].map(([name, one]) => findProblem(found.get(name), one, `${place}.${name}`)));
}

function findFirst(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

function isPlain(value: unknown, type: 'text' | 'number' | 'int' | 'bool' | null | 1): boolean {
  switch (type) {
    case null:
    case 1:
      return value === type;
    case 'text':
      return typeof value === 'string' && value !== '';
    case 'bool':
      return typeof value === 'boolean';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) && value >= 0;
    case 'int':
      return Number.isSafeInteger(value) && Number(value) >= 0;
  }
}
