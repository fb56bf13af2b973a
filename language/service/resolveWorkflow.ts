import type { Diagnostic } from '../model/diagnostic.ts';
import { toTopologicalOrder } from '../model/graph.ts';
import type { ModuleContract } from '../model/module.ts';
import { toNearNames } from '../model/nearNames.ts';
import { toElementNames, type ParamValue, type Step, type StepInput, type Workflow } from '../model/workflow.ts';
import { MANIFEST_FILE } from '../model/workspace.ts';
import { toOutput } from './checkReferences.ts';
import { toUpstream } from './checkWorkflow.ts';
import type { CheckedWorkspace } from './checkWorkspace.ts';
import type { PortReference, ResolvedStep, WorkflowResolution } from './resolvedWorkflow.ts';
import { findUsed } from './usedDefinition.ts';
import type { Definition, WorkspaceModel } from './workspaceModel.ts';

/**
 * A workflow with everything that it uses found, ports of references filled in and defaults in place; or the errors that stand in the way:
 * those of the workflow itself, of `cairn.yaml`, and of the modules, datasets and environments that it uses. Errors elsewhere do not matter.
 */
export function resolveWorkflow(checked: CheckedWorkspace, nameOrPath: string): WorkflowResolution {
  const { model } = checked;
  const definition = findWorkflow(model, nameOrPath);
  if (definition === undefined) return { kind: 'unknown', near: toNearNames(nameOrPath, model.workflows.keys()) };
  const workflow = definition.value;
  const files = collectFiles(model, definition);
  const errors = [
    ...checked.diagnostics.filter(({ file, severity }) => severity === 'error' && files.has(file)),
    ...findAbsent(model, definition),
  ];
  if (errors.length > 0 || workflow === undefined) return { kind: 'broken', file: definition.file, diagnostics: errors };
  const steps = toOrderedSteps(workflow).flatMap((step) => toResolvedStep(model, definition, step));
  const contracts = new Map(steps.map(({ step, contract }) => [step.id, contract]));
  const outputs = toPortReferences(workflow.outputs, contracts);
  const filled = steps.map((step) => ({ ...step, inputs: toPortReferences(step.step.inputs, contracts) }));
  return { kind: 'resolved', workflow: { file: definition.file, workflow, steps: filled, outputs, params: workflow.params } };
}

/** By name, by path relative to the root, or by the last part of the name where only one workflow has it. */
function findWorkflow(model: WorkspaceModel, nameOrPath: string): Definition<Workflow> | undefined {
  const path = nameOrPath.replaceAll('\\', '/').replace(/^\.\//, '');
  const all = [...model.workflows.values()];
  const exact = model.workflows.get(nameOrPath) ?? all.find(({ file }) => file === path);
  if (exact !== undefined) return exact;
  const [short, ...others] = all.filter(({ name }) => name.endsWith(`/${nameOrPath}`));
  return others.length === 0 ? short : undefined;
}

function collectFiles(model: WorkspaceModel, definition: Definition<Workflow>): ReadonlySet<string> {
  const files = new Set([MANIFEST_FILE, definition.file]);
  for (const { use } of definition.value?.steps ?? []) {
    const used = findUsed(model, use);
    if (used === undefined) continue;
    files.add(used.file);
    const environment = model.environments.get(used.content?.contract.environment ?? model.manifest.defaults.environment ?? '');
    if (environment !== undefined) files.add(environment.file);
  }
  return files;
}

/** Modules that only an agent could know by their tag: there is no contract to run them by. */
function findAbsent(model: WorkspaceModel, { value, file, source }: Definition<Workflow>): readonly Diagnostic[] {
  return (value?.steps ?? []).flatMap(({ id, use }): readonly Diagnostic[] => {
    if (use.kind !== 'module' || use.tag === undefined || model.modules.has(use.module)) return [];
    const message = `\`${use.module}@${use.tag}\` is not in this workspace, so it can’t be run from here.`;
    return [{ file, range: source.valueRange(['steps', id, 'module']), severity: 'error', code: 'unresolved-tag', message }];
  });
}

function toOrderedSteps(workflow: Workflow): readonly Step[] {
  const ordering = toTopologicalOrder(new Map(workflow.steps.map((step) => [step.id, toUpstream(step)])));
  if (ordering.kind === 'cycle') return [];
  const byId = new Map(workflow.steps.map((step) => [step.id, step]));
  return ordering.order.flatMap((id) => byId.get(id) ?? []);
}

function toResolvedStep(model: WorkspaceModel, { source }: Definition<Workflow>, step: Step): readonly ResolvedStep[] {
  const used = findUsed(model, step.use);
  if (used?.content === undefined) return [];
  const { use, contract } = used.content;
  return [
    {
      step,
      use,
      contract,
      folder: used.folder,
      file: used.file,
      environment: contract.environment ?? model.manifest.defaults.environment,
      inputs: {},
      libraries: [],
      params: toFilledParams(step, contract),
      elements: step.foreach === undefined ? undefined : toElementNames(step.foreach),
      line: source.keyRange(['steps', step.id]).start.line,
    },
  ];
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

function toPortReferences(
  references: { readonly [name: string]: StepInput },
  contracts: ReadonlyMap<string, ModuleContract>,
): { readonly [name: string]: PortReference } {
  const filled: { [name: string]: PortReference } = {};
  for (const [name, reference] of Object.entries(references)) {
    if ('items' in reference) continue;
    const contract = contracts.get(reference.step);
    const port = contract === undefined ? undefined : toOutput(reference, contract)?.name;
    if (port !== undefined) filled[name] = { ...reference, port };
  }
  return filled;
}
