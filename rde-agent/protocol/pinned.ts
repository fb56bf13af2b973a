import type { Json } from '../../language/model/json.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import type { Digest } from '../../language/model/names.ts';
import type { Column } from '../../language/model/portType.ts';
import type { Condition } from '../../language/model/condition.ts';
import type { DatasetFormat, DatasetSource } from '../../language/model/dataset.ts';
import type { InputPort, Param } from '../../language/model/module.ts';
import type { Schedule } from '../../language/model/schedule.ts';
import type { Concurrency, Foreach, Join, ParamValue, Reference, RetryPolicy, StepInput } from '../../language/model/workflow.ts';

/** An environment with everything decided; `digest` names it and is over all other fields but `name`. */
export interface PinnedEnvironment {
  readonly digest: Digest;
  readonly name: string;
  /** full version of the chosen interpreter, `3.13.0` */
  readonly python: string;
  /** `linux-x86_64` */
  readonly platform: string;
  /** digest of the lock file's bytes (a blob); `null` = no packages */
  readonly lock: Digest | null;
  /** name → `version+sha256:…`, see KeyParts */
  readonly packages: { readonly [name: string]: string };
  readonly image: string | null;
  readonly variables: { readonly [name: string]: string };
  /** full version of Node for TypeScript modules; absent = none of its modules is one */
  readonly node?: string;
  /** names; the agent's provider gives the values, as variables of the task; never part of a key */
  readonly secrets?: readonly string[];
}

/** A library that a step's code uses: laid beside the module under its import name. */
export interface PinnedLibrary {
  readonly name: string;
  readonly artifact: Digest;
  /** of the code in the workspace, relative to its root */
  readonly folder: string;
  /** that was asked for: a run that begins from what was pushed takes what it names then; absent = this artifact */
  readonly tag?: string;
  /** name of the library with a tag that was pushed with this one, and goes on with it; absent = the code itself asks for it */
  readonly broughtBy?: string;
}

/**
 * One step of a run, resolved: a module step; a dataset step, which is a module without inputs whose only output is the
 * table (port `data`); or a nested workflow, whose contract is made of the workflow's own inputs, params and outputs, whose
 * `artifact` is the digest of its canonical definition and whose `environment` is `''`.
 */
export interface PinnedStep {
  readonly id: string;
  readonly kind: 'module' | 'dataset' | 'workflow';
  /** of the module, the dataset or the workflow (then one of `PinnedWorkflow.workflows`) */
  readonly name: string;
  /** of a module, the version that was asked for: see PinnedLibrary */
  readonly tag?: string;
  /** with a tag: names of the parameters that the workflow gives; the others are the version's own defaults */
  readonly given?: readonly string[];
  /** Digest of the artifact: a blob holding the tree of the code (see ArtifactManifest). */
  readonly artifact: Digest;
  /** what of the artifact decides results, where not all of it does (of a TypeScript module: its bundle without positions): it is in the key */
  readonly code?: Digest;
  /** of the code in the workspace, relative to its root; no part of any key. Absent in runs of before it was recorded. */
  readonly folder?: string;
  readonly contract: ModuleContract;
  /** digest of one of the workflow's environments; `''` of a nested workflow */
  readonly environment: Digest | '';
  /** Ports of references are filled in: never `undefined` here. */
  readonly inputs: { readonly [port: string]: StepInput };
  /** Every declared parameter, defaults filled in. Templates stay: the run's graph puts values in (older records hold `${params.x}` substituted). */
  readonly params: { readonly [name: string]: ParamValue };
  readonly foreach: Foreach | undefined;
  readonly retry: RetryPolicy;
  /** seconds of one attempt */
  readonly timeout: number | undefined;
  /** seconds that it may wait for a place, and that an attempt may be silent; absent = no limit */
  readonly queueTimeout?: number;
  readonly idleTimeout?: number;
  /** absent = all */
  readonly join?: Join;
  /** absent = always */
  readonly when?: Condition;
  /** absent = the workflow's */
  readonly priority?: number;
  /** in the order of `uses`, those that libraries use themselves included; absent = none */
  readonly libraries?: readonly PinnedLibrary[];
  /** Only for datasets that the agent fetches: the definition's source and format. A python source is code, like a module. */
  readonly source?: Exclude<DatasetSource, { kind: 'python' }>;
  readonly format?: DatasetFormat;
  readonly cluster: string;
  readonly cache: 'on' | 'off' | 'refresh';
  /** Only for datasets: the labelled columns of the definition, where labels are born. */
  readonly columns: readonly Column[] | undefined;
}

/** A workflow with everything pinned: what is run, and what a plan predicts. */
export interface PinnedWorkflow {
  readonly workflow: string;
  readonly workspace: string;
  /** Digest of the pushed tree of the workspace. */
  readonly tree: Digest;
  readonly domain: 'experiment' | 'production' | 'adhoc';
  readonly params: { readonly [name: string]: Json };
  readonly environments: readonly PinnedEnvironment[];
  /** In an order in which every step follows those it refers to. */
  readonly steps: readonly PinnedStep[];
  readonly outputs: { readonly [name: string]: Reference };
  /** declared parameters, so that a run can be repeated with others; absent in runs of before it was recorded */
  readonly declared?: readonly Param[];
  /** of a workflow that is used as a step; absent = none */
  readonly inputs?: readonly InputPort[];
  /** every workflow that is nested in this one, at any depth, each once; they hold none themselves */
  readonly workflows?: readonly PinnedWorkflow[];
  readonly concurrency?: Concurrency;
  /** absent = 0 */
  readonly priority?: number;
  readonly schedule?: Schedule;
}

/** One file of a tree. `mode` is 0o644 or 0o755. */
export interface TreeFile {
  /** relative, NFC, with `/` */
  readonly path: string;
  readonly mode: number;
  readonly digest: Digest;
  readonly size: number;
}

/**
 * A built module: canonical JSON of this, stored as a blob; the digest of that blob is the artifact's digest.
 * Files are sorted by path and relative to the module's folder.
 */
export interface ArtifactManifest {
  readonly v: 1;
  readonly kind: 'module' | 'dataset' | 'library';
  readonly name: string;
  /** of TypeScript modules the files are what esbuild made; the entry's file is among them. A library has no entry (`''`, `''`). */
  readonly language: 'python' | 'typescript';
  readonly entry: { readonly file: string; readonly function: string };
  readonly files: readonly TreeFile[];
}

/** A file of a step's code as the user knows it: relative to the workspace. What is outside of the code's folder stays as it is. */
export function toWorkspacePath(folder: string | undefined, file: string): string {
  if (folder === undefined || folder === '' || file.startsWith('/')) return file;
  // A bundle may hold files of libraries: `../textlib/words.ts`.
  const parts = folder.split('/');
  let rest = file;
  for (; rest.startsWith('../') && parts.length > 0; rest = rest.slice(3)) parts.pop();
  return [...parts, rest].join('/');
}
