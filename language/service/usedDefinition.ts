import type { ModuleContract } from '../model/module.ts';
import { toUseName, type StepUse } from '../model/workflow.ts';
import { createContractFinder, type DefinitionLookup } from './stepPorts.ts';
import type { Definition, WorkspaceModel } from './workspaceModel.ts';

/** The module, dataset or workflow that a step uses. */
export interface UsedDefinition {
  readonly file: string;
  readonly folder: string;
  /** `undefined`: its file is broken */
  readonly contract: ModuleContract | undefined;
}

/** Finds what steps use in a checked workspace; contracts of nested workflows are worked out once. */
export function createUsedFinder(model: WorkspaceModel): (use: StepUse) => UsedDefinition | undefined {
  const find = createContractFinder(toLookup(model));
  return (use) => {
    const definition = findDefinition(model, use);
    if (definition === undefined) return undefined;
    return { file: definition.file, folder: definition.folder, contract: find(use)?.value };
  };
}

function findDefinition(model: WorkspaceModel, use: StepUse): Definition<unknown> | undefined {
  const name = toUseName(use);
  if (use.kind === 'module') return model.modules.get(name);
  return use.kind === 'dataset' ? model.datasets.get(name) : model.workflows.get(name);
}

function toLookup(model: WorkspaceModel): DefinitionLookup {
  return {
    module: (name) => model.modules.get(name),
    dataset: (name) => model.datasets.get(name),
    workflow: (name) => model.workflows.get(name),
  };
}
