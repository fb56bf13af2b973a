/** `sha256:<64 lower-case hex digits>` */
export type Digest = `sha256:${string}`;

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const SEGMENT = '[a-z0-9]+(?:[-_][a-z0-9]+)*';
/** A name without a namespace: workspaces, namespaces, environments, clusters. */
export const SIMPLE_NAME = new RegExp(`^${SEGMENT}$`);
export const QUALIFIED_NAME = new RegExp(`^${SEGMENT}/${SEGMENT}$`);
export const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
/** Identifiers that may contain `-`. */
export const STEP_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const TAG = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;
const RESERVED = new Set(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf']);

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** `namespace/name`, lower case: modules, datasets, workflows, libraries. */
export function isQualifiedName(text: string): boolean {
  return text.length <= 128 && QUALIFIED_NAME.test(text);
}

/** Names of ports, parameters: they must be Python identifiers. */
export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text) && !RESERVED.has(text);
}

/** Names of artifact tags: ASCII only, so that no two tags look alike. */
export function isTagName(text: string): boolean {
  return TAG.test(text) && !RESERVED.has(text);
}

/** Names that every JavaScript object answers to: looked up in a map of names they would be found where nobody put them. */
export function isReservedName(text: string): boolean {
  return RESERVED.has(text);
}

/** Keys that could reach an object's prototype: refused wherever a user chooses a key. */
export function isReservedKey(text: string): boolean {
  return text === '__proto__' || text === 'constructor' || text === 'prototype';
}
