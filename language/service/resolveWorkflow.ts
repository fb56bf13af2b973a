import type { Diagnostic } from '../model/diagnostic.ts';
import { toTopologicalOrder } from '../model/graph.ts';
import type { ModuleContract } from '../model/module.ts';
import { toNearNames } from '../model/nearNames.ts';
import {
  isDynamicForeach,
  toElementNames,
  toUpstreamSteps,
  WORKFLOW_INPUTS,
  type Foreach,
  type ParamValue,
  type Reference,
  type Step,
  type StepInput,
  type StepUse,
  type Workflow,
} from '../model/workflow.ts';
import { MANIFEST_FILE } from '../model/workspace.ts';
import { t } from '../model/words.ts';
import type { CheckedWorkspace } from './checkWorkspace.ts';
import { collectLibraries } from './libraryUses.ts';
import type {
  PortInput,
  PortReference,
  ResolvedLibrary,
  ResolvedStep,
  ResolvedUse,
  ResolvedWorkflow,
  WorkflowResolution,
} from './resolvedWorkflow.ts';
import { toOutput } from './stepPorts.ts';
import { createUsedFinder, type UsedDefinition } from './usedDefinition.ts';
import type { Definition, WorkspaceModel } from './workspaceModel.ts';

/** Beyond this depth nested workflows are refused: a run of each level is a run of its own. */
const DEEPEST = 100;

/**
 * A workflow with everything that it uses found, ports of references filled in and defaults in place; or the errors that stand in the way:
 * those of the workflow itself, of `cairn.yaml`, and of the modules, libraries, datasets, environments and nested workflows that it uses.
 * Errors elsewhere do not matter.
 */
export function resolveWorkflow(checked: CheckedWorkspace, nameOrPath: string): WorkflowResolution {
  const { model } = checked;
  const definition = findWorkflow(model, nameOrPath);
  if (definition === undefined) return { kind: 'unknown', near: toNearNames(nameOrPath, model.workflows.keys()) };
  const nested = collectNested(model, definition);
  const find = createUsedFinder(model);
  const files = new Set([MANIFEST_FILE, ...nested.flatMap((workflow) => toFiles(model, workflow, find))]);
  const absent = nested.flatMap((workflow) => findAbsent(model, workflow));
  const errors = [
    ...checked.diagnostics.filter(({ file, severity }) => severity === 'error' && files.has(file)),
    ...absent.map(({ diagnostic }) => diagnostic),
    ...(nested.length > 0 && toDepth(model, definition) > DEEPEST ? [toTooDeep(definition)] : []),
  ];
  const broken: WorkflowResolution = {
    kind: 'broken',
    file: definition.file,
    diagnostics: errors,
    absent: [...new Set(absent.map(({ name }) => name))],
  };
  if (errors.length > 0) return broken;
  const workflow = resolve({ model, find, resolved: new Map() }, definition);
  return workflow === undefined ? broken : { kind: 'resolved', workflow };
}

/** By name, by path relative to the root, or by the last part of the name where only one workflow has it. */
export function findWorkflow(model: WorkspaceModel, nameOrPath: string): Definition<Workflow> | undefined {
  const path = nameOrPath.replaceAll('\\', '/').replace(/^\.\//, '');
  const all = [...model.workflows.values()];
  const exact = model.workflows.get(nameOrPath) ?? all.find(({ file }) => file === path);
  if (exact !== undefined) return exact;
  const [short, ...others] = all.filter(({ name }) => name.endsWith(`/${nameOrPath}`));
  return others.length === 0 ? short : undefined;
}

/** A workflow and all that it runs, each once. */
function collectNested(model: WorkspaceModel, definition: Definition<Workflow>): readonly Definition<Workflow>[] {
  const found = new Set([definition]);
  for (const workflow of found) for (const inner of toInner(model, workflow)) found.add(inner);
  return [...found];
}

function toInner(model: WorkspaceModel, { value }: Definition<Workflow>): readonly Definition<Workflow>[] {
  return (value?.steps ?? []).flatMap(({ use }) => (use.kind === 'workflow' ? (model.workflows.get(use.workflow) ?? []) : []));
}

/** Levels of nesting, counted up to just beyond what is allowed; a cycle is as deep as that. */
function toDepth(model: WorkspaceModel, definition: Definition<Workflow>): number {
  let level: ReadonlySet<Definition<Workflow>> = new Set([definition]);
  let depth = 0;
  while (level.size > 0 && depth <= DEEPEST) {
    depth += 1;
    level = new Set([...level].flatMap((workflow) => toInner(model, workflow)));
  }
  return depth;
}

function toTooDeep({ file, source }: Definition<Workflow>): Diagnostic {
  const message = t`Workflows are nested more than ${DEEPEST} deep here.`;
  return { file, range: source.keyRange(['steps']), severity: 'error', code: 'limit-exceeded', message };
}

type UsedFinder = (use: StepUse) => UsedDefinition | undefined;

function toFiles(model: WorkspaceModel, definition: Definition<Workflow>, find: UsedFinder): readonly string[] {
  const used = (definition.value?.steps ?? []).flatMap(({ use }): readonly string[] => {
    const found = find(use);
    if (found === undefined) return [];
    const environment = model.environments.get(found.contract?.environment ?? model.manifest.defaults.environment ?? '');
    const libraries = collectLibraries(found.contract?.uses ?? [], (name) => model.libraries.get(name)?.value);
    return [found.file, environment?.file ?? found.file, ...libraries.flatMap(({ name }) => model.libraries.get(name)?.file ?? [])];
  });
  return [definition.file, ...used];
}

interface Absent {
  readonly name: string;
  readonly diagnostic: Diagnostic;
}

/** Modules and libraries that only an agent could know by their tag: there is nothing here to run them by. */
function findAbsent(model: WorkspaceModel, { value, file, source }: Definition<Workflow>): readonly Absent[] {
  return (value?.steps ?? []).flatMap(({ id, use }): readonly Absent[] => {
    if (use.kind !== 'module') return [];
    const module = model.modules.get(use.module);
    const missing =
      module === undefined
        ? [`${use.module}@${use.tag ?? ''}`]
        : collectLibraries(module.value?.uses ?? [], (name) => model.libraries.get(name)?.value).flatMap(({ name, tag }) =>
            model.libraries.has(name) ? [] : [`${name}@${tag ?? ''}`],
          );
    const range = source.valueRange(['steps', id, 'module']);
    return missing.map((name) => ({
      name,
      diagnostic: {
        file,
        range,
        severity: 'error',
        code: 'unresolved-tag',
        message: t`\`${name}\` is not in this workspace, so it can’t be run from here.`,
      },
    }));
  });
}

interface Resolving {
  readonly model: WorkspaceModel;
  readonly find: UsedFinder;
  /** nested workflows that are done, by name: one that is used twice is one object */
  readonly resolved: Map<string, ResolvedWorkflow>;
}

/** `undefined` only where something is broken after all, which has been reported. */
function resolve(resolving: Resolving, definition: Definition<Workflow>): ResolvedWorkflow | undefined {
  const known = resolving.resolved.get(definition.name);
  const workflow = definition.value;
  if (known !== undefined || workflow === undefined) return known;
  const contracts = new Map(workflow.steps.flatMap(({ id, use }) => toEntry(id, resolving.find(use)?.contract)));
  const ordered = toOrderedSteps(workflow);
  const steps = ordered.flatMap((step) => toResolvedStep(resolving, definition, contracts, step));
  if (steps.length < workflow.steps.length) return undefined;
  const outputs = Object.entries(workflow.outputs).flatMap(([name, reference]) => toEntry(name, toPortReference(reference, contracts)));
  const result: ResolvedWorkflow = {
    file: definition.file,
    workflow,
    steps,
    outputs: Object.fromEntries(outputs),
    params: workflow.params,
  };
  resolving.resolved.set(definition.name, result);
  return result;
}

function toEntry<T>(key: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[key, value]];
}

function toOrderedSteps(workflow: Workflow): readonly Step[] {
  const ordering = toTopologicalOrder(new Map(workflow.steps.map((step) => [step.id, toUpstreamSteps(step)])));
  if (ordering.kind === 'cycle') return [];
  const byId = new Map(workflow.steps.map((step) => [step.id, step]));
  return ordering.order.flatMap((id) => byId.get(id) ?? []);
}

type Contracts = ReadonlyMap<string, ModuleContract>;

function toResolvedStep(resolving: Resolving, { source }: Definition<Workflow>, contracts: Contracts, step: Step): readonly ResolvedStep[] {
  const { model } = resolving;
  const used = resolving.find(step.use);
  const use = toResolvedUse(resolving, step.use);
  if (used?.contract === undefined || use === undefined) return [];
  const { contract } = used;
  return [
    {
      step: step.foreach === undefined ? step : { ...step, foreach: toFilledForeach(step.foreach, contracts) },
      use,
      contract,
      folder: used.folder,
      file: used.file,
      environment: use.kind === 'workflow' ? undefined : (contract.environment ?? model.manifest.defaults.environment),
      inputs: Object.fromEntries(Object.entries(step.inputs).flatMap(([port, input]) => toEntry(port, toPortInput(input, contracts)))),
      libraries: toLibraries(model, contract),
      params: toFilledParams(step, contract),
      elements: toElements(step.foreach),
      line: source.keyRange(['steps', step.id]).start.line,
    },
  ];
}

function toResolvedUse(resolving: Resolving, use: StepUse): ResolvedUse | undefined {
  if (use.kind === 'module') return { kind: 'module', name: use.module, tag: use.tag };
  if (use.kind === 'dataset') {
    const dataset = resolving.model.datasets.get(use.dataset)?.value;
    return dataset === undefined ? undefined : { kind: 'dataset', name: use.dataset, dataset };
  }
  const definition = resolving.model.workflows.get(use.workflow);
  const workflow = definition === undefined ? undefined : resolve(resolving, definition);
  return workflow === undefined ? undefined : { kind: 'workflow', name: use.workflow, workflow };
}

function toLibraries(model: WorkspaceModel, contract: ModuleContract): readonly ResolvedLibrary[] {
  return collectLibraries(contract.uses, (name) => model.libraries.get(name)?.value).flatMap(
    ({ name, tag }): readonly ResolvedLibrary[] => {
      const library = model.libraries.get(name);
      return library?.value === undefined ? [] : [{ name, tag, file: library.file, folder: library.folder, definition: library.value }];
    },
  );
}

function toElements(foreach: Foreach | undefined): ResolvedStep['elements'] {
  if (foreach === undefined) return undefined;
  return isDynamicForeach(foreach) ? null : toElementNames(foreach);
}

function toFilledForeach(foreach: Foreach, contracts: Contracts): Foreach {
  if (foreach.from === undefined) return foreach;
  return {
    ...foreach,
    from: Object.fromEntries(
      Object.entries(foreach.from).map(([name, reference]) => [name, toPortReference(reference, contracts) ?? reference]),
    ),
  };
}

function toFilledParams(step: Step, contract: ModuleContract): { readonly [name: string]: ParamValue } {
  const params: { [name: string]: ParamValue } = {};
  for (const param of contract.params) {
    const given = step.params[param.name];
    if (given !== undefined) params[param.name] = given;
    else if (param.default !== undefined) params[param.name] = { kind: 'literal', value: param.default };
  }
  return params;
}

function toPortInput(input: StepInput, contracts: Contracts): PortInput | undefined {
  if (!('items' in input)) return toPortReference(input, contracts);
  return { items: input.items.flatMap((item) => toPortReference(item, contracts) ?? []) };
}

function toPortReference(reference: Reference, contracts: Contracts): PortReference | undefined {
  const { step } = reference;
  const contract = contracts.get(step);
  const port = step === WORKFLOW_INPUTS ? reference.port : contract === undefined ? undefined : toOutput(reference, contract)?.name;
  return port === undefined ? undefined : { ...reference, port };
}
