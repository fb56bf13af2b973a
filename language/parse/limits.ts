/** How much a file of the language may be. Beyond it the file is refused whole with `limit-exceeded`, in bounded time. */
export const PARSE_LIMITS = {
  /** UTF-16 code units: 1 MiB of plain text */
  characters: 1_048_576,
  /** maps and lists inside each other */
  depth: 32,
  /** words and signs of a text */
  tokens: 500_000,
  /** values after aliases are expanded */
  values: 100_000,
  /** uses of aliases */
  aliases: 100,
  /** findings of one file; further ones are not listed */
  diagnostics: 200,
} as const;
