import { z } from 'zod';

const v = z.literal(1);

/** One job of a pipeline: checks, builds and tests one module or library, and publishes it when that was green. */
export const CiJob = z.object({
  /** unique within the pipeline, fit for an id in every format: `search-featurize` */
  id: z.string(),
  module: z.string(),
  /** `workspace` = nobody's: files that have changed and are so wrong that they belong to nothing; it fails, and tells why */
  kind: z.enum(['module', 'library', 'workflow', 'workspace']),
  /** why it is in the pipeline: changed files of its own, or what it uses that has changed */
  because: z.array(
    z.object({ kind: z.enum(['file', 'library', 'module', 'environment', 'dataset', 'manifest', 'workflow']), name: z.string() }),
  ),
  /** ids of the jobs that come before */
  needs: z.array(z.string()),
  /** command lines, in order; the last one publishes `latestAlpha` */
  commands: z.array(z.string()),
});
export type CiJob = z.infer<typeof CiJob>;

/** `cairn ci plan --since REF --format json` */
export const CiPlanDocument = z.object({
  v,
  since: z.string(),
  /** the commit that is compared with: where the two histories parted */
  base: z.string(),
  head: z.string(),
  /** of the workspace, relative to that of the repository, and where the commands are meant to run; `.` = the same */
  folder: z.string(),
  /** relative to the workspace */
  changed: z.array(z.string()),
  jobs: z.array(CiJob),
  /** modules and libraries that no job is for */
  unaffected: z.int(),
});
export type CiPlanDocument = z.infer<typeof CiPlanDocument>;

/** `cairn test [MODULE…] --json` */
export const TestCase = z.object({
  module: z.string(),
  /** `tests/test_clean.py::CleanTest::test_drops_nulls` */
  id: z.string(),
  name: z.string(),
  /** relative to the workspace */
  file: z.string(),
  line: z.int(),
  state: z.enum(['found', 'passed', 'failed', 'skipped', 'error']),
  seconds: z.number(),
  message: z.string().optional(),
  traceback: z.string().optional(),
  /** of the failing line */
  failedAt: z.object({ file: z.string(), line: z.int() }).optional(),
});
export type TestCase = z.infer<typeof TestCase>;

/**
 * How a debugger starts tests: `python -s -m MODULE ARGS` in `folder`, which was made for it and is its to remove. What came of each test is in the
 * file `answers` then, a line of JSON for each.
 */
const TestLaunch = z.object({
  python: z.string(),
  pythonArgs: z.array(z.string()),
  module: z.string(),
  args: z.array(z.string()),
  folder: z.string(),
  answers: z.string(),
  variables: z.record(z.string(), z.string()),
});

/** `state` of a module: `none` = it has no tests; `error` = they could not be run at all (`message` says why). */
export const TestsDocument = z.object({
  v,
  modules: z.array(
    z.object({
      module: z.string(),
      state: z.enum(['found', 'passed', 'failed', 'none', 'error']),
      seconds: z.number(),
      message: z.string().optional(),
      output: z.string(),
      /** where it was asked how a debugger starts them */
      launch: TestLaunch.optional(),
    }),
  ),
  tests: z.array(TestCase),
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
});
export type TestsDocument = z.infer<typeof TestsDocument>;
