import { DATASET_PORT, type DatasetDefinition } from '../../../language/model/dataset.ts';
import type { InputPort, ModuleContract, Param } from '../../../language/model/module.ts';
import { toNearNames } from '../../../language/model/nearNames.ts';
import { isQualifiedName } from '../../../language/model/names.ts';
import type { Column, PortType } from '../../../language/model/portType.ts';
import type { WorkspaceModel } from '../../../language/service/workspaceModel.ts';
import type { CreatedDocument } from '../../protocol/documents.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { CheckedParamsOf } from '../../protocol/operations.ts';
import type { Workspace } from '../workspace.ts';
import { toGlobFolder, writeChecked } from './proposal.ts';
import { type NewStep, toWorkflowText } from './workflowText.ts';

/**
 * Scaffolds a workflow of the named modules in order: each input is taken from the nearest earlier output that fits, or from a dataset
 * that has the columns. Rejects with `unknown-module`, `already-exists`, or `invalid-request` naming the input that nothing fits.
 */
export async function newWorkflow(workspace: Workspace, params: CheckedParamsOf<'workspace.newWorkflow'>): Promise<CreatedDocument> {
  const { name } = params;
  if (!isQualifiedName(name))
    throw new CairnError('invalid-request', `${JSON.stringify(name)} can't name a workflow: it must be namespace/name in lower case`);
  const { checked } = await workspace.current({});
  const { model } = checked;
  const same = model.workflows.get(name);
  if (same !== undefined) throw new CairnError('already-exists', `the workflow ${name} is in ${same.file}`);
  const modules = params.modules.length === 0 ? findFirst(model) : params.modules;
  const steps = wire(
    model,
    modules.map((module) => findContract(model, module)),
  );
  const folder = toGlobFolder(model.manifest.workflows, 'workflows');
  const file = `${folder}/${name.slice(name.indexOf('/') + 1)}.workflow.yaml`;
  return writeChecked(workspace, new Map([[file, toWorkflowText(name, steps)]]), params.preview);
}

/** Without modules: the first one that needs no input. */
function findFirst(model: WorkspaceModel): readonly string[] {
  for (const { name, value, errors } of model.modules.values()) {
    if (value !== undefined && errors === 0 && value.inputs.length === 0 && value.params.every((param) => param.default !== undefined))
      return [name];
  }
  throw new CairnError('invalid-request', 'name the modules that the workflow is made of: none of this workspace can start one by itself', {
    next: 'Create one with `cairn new module`, or name modules.',
  });
}

function findContract(model: WorkspaceModel, name: string): ModuleContract {
  const found = model.modules.get(name);
  if (found?.value !== undefined) return found.value;
  const near = toNearNames(name, model.modules.keys())[0];
  throw new CairnError('unknown-module', `there is no module ${name}${near === undefined ? '' : `; did you mean ${near}?`}`);
}

/** An output that later steps can take. */
interface Source {
  readonly step: string;
  readonly port: string;
  readonly type: PortType;
}

function wire(model: WorkspaceModel, contracts: readonly ModuleContract[]): readonly NewStep[] {
  const steps: NewStep[] = [];
  const sources: Source[] = [];
  const addStep = (step: NewStep, outputs: readonly { readonly name: string; readonly type: PortType }[]): void => {
    steps.push(step);
    // The nearest output is looked at first.
    sources.unshift(...outputs.map((output) => ({ step: step.id, port: output.name, type: output.type })));
  };
  const addDataset = (dataset: DatasetDefinition): void => {
    const step: NewStep = { id: toStepId(dataset.name, steps), use: { kind: 'dataset', name: dataset.name }, inputs: {}, params: [] };
    addStep(step, [{ name: DATASET_PORT, type: { kind: 'table', columns: dataset.columns, open: false } }]);
  };
  for (const contract of contracts) {
    const inputs: [string, string][] = [];
    for (const input of contract.inputs) {
      if (findSource(sources, input) === undefined) addMissing(model, input, addDataset);
      const source = findSource(sources, input);
      if (source === undefined) throw toUnfitError(contract, input);
      inputs.push([input.name, `${source.step}.${source.port}`]);
    }
    const params: readonly Param[] = contract.params.filter((param) => param.default === undefined);
    addStep(
      { id: toStepId(contract.name, steps), use: { kind: 'module', name: contract.name }, inputs: Object.fromEntries(inputs), params },
      contract.outputs,
    );
  }
  return steps;
}

function addMissing(model: WorkspaceModel, input: InputPort, addDataset: (dataset: DatasetDefinition) => void): void {
  if (input.type.kind !== 'table') return;
  for (const { value } of model.datasets.values()) {
    if (value === undefined || !fitsTable(value.columns, input.type.columns)) continue;
    return addDataset(value);
  }
}

function toUnfitError(contract: ModuleContract, input: InputPort): CairnError {
  return new CairnError('invalid-request', `nothing before ${contract.name} fits its input ${input.name} (${input.type.kind})`, {
    next: 'Put a module that makes it before this one, or write the workflow by hand.',
  });
}

/** The same name first, then the nearest that fits. */
function findSource(sources: readonly Source[], input: InputPort): Source | undefined {
  const fitting = sources.filter((source) => fits(source.type, input.type));
  return fitting.find((source) => source.port === input.name) ?? fitting[0];
}

function fits(given: PortType, wanted: PortType): boolean {
  if (given.kind !== wanted.kind || given.kind === 'list') return false;
  if (given.kind !== 'table' || wanted.kind !== 'table') return true;
  return given.open || fitsTable(given.columns, wanted.columns);
}

function fitsTable(given: readonly Column[], wanted: readonly Column[]): boolean {
  return wanted.every((column) => given.some((other) => other.name === column.name && other.type === column.type));
}

const RESERVED_STEPS = new Set(['inputs', 'params', 'run', 'foreach']);

/** The last part of the name, the whole name where that can't be a step's; numbered where it is taken. */
function toStepId(name: string, steps: readonly NewStep[]): string {
  const last = name.slice(name.lastIndexOf('/') + 1);
  const base =
    /^[A-Za-z_]/.test(last) && !RESERVED_STEPS.has(last) ? last : `step_${name}`.replace('/', '_').replace(/^step_(?=[a-z])/, '');
  let id = base;
  for (let number = 2; steps.some((step) => step.id === id); number += 1) id = `${base}_${number}`;
  return id;
}
