import { z } from 'zod';
import type { Digest } from '../../language/model/names.ts';

/** What a unit says that makes more count than units (trace-identity.md §4): level, and the word that says it. */
const TRIGGER_LEVELS = ['docs', 'own', 'names', 'positions', 'computed', 'reflects', 'spaces'] as const;
export type TriggerLevel = (typeof TRIGGER_LEVELS)[number];

/** A module body, class body or function of one file (trace-identity.md §1). Order in the list is the order in the tree, parents first. */
const Unit = z.object({
  kind: z.enum(['module', 'class', 'function']),
  /** for people: `Box.size`, `make.inner`, `<module>` */
  label: z.string(),
  /** index of the unit around it; `null` = module body */
  parent: z.int().nullable(),
  /** `co_firstlineno` and `co_name` of its code object */
  line: z.int(),
  name: z.string(),
  /** last line */
  end: z.int(),
  /** own syntax, with the headers of the units inside it */
  digest: z.string(),
  /** digest of its docstring; absent = it has none */
  doc: z.string().optional(),
  /** places in `words`: names that are not its own variables */
  names: z.array(z.int()),
  /** places in `words`: attributes, names imported from somewhere, words of strings */
  words: z.array(z.int()),
  /** places in `words`: what it uses of what the file imports, dotted, with a leading dot for each level of a relative import */
  refs: z.array(z.int()),
  triggers: z.array(z.tuple([z.enum(TRIGGER_LEVELS), z.string()])).optional(),
  /** modules whose names it imports by `*` */
  stars: z.array(z.string()).optional(),
  /** it holds so many words that it mentions every name */
  everything: z.boolean().optional(),
});
export type Unit = z.infer<typeof Unit>;

/** One statement of a module or class body; docstrings, `pass` and bare constants are none. */
const Statement = z.object({
  /** index of the unit that it stands in */
  unit: z.int(),
  /** for people: what it binds, or its first line */
  label: z.string(),
  line: z.int(),
  digest: z.string(),
  /** indexes of the units inside it: from, up to but without */
  units: z.tuple([z.int(), z.int()]),
  /** text of a short value that is assigned */
  value: z.string().optional(),
  /** it does nothing but bind this name */
  binds: z.string().optional(),
  /** digests of expressions that it evaluates, harmless where they were evaluated before */
  needs: z.array(z.string()).optional(),
});
export type Statement = z.infer<typeof Statement>;

const Parsed = z.object({
  parses: z.literal(true),
  units: z.array(Unit),
  /** code objects that are no units, as CPython names them, and the unit that they belong to */
  aliases: z.array(z.tuple([z.int(), z.string(), z.int()])),
  /** of all module and class bodies, in order */
  statements: z.array(Statement),
  /** names that it imports, anywhere in it, and what they are: dotted, with a leading dot for each level of a relative import */
  imports: z.array(z.tuple([z.string(), z.string()])),
  /** lines that never run in a task: from, to. What is said to have run there cannot be compared. */
  skipped: z.array(z.tuple([z.int(), z.int()])),
  /** digest of what stands there: it counts where code is run by other names than its own */
  guarded: z.string(),
  /** digest of all docstrings */
  docs: z.string(),
  words: z.array(z.string()),
});

const Refused = z.object({ parses: z.literal(false), error: z.object({ message: z.string(), line: z.int() }) });

/** What the Python program answers about one source. */
export const Analysed = z.discriminatedUnion('parses', [Parsed, Refused]);
export type Analysed = z.infer<typeof Analysed>;

interface Known {
  /** version of the serialisation and of the word lists */
  readonly rules: number;
  readonly source: Digest;
}

export type ParsedSkeleton = Known & Readonly<z.infer<typeof Parsed>>;

/** What one source file is to the rules, on one minor version of Python. One that does not parse there equals only itself. */
export type Skeleton = ParsedSkeleton | (Known & Readonly<z.infer<typeof Refused>>);
