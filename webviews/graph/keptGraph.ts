import type { KeptGraph } from './graphProps.ts';

type Fields = { readonly [name: string]: unknown };

/** What a page kept of a graph, as far as it is what this version keeps; anything else is as at first. */
export function readKeptGraph(kept: unknown): KeptGraph {
  const { choices, camera } = toFields(kept);
  const { x, y, k } = toFields(camera);
  const known = Object.entries(toFields(choices)).filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean');
  return {
    choices: Object.fromEntries(known),
    camera: isPlace(x) && isPlace(y) && isPlace(k) && k > 0 ? { x, y, k } : null,
  };
}

function toFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isPlace(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
