import type { Part } from './randomProgram.ts';

/** What a reason must say of an edit, as far as it says anything of it. */
export interface Cause {
  readonly kind: string;
  readonly symbol?: RegExp;
  readonly name?: string;
  /** ends the path of the file */
  readonly file?: string;
}

export interface Edit {
  readonly part: Part;
  /** `null` = it is nothing to anybody, and must be reused */
  readonly cause: Cause | null;
}

const code = (symbol: RegExp, file: string): Cause => ({ kind: 'code', symbol, file });

/** Every edit that one number of a program makes. */
export const EDITS: readonly Edit[] = [
  { part: 'base', cause: code(/^BASE$/, 'main.py') },
  { part: 'own', cause: code(/^own$/, 'main.py') },
  { part: 'more', cause: code(/^own$/, 'main.py') },
  { part: 'limit', cause: code(/^LIMIT$/, 'helpers.py') },
  { part: 'effect', cause: { kind: 'code', file: 'helpers.py' } },
  { part: 'mark', cause: code(/^marked\.inner$/, 'helpers.py') },
  { part: 'side', cause: code(/^Box(\.SIDE)?$/, 'helpers.py') },
  { part: 'size', cause: code(/^Box\.size$/, 'helpers.py') },
  { part: 'scale', cause: code(/^scale$/, 'helpers.py') },
  { part: 'reach', cause: code(/^reach$/, 'deep/inner.py') },
  { part: 'lazy', cause: code(/^lazily$/, 'deep/inner.py') },
  { part: 'data', cause: { kind: 'file', file: 'data.txt' } },
  { part: 'version', cause: { kind: 'version' } },
  { part: 'salt', cause: { kind: 'salt' } },
  { part: 'seed', cause: { kind: 'seed' } },
  { part: 'unreached', cause: null },
  { part: 'never', cause: null },
  { part: 'spare', cause: null },
  { part: 'comment', cause: null },
  { part: 'docstring', cause: null },
  { part: 'spaces', cause: null },
];
