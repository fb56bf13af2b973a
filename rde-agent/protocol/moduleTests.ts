import type { TestsDocument } from './ciDocuments.ts';
import type { PinnedEnvironment } from './pinned.ts';

/** One test of a module: where it is, and how it ended (`found` = it has not run). `file` is relative to the workspace. */
export interface FoundTest {
  readonly id: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly state: 'found' | 'passed' | 'failed' | 'skipped' | 'error';
  readonly seconds: number;
  readonly message?: string;
  readonly traceback?: string;
  /** of the failing line */
  readonly failedAt?: { readonly file: string; readonly line: number };
}

export interface ModuleTestRequest {
  /** of the workspace, and of the module; absolute */
  readonly root: string;
  readonly folder: string;
  /** file or folder of the tests, relative to the module's */
  readonly tests: string;
  /** import name → absolute folder of its source */
  readonly libraries: { readonly [name: string]: string };
  /** of tests, classes or files; `null` = all */
  readonly ids: readonly string[] | null;
  /** find only: files of tests are imported, no test runs */
  readonly discover: boolean;
  /** seconds that one test may take */
  readonly timeout: number;
  /** nothing runs: the answer says how a debugger starts them */
  readonly launch?: boolean;
}

/** How a debugger starts tests. `folder` is empty but for the request, holds `answers` when they have ended, and is to be removed then. */
export type ModuleTestLaunch = NonNullable<TestsDocument['modules'][number]['launch']>;

export interface ModuleTestAnswer {
  readonly tests: readonly FoundTest[];
  /** Beginning and end of what was printed. */
  readonly output: string;
  /** why tests could not be found or run; absent = they were */
  readonly problem?: string;
  readonly launch?: ModuleTestLaunch;
}

/** Finds or runs the tests of one module in an environment that is ready. Rejects with `cancelled` or `environment-failed`. */
export type RunTests = (environment: PinnedEnvironment, request: ModuleTestRequest, signal: AbortSignal) => Promise<ModuleTestAnswer>;
