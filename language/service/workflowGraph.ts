import { toPortTypeText } from '../model/portType.ts';
import { toStepEdges, toStepElements, type StepEdge } from '../model/stepGraph.ts';
import { toUseName, type Reference, type Step, type StepUse, type Workflow } from '../model/workflow.ts';
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

/** A workflow as a picture shows it: plain data. */
export interface WorkflowGraph {
  readonly steps: readonly WorkflowGraphStep[];
  readonly edges: readonly StepEdge[];
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

function toGraphStep(find: UsedFinder, { source }: Definition<Workflow>, step: Step): WorkflowGraphStep {
  const contract = find(step.use)?.contract;
  const toPort = ({ name, type }: NonNullable<typeof contract>['inputs'][number]): GraphPort => ({ name, type: toPortTypeText(type) });
  return {
    id: step.id,
    kind: step.use.kind,
    name: toUseName(step.use),
    line: source.keyRange(['steps', step.id]).start.line,
    ...toStepElements(step.foreach),
    inputs: contract?.inputs.map(toPort) ?? Object.keys(step.inputs).map((name) => ({ name, type: '' })),
    outputs: contract?.outputs.map(toPort) ?? [],
  };
}

function toEdges(find: UsedFinder, known: ReadonlyMap<string, Step>, step: Step): readonly StepEdge[] {
  return toStepEdges(
    step,
    (id) => known.has(id),
    (reference) => toPortName(find, known.get(reference.step), reference),
  );
}

/** `''`: the reference names no port, and the step has not exactly one. */
function toPortName(find: UsedFinder, target: Step | undefined, reference: Reference): string {
  if (reference.port !== undefined) return reference.port;
  const contract = target && find(target.use)?.contract;
  return (contract === undefined ? undefined : toOutput(reference, contract)?.name) ?? '';
}
