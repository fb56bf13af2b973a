import type { Json } from '../../language/model/json.ts';
import { toElementCount, toElementNames, toElementValues, type Foreach } from '../../language/model/workflow.ts';
import { CairnError } from '../protocol/errors.ts';

/** The elements of a fan-out in foreach order: their names, and by name of the fan-out one value for each. */
export interface Elements {
  readonly names: readonly string[];
  readonly values: { readonly [name: string]: readonly Json[] };
}

/** The elements of a fan-out over literals. Throws `invalid-request` when lists that are zipped differ in length. */
export function toElements(foreach: Foreach): Elements {
  const values = foreach.product === true ? toProduct(foreach) : foreach.values;
  assertEqualLengths(foreach.names, values);
  return { names: toElementNames({ names: foreach.names, values }), values };
}

/**
 * One value per element and name for a fan-out of which some names run over what the steps above gave (`found`); the content
 * of `step.expanded`. Throws `invalid-request` when a name has no values, or lists that are zipped differ in length.
 */
export function toExpansion(
  foreach: Foreach,
  found: { readonly [name: string]: readonly Json[] },
): { readonly values: Elements['values']; readonly count: number } {
  const all = { ...foreach, values: { ...foreach.values, ...found } };
  const values = foreach.product === true ? toProduct(all) : all.values;
  return { values, count: assertEqualLengths(foreach.names, values) };
}

/** Crossed: one value per element and name. */
function toProduct(foreach: Foreach): Elements['values'] {
  const elements = Array.from({ length: toElementCount(foreach) }, (_, index) => toElementValues(foreach, index));
  return Object.fromEntries(foreach.names.map((name) => [name, elements.map((values) => values[name] ?? null)]));
}

function assertEqualLengths(names: readonly string[], values: Elements['values']): number {
  const [first = '', ...others] = names;
  const count = values[first]?.length;
  const odd = others.find((name) => values[name]?.length !== count);
  if (count === undefined) throw new CairnError('invalid-request', `The fan-out has no values of ${first}`);
  if (odd === undefined) return count;
  const message = `${first} has ${count} values and ${odd} has ${values[odd]?.length ?? 0}; lists that run together must be equally long`;
  throw new CairnError('invalid-request', message);
}
