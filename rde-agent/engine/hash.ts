import type { Digest } from '../../language/model/names.ts';

/** SHA-256 of a text in UTF-8, or of bytes. Passed in: the engine has no Node. */
export type Hash = (content: string | Uint8Array) => Digest;
