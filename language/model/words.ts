/** Texts of people in another language: the English text → its translation. */
export type Words = { readonly [message: string]: string };

let words: Words = {};

/** Once, before anything is said: by whoever shows texts, with what the editor knows of its language. The command line and the agent speak English. */
export function setWords(given: Words | undefined): void {
  words = given ?? {};
}

/**
 * A text in the language of the editor, as a literal, `t('No step uses it.')`, or as a template, t`No step uses ${name}.`, which translators see as
 * `No step uses {0}.` `npm run l10n` collects both into `l10n/bundle.l10n.json`.
 */
export function t(message: string | TemplateStringsArray, ...args: readonly (string | number)[]): string {
  return translate(typeof message === 'string' ? message : toMessage(message), args);
}

/** The same of a text that is written elsewhere and only known when it runs: where it is written, `npm run l10n` must find it. */
export function translate(message: string, args: readonly (string | number)[] = []): string {
  const text = Object.hasOwn(words, message) ? (words[message] ?? message) : message;
  if (args.length === 0) return text;
  return text.replace(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));
}

/** Marks a text that is written before the language is known, such as one of a table: whoever shows it calls `translate`. */
export function later(message: string): string {
  return message;
}

function toMessage(parts: TemplateStringsArray): string {
  return parts.reduce((text, part, index) => `${text}{${index - 1}}${part}`);
}
