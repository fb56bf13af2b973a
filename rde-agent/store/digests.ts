import type { Digest } from '../../language/model/names.ts';

const DIGEST = /sha256:[0-9a-f]{64}/g;

/** Every digest that a text names, as often as it does. */
export function findDigests(text: string): readonly Digest[] {
  return (text.match(DIGEST) ?? []) as Digest[];
}
