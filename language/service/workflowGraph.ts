import { toConditionSteps } from '../model/condition.ts';
import { toPortTypeText } from '../model/portType.ts';
import {
  isDynamicForeach,
  toElementNames,
  toReferences,
  toUseName,
  type Reference,
  type Step,
  type StepUse,
  type Workflow,
} from '../model/workflow.ts';
import { toOutput } from './stepPorts.ts';
import { createUsedFinder, type UsedDefinition } from './usedDefinition.ts';
import type { Definition, WorkspaceModel } from './workspaceModel.ts';

/** A port with a short text of its type. */
export interface GraphPort {
  readonly name: string;
  readonly type: string;
}

export interface WorkflowGraphStep {
  readonly id: string;
  readonly kind: 'module' | 'dataset' | 'workflow';
  /** of the module, dataset or workflow */
  readonly name: string;
  /** of the step's key, from 1 */
  readonly line: number;
  /** `null` = no fan-out, or (`isDynamic`) one whose elements are known only when it runs */
  readonly elements: readonly string[] | null;
  /** present for a fan-out over an output of another step */
  readonly isDynamic?: true;
  /** Declared ports; where the module is unknown, those that the step names. */
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

export interface WorkflowGraphEdge {
  readonly from: { readonly step: string; readonly port: string };
  readonly to: { readonly step: string; readonly port: string };
}

/** A workflow as a picture shows it: plain data. */
export interface WorkflowGraph {
  readonly steps: readonly WorkflowGraphStep[];
  readonly edges: readonly WorkflowGraphEdge[];
}

/** What can be drawn of a workflow, also of one with errors: unknown modules have no ports of their own, edges to unknown steps are left out. */
export function toWorkflowGraph(model: WorkspaceModel, definition: Definition<Workflow>): WorkflowGraph {
  const steps = definition.value?.steps ?? [];
  const known = new Map(steps.map((step) => [step.id, step]));
  const find = createUsedFinder(model);
  return {
    steps: steps.map((step) => toGraphStep(find, definition, step)),
    edges: steps.flatMap((step) => toEdges(find, known, step)),
  };
}

type UsedFinder = (use: StepUse) => UsedDefinition | undefined;

function toElements({ foreach }: Step): Pick<WorkflowGraphStep, 'elements' | 'isDynamic'> {
  if (foreach === undefined) return { elements: null };
  return isDynamicForeach(foreach) ? { elements: null, isDynamic: true } : { elements: toElementNames(foreach) };
}

function toGraphStep(find: UsedFinder, { source }: Definition<Workflow>, step: Step): WorkflowGraphStep {
  const contract = find(step.use)?.contract;
  const toPort = ({ name, type }: NonNullable<typeof contract>['inputs'][number]): GraphPort => ({ name, type: toPortTypeText(type) });
  return {
    id: step.id,
    kind: step.use.kind,
    name: toUseName(step.use),
    line: source.keyRange(['steps', step.id]).start.line,
    ...toElements(step),
    inputs: contract?.inputs.map(toPort) ?? Object.keys(step.inputs).map((name) => ({ name, type: '' })),
    outputs: contract?.outputs.map(toPort) ?? [],
  };
}

/** Inputs, elements of a fan-out (`foreach.name`) and metrics that a condition reads (`when`). */
function toEdges(find: UsedFinder, known: ReadonlyMap<string, Step>, step: Step): readonly WorkflowGraphEdge[] {
  const inputs = Object.entries(step.inputs).flatMap(([port, input]) => toReferences(input).map((reference) => ({ port, reference })));
  const from = Object.entries(step.foreach?.from ?? {}).map(([name, reference]) => ({ port: `foreach.${name}`, reference }));
  const data = [...inputs, ...from].flatMap(({ port, reference }): readonly WorkflowGraphEdge[] => {
    const target = known.get(reference.step);
    if (target === undefined) return [];
    return [{ from: { step: reference.step, port: toPortName(find, target, reference) }, to: { step: step.id, port } }];
  });
  const read = (step.when === undefined ? [] : toConditionSteps(step.when)).filter((id) => known.has(id));
  return [...data, ...read.map((id) => ({ from: { step: id, port: 'metrics' }, to: { step: step.id, port: 'when' } }))];
}

/** `''`: the reference names no port, and the step has not exactly one. */
function toPortName(find: UsedFinder, target: Step, reference: Reference): string {
  if (reference.port !== undefined) return reference.port;
  const contract = find(target.use)?.contract;
  return (contract === undefined ? undefined : toOutput(reference, contract)?.name) ?? '';
}
