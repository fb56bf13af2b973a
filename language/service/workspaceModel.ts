import type { DatasetDefinition } from '../model/dataset.ts';
import type { EnvironmentDefinition } from '../model/environment.ts';
import type { LibraryDefinition } from '../model/library.ts';
import type { ModuleContract } from '../model/module.ts';
import type { Workflow } from '../model/workflow.ts';
import type { WorkspaceManifest } from '../model/workspace.ts';
import type { SourceMap } from '../parse/sourceMap.ts';

/** One named thing and the file that defines it. */
export interface Definition<T> {
  readonly name: string;
  /** relative to the root */
  readonly file: string;
  /** folder of `file`, without a `/` at the end; `''` = the root */
  readonly folder: string;
  /** `undefined`: the file is so broken that only its name could be read */
  readonly value: T | undefined;
  readonly source: SourceMap;
  /** Errors in its own files. A definition with errors can't be used; it does not make its users wrong. */
  readonly errors: number;
}

/** Everything that a workspace defines, by name. Where two files have one name the first (by path) is listed and both are reported. */
export interface WorkspaceModel {
  /** defaults where `cairn.yaml` is absent or broken */
  readonly manifest: WorkspaceManifest;
  readonly modules: ReadonlyMap<string, Definition<ModuleContract>>;
  readonly libraries: ReadonlyMap<string, Definition<LibraryDefinition>>;
  readonly datasets: ReadonlyMap<string, Definition<DatasetDefinition>>;
  readonly environments: ReadonlyMap<string, Definition<EnvironmentDefinition>>;
  readonly workflows: ReadonlyMap<string, Definition<Workflow>>;
}
