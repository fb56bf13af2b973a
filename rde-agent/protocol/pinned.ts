import type { Json } from '../../language/model/json.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import type { Digest } from '../../language/model/names.ts';
import type { Column } from '../../language/model/portType.ts';
import type { Foreach, ParamValue, Reference, RetryPolicy } from '../../language/model/workflow.ts';

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
}

/**
 * One step of a run, resolved: a module step or a dataset step, which is a module without inputs whose only output is the
 * table (port `data`).
 */
export interface PinnedStep {
  readonly id: string;
  readonly kind: 'module' | 'dataset';
  /** of the module or the dataset */
  readonly name: string;
  /** Digest of the artifact: a blob holding the tree of the code (see ArtifactManifest). */
  readonly artifact: Digest;
  /** of the code in the workspace, relative to its root; no part of any key. Absent in runs of before it was recorded. */
  readonly folder?: string;
  readonly contract: ModuleContract;
  /** digest of one of the workflow's environments */
  readonly environment: Digest;
  /** Ports of references are filled in: never `undefined` here. */
  readonly inputs: { readonly [port: string]: Reference };
  /** Every declared parameter, defaults filled in. `${params.x}` is substituted already; `${foreach.x}` and `${run.x}` are not. */
  readonly params: { readonly [name: string]: ParamValue };
  readonly foreach: Foreach | undefined;
  readonly retry: RetryPolicy;
  /** seconds */
  readonly timeout: number | undefined;
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
  readonly kind: 'module' | 'dataset';
  readonly name: string;
  readonly language: 'python';
  readonly entry: { readonly file: string; readonly function: string };
  readonly files: readonly TreeFile[];
}

/** A file of a step's code as the user knows it: relative to the workspace. What is outside of the code's folder stays as it is. */
export function toWorkspacePath(folder: string | undefined, file: string): string {
  return folder === undefined || folder === '' || file.startsWith('/') ? file : `${folder}/${file}`;
}
