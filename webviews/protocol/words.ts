/** Texts of people in another language: the English text → its translation. */
export type Words = { readonly [message: string]: string };

let words: Words = {};

/** Once, before anything is shown: by the extension with the editor's bundle, by a page with what its host gave it. */
export function setWords(given: Words | undefined): void {
  words = given ?? {};
}

/**
 * A text in the language of the editor; `{0}`, `{1}` … stand for the arguments. The first argument is a literal: `npm run l10n` collects them into
 * `l10n/bundle.l10n.json`.
 */
export function t(message: string, ...args: readonly (string | number)[]): string {
  const text = Object.hasOwn(words, message) ? (words[message] ?? message) : message;
  if (args.length === 0) return text;
  return text.replace(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));
}
