import type { TextEdit } from '../model/diagnostic.ts';

/** The outcome of a renaming: all of its edits, or none with a sentence for people. */
export type Renaming =
  { readonly kind: 'edits'; readonly edits: readonly TextEdit[] } | { readonly kind: 'refused'; readonly message: string };
