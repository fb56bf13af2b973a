import type { EnvironmentDefinition } from '../../language/model/environment.ts';
import type { Bundler } from '../builder/typescript/bundler.ts';
import type { Digest } from '../../language/model/names.ts';
import type { PythonReader } from '../../language/python/pythonReader.ts';
import type { PromotionConfig } from '../protocol/agentConfig.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Logger } from '../protocol/logger.ts';
import type { RunTests } from '../protocol/moduleTests.ts';
import type { PinnedEnvironment } from '../protocol/pinned.ts';
import type { RunRole } from '../protocol/roles.ts';

/** `Runtime.pin` of the default cluster's runtime. */
export type PinEnvironment = (definition: EnvironmentDefinition, lock: string | null) => Promise<PinnedEnvironment>;

/** `Runtime.prepare`, as far as a build needs it. */
export type PrepareEnvironment = (
  environment: PinnedEnvironment,
  lock: string | null,
  report: (message: string) => void,
  signal: AbortSignal,
) => Promise<{ readonly made: boolean; readonly seconds: number }>;

/** Solves the requirements of an environment into the text of a lock; rejects with CairnError `environment-failed`. */
export type SolveEnvironment = (
  request: { readonly folder: string; readonly inputs: string; readonly present: string | null; readonly python: string },
  report: (message: string) => void,
  signal: AbortSignal,
) => Promise<string>;

/** A module that was built after a save: a hint for warming workers and compiling ahead. */
export interface BuiltHint {
  readonly module: string;
  readonly artifact: Digest;
  /** `undefined`: it could not be pinned now */
  readonly environment: PinnedEnvironment | undefined;
  readonly preload: readonly string[];
  /** the module's Python files on this host; `digest` tells whether a file is still the one that was built */
  readonly files: readonly { readonly path: string; readonly digest: Digest }[];
}

export interface WorkspaceRoleOptions {
  readonly runRole: RunRole;
  readonly pin: PinEnvironment;
  readonly prepare: PrepareEnvironment;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Folder of its own for caches: stat caches, last pushed trees. Everything in it can be deleted. */
  readonly stateFolder: string;
  /** folder of the examples that came with this agent; `undefined`: it came without */
  readonly examplesFolder?: string;
  /** `undefined`: signatures are not checked */
  readonly python: PythonReader | undefined;
  /** loads what bundles TypeScript modules; default: the installed package */
  readonly bundler?: () => Promise<Bundler>;
  /** `undefined`: environments can't be locked here */
  readonly solve?: SolveEnvironment;
  /** what may become `latest`; default: the branch `main` of `origin` */
  readonly promotion?: PromotionConfig;
  /** `undefined`: tests can't be run here */
  readonly runTests?: RunTests;
  /** whether `prepare` would have nothing to make; `undefined` = nobody knows */
  readonly isReady?: (environment: PinnedEnvironment) => Promise<boolean>;
  /** names of the clusters that the run role has; default `['local']` */
  readonly clusters?: readonly string[];
  /** Called off the hot path after modules were rebuilt because of a save or an opening. Must not throw. */
  readonly onBuilt?: (built: readonly BuiltHint[]) => void;
}
