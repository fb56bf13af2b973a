import type { Diagnostic } from '../model/diagnostic.ts';
import type { DatasetDefinition } from '../model/dataset.ts';
import type { LibraryDefinition } from '../model/library.ts';
import type { ModuleContract, Param } from '../model/module.ts';
import type { ParamValue, Reference, Step, Workflow } from '../model/workflow.ts';

/** A reference whose port is filled in. */
export interface PortReference extends Reference {
  readonly port: string;
}

/** What a port is given, ports filled in. `step` is `inputs` where the workflow's own input is meant. */
export type PortInput = PortReference | { readonly items: readonly PortReference[] };

export interface ResolvedLibrary {
  readonly name: string;
  readonly tag: string | undefined;
  /** of library.yaml and its folder, relative to the root */
  readonly file: string;
  readonly folder: string;
  readonly definition: LibraryDefinition;
}

/** What a step uses. A dataset is a module without inputs whose only output is the table `data`. */
export type ResolvedUse =
  | { readonly kind: 'module'; readonly name: string; readonly tag: string | undefined }
  | { readonly kind: 'dataset'; readonly name: string; readonly dataset: DatasetDefinition }
  | { readonly kind: 'workflow'; readonly name: string; readonly workflow: ResolvedWorkflow };

export interface ResolvedStep {
  readonly step: Step;
  readonly use: ResolvedUse;
  readonly contract: ModuleContract;
  /** folder of the module or dataset, relative to the root: the entry's file is in it */
  readonly folder: string;
  /** of module.yaml or the dataset file */
  readonly file: string;
  /** its own or the workspace's default; `undefined` = EMPTY_ENVIRONMENT */
  readonly environment: string | undefined;
  readonly inputs: { readonly [port: string]: PortInput };
  /** Those that its code uses, and that those use, each once; empty for datasets and workflows. */
  readonly libraries: readonly ResolvedLibrary[];
  /** Every declared parameter in the contract's order: given here or by default. */
  readonly params: { readonly [name: string]: ParamValue };
  /** names of the fan-out's elements; `null` = known when the step above has run; `undefined` = no fan-out */
  readonly elements: readonly string[] | null | undefined;
  /** of the step's key in the workflow file, from 1 */
  readonly line: number;
}

/** A workflow in which everything was found and fits. */
export interface ResolvedWorkflow {
  readonly file: string;
  readonly workflow: Workflow;
  /** In an order in which every step follows those it refers to; otherwise as in the file. */
  readonly steps: readonly ResolvedStep[];
  readonly outputs: { readonly [name: string]: PortReference };
  readonly params: readonly Param[];
}

export type WorkflowResolution =
  | { readonly kind: 'resolved'; readonly workflow: ResolvedWorkflow }
  /** Errors in the workflow or in what it uses; never empty. `absent`: `ns/name@tag` of what is not in the workspace. */
  | { readonly kind: 'broken'; readonly file: string; readonly diagnostics: readonly Diagnostic[]; readonly absent: readonly string[] }
  /** `near`: names of workflows, the most similar first */
  | { readonly kind: 'unknown'; readonly near: readonly string[] };
