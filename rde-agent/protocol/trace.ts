import { z } from 'zod';
import type { Digest } from '../../language/model/names.ts';
import type { KeyParts } from './keyParts.ts';
import type { Reason } from './reason.ts';

/**
 * What one task's process ran and looked at (trace-identity.md §2), told by the runner with a success and stored as a blob: canonical JSON of
 * this. Lists are sorted and without doubles, and nothing of one run is in it (no pids, times, scratch or blob folders), so that equal
 * executions have equal traces.
 *
 * Paths are relative to the code tree's root, with `/`. Not in it, since other parts of the key hold them: inputs, the interpreter's own files,
 * files of installed distributions (their names are in `distributions`) and what lies in the task's own `$TMPDIR` and output folder.
 */
const WIDENING_LEVELS = ['docs', 'names', 'positions', 'tree', 'data'] as const;

/** A first-party Python file that was loaded as code. */
export const TracedFile = z.object({
  /** of the exact bytes that were compiled */
  digest: z.string(),
  /** units that ran, as CPython names them: `co_firstlineno` and `co_name`; `[1, "<module>"]` (or line 0) is the module body. Also resumed ones. */
  ran: z.array(z.tuple([z.int(), z.string()])),
});
export type TracedFile = z.infer<typeof TracedFile>;

/**
 * What cannot be told exactly counts more: for one file of the tree, or for all (`file` null). §4 says what each level counts. `data` for one
 * folder (`''` = the root): which files that are no Python are in it at any depth, and not what they hold.
 */
const Widening = z.object({
  level: z.enum(WIDENING_LEVELS),
  file: z.string().nullable(),
  /** for people: "computed getattr on helpers", "subprocess" */
  because: z.string(),
});

export const Trace = z.object({
  v: z.literal(1),
  /** version of the tracer's rules and word lists: a trace of another version is no proof */
  rules: z.int(),
  /** full version of the interpreter */
  python: z.string(),
  means: z.enum(['monitoring', 'flags']),
  code: z.record(z.string(), TracedFile),
  /** identifiers and words of text that was compiled at run time */
  words: z.array(z.string()),
  /**
   * Files looked at as data (read, stat, .py opened as text): digest of their bytes, `folder`, null = there was none, or `file` = there was
   * one and only that was asked (exists, is_file, resolve): its content is free.
   */
  files: z.record(z.string(), z.string().nullable()),
  /** folders that were listed: names inside, sorted; null = there was none */
  listings: z.record(z.string(), z.array(z.string()).nullable()),
  /**
   * As `files`, for absolute paths outside of everything that is declared, as they were asked for (links are followed). A name that ends in `/` is a
   * folder that was listed: digest of the sorted names, each ended by a line break.
   */
  outside: z.record(z.string(), z.string().nullable()),
  /**
   * Lookups of modules in first-party folders: folder (`''` = root), name, and whether it was there: as `name.py`, or as a folder `name` with
   * anything in it (a package, or a namespace).
   */
  imports: z.array(z.tuple([z.string(), z.string(), z.boolean()])),
  /** names of environment variables that were read, or all of them */
  variables: z.union([z.literal('all'), z.array(z.string())]),
  /** normalised names of distributions that modules were loaded from or that were asked for, or all of them; absent ones too */
  distributions: z.union([z.literal('all'), z.array(z.string())]),
  widen: z.array(Widening),
});
export type Trace = z.infer<typeof Trace>;

/** The code and surroundings that a task would have now. */
export interface CodeNow {
  /** every file of the code tree (module and libraries), relative to its root */
  readonly files: { readonly [path: string]: Digest };
  readonly packages: KeyParts['environment']['packages'];
  readonly variables: KeyParts['environment']['variables'];
}

/** What an earlier execution had: the same, and what it was given as parameters. */
export interface CodeBefore extends CodeNow {
  readonly trace: Trace;
  readonly params: KeyParts['params'];
  /** `file:function`; the runner looked this name up. Absent = any name may be it, so that nothing is excused. */
  readonly entry?: string;
}

/** A source file whose units have to be known before it can be judged. */
export interface UnknownSource {
  /** minor version, `3.13` */
  readonly python: string;
  readonly digest: Digest;
}

/** Whether an earlier result stands, by its trace. `reasons` name the smallest changes, most telling first, and are never empty. */
export type TraceVerdict =
  | {
      readonly kind: 'same';
      /** unlike what ran byte for byte: an excuse was needed (step B), so it is worth an audit */ readonly excused: boolean;
    }
  | { readonly kind: 'differs'; readonly reasons: readonly Reason[] }
  | { readonly kind: 'unknown'; readonly sources: readonly UnknownSource[] };
