import { setWords as setAllWords, translate, type Words } from '../../language/model/words.ts';

export type { Words } from '../../language/model/words.ts';

/** Once, before anything is shown: by the extension with the editor's bundle, by a page with what its host gave it. */
export function setWords(given: Words | undefined): void {
  setAllWords(given);
}

/**
 * A text in the language of the editor; `{0}`, `{1}` … stand for the arguments. The first argument is a literal: `npm run l10n` collects them into
 * `l10n/bundle.l10n.json`.
 */
export function t(message: string, ...args: readonly (string | number)[]): string {
  return translate(message, args);
}
