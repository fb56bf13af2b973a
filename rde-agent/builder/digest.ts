import { createHash, hash, type Hash } from 'node:crypto';
import type { Digest } from '../../language/model/names.ts';

/** The content address of some bytes (text is UTF-8). */
export function toDigest(data: Uint8Array | string): Digest {
  return `sha256:${hash('sha256', data, 'hex')}`;
}

/** For content that arrives in pieces. */
export function createDigester(): { readonly update: (chunk: Uint8Array) => void; readonly end: () => Digest } {
  const state: Hash = createHash('sha256');
  return { update: (chunk) => void state.update(chunk), end: () => `sha256:${state.digest('hex')}` };
}
