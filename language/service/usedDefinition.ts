import { toDatasetContract } from '../model/dataset.ts';
import type { ModuleContract } from '../model/module.ts';
import type { StepUse } from '../model/workflow.ts';
import type { ResolvedUse } from './resolvedWorkflow.ts';
import type { WorkspaceModel } from './workspaceModel.ts';

/** The module or dataset that a step uses. */
export interface UsedDefinition {
  readonly file: string;
  readonly folder: string;
  /** `undefined`: its file is broken */
  readonly content: { readonly use: ResolvedUse; readonly contract: ModuleContract } | undefined;
}

export function findUsed(model: WorkspaceModel, use: StepUse): UsedDefinition | undefined {
  if (use.kind === 'module') {
    const module = model.modules.get(use.module);
    if (module === undefined) return undefined;
    const { file, folder, value } = module;
    return {
      file,
      folder,
      content: value === undefined ? undefined : { use: { kind: 'module', name: use.module, tag: use.tag }, contract: value },
    };
  }
  if (use.kind === 'workflow') return undefined;
  const dataset = model.datasets.get(use.dataset);
  if (dataset === undefined) return undefined;
  const { file, folder, value } = dataset;
  if (value === undefined) return { file, folder, content: undefined };
  return { file, folder, content: { use: { kind: 'dataset', name: use.dataset, dataset: value }, contract: toDatasetContract(value) } };
}
