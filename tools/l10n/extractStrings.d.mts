/** See extractStrings.mjs. */
export function extractStrings(files?: readonly string[]): {
  readonly messages: readonly string[];
  readonly untranslated: readonly string[];
};
