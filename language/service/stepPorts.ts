import { BUILT_IN_ENTRY, toDatasetContract, type DatasetDefinition } from '../model/dataset.ts';
import type { ModuleContract, OutputPort } from '../model/module.ts';
import { createModuleDefaults } from '../model/moduleDefaults.ts';
import type { PortType } from '../model/portType.ts';
import { WORKFLOW_INPUTS, type Reference, type Step, type StepUse, type Workflow } from '../model/workflow.ts';
import type { SourceMap } from '../parse/sourceMap.ts';

/** A definition as far as it could be read. */
export interface Found<T> {
  /** `undefined`: broken, which is reported where it is; nothing is concluded from it */
  readonly value: T | undefined;
  readonly source: SourceMap;
}

/** Where what steps use is looked up: the surroundings of a check, or a checked workspace. */
export interface DefinitionLookup {
  module(name: string): Found<ModuleContract> | undefined;
  dataset(name: string): Found<DatasetDefinition> | undefined;
  workflow(name: string): Found<Workflow> | undefined;
}

/** A step with what it uses, as far as that can be known. */
export interface StepPorts {
  readonly step: Step;
  /** of the module, or of the dataset or workflow seen as one. `undefined`: unknown or broken */
  readonly contract: ModuleContract | undefined;
  /** of the file of what it uses; `undefined` = there is none */
  readonly source: SourceMap | undefined;
}

export function collectStepPorts(
  workflow: Workflow,
  lookup: DefinitionLookup,
  find: ContractFinder = createContractFinder(lookup),
): ReadonlyMap<string, StepPorts> {
  return new Map(workflow.steps.map((step) => [step.id, toStepPorts(step, find)]));
}

function toStepPorts(step: Step, find: ContractFinder): StepPorts {
  const found = find(step.use);
  return { step, contract: found?.value, source: found?.source };
}

export type ContractFinder = (use: StepUse) => Found<ModuleContract> | undefined;

/** Nested workflows beyond this depth have no contract: types would be followed without end. */
const DEEPEST = 200;

/** Finds contracts, each nested workflow's once. In a cycle of workflows the one that closes it has no contract: that is reported elsewhere. */
export function createContractFinder(lookup: DefinitionLookup): ContractFinder {
  const workflows = new Map<string, Found<ModuleContract>>();
  const modules = createOnce((name) => lookup.module(name));
  const datasets = createOnce((name) => {
    const dataset = lookup.dataset(name);
    return dataset === undefined ? undefined : { value: dataset.value && toDatasetContract(dataset.value), source: dataset.source };
  });
  let depth = 0;
  const find: ContractFinder = (use) => {
    if (use.kind === 'module') return modules(use.module);
    if (use.kind === 'dataset') return datasets(use.dataset);
    const known = workflows.get(use.workflow);
    const parsed = known === undefined ? lookup.workflow(use.workflow) : undefined;
    if (known !== undefined || parsed === undefined) return known;
    workflows.set(use.workflow, { value: undefined, source: parsed.source });
    depth += 1;
    const value =
      parsed.value === undefined || depth > DEEPEST
        ? undefined
        : toWorkflowContract(parsed.value, collectStepPorts(parsed.value, lookup, find));
    depth -= 1;
    const found = { value, source: parsed.source };
    workflows.set(use.workflow, found);
    return found;
  };
  return find;
}

/** Many steps use one thing: each is looked up once. */
function createOnce<T>(look: (name: string) => T): (name: string) => T {
  const found = new Map<string, T>();
  return (name) => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const looked = look(name);
    found.set(name, looked);
    return looked;
  };
}

/**
 * A workflow as a step: a module whose outputs have the types of what they refer to. Outputs whose type can't be known are left out; the
 * workflow's source map still has them. Nothing runs by this entry: its steps do.
 */
function toWorkflowContract(workflow: Workflow, steps: ReadonlyMap<string, StepPorts>): ModuleContract {
  return {
    ...createModuleDefaults(),
    name: workflow.name,
    description: workflow.description,
    entry: BUILT_IN_ENTRY,
    environment: undefined,
    inputs: workflow.inputs,
    params: workflow.params,
    outputs: Object.entries(workflow.outputs).flatMap(([name, reference]): readonly OutputPort[] => {
      const type = toDelivered(reference, workflow.inputs, steps);
      return type === undefined ? [] : [{ name, type, addLabels: [] }];
    }),
    seed: undefined,
    tests: undefined,
  };
}

/** The named output, or the only one. */
export function toOutput(reference: Reference, contract: ModuleContract): OutputPort | undefined {
  if (reference.port !== undefined) return contract.outputs.find(({ name }) => name === reference.port);
  return contract.outputs.length === 1 ? contract.outputs[0] : undefined;
}

/** What a reference delivers; `undefined` where that can't be known or where it is wrong. */
export function toDelivered(reference: Reference, inputs: Workflow['inputs'], steps: ReadonlyMap<string, StepPorts>): PortType | undefined {
  if (reference.step === WORKFLOW_INPUTS) return inputs.find(({ name }) => name === reference.port)?.type;
  const target = steps.get(reference.step);
  const type = target?.contract === undefined ? undefined : toOutput(reference, target.contract)?.type;
  const isFanOut = target?.step.foreach !== undefined;
  if (type === undefined || isFanOut === (reference.select.kind === 'none')) return undefined;
  return reference.select.kind === 'all' ? { kind: 'list', of: type } : type;
}
