import { toPortTypeText } from '../model/portType.ts';
import { toElementNames, toReferences, toUseName, type Reference, type Step, type Workflow } from '../model/workflow.ts';
import { toOutput } from './checkReferences.ts';
import { findUsed } from './usedDefinition.ts';
import type { Definition, WorkspaceModel } from './workspaceModel.ts';

/** A port with a short text of its type. */
export interface GraphPort {
  readonly name: string;
  readonly type: string;
}

export interface WorkflowGraphStep {
  readonly id: string;
  readonly kind: 'module' | 'dataset' | 'workflow';
  /** of the module or dataset */
  readonly name: string;
  /** of the step's key, from 1 */
  readonly line: number;
  /** `null` = no fan-out */
  readonly elements: readonly string[] | null;
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
  return {
    steps: steps.map((step) => toGraphStep(model, definition, step)),
    edges: steps.flatMap((step) => toEdges(model, known, step)),
  };
}

function toGraphStep(model: WorkspaceModel, { source }: Definition<Workflow>, step: Step): WorkflowGraphStep {
  const contract = findUsed(model, step.use)?.content?.contract;
  const toPort = ({ name, type }: NonNullable<typeof contract>['inputs'][number]): GraphPort => ({ name, type: toPortTypeText(type) });
  return {
    id: step.id,
    kind: step.use.kind,
    name: toUseName(step.use),
    line: source.keyRange(['steps', step.id]).start.line,
    elements: step.foreach === undefined ? null : toElementNames(step.foreach),
    inputs: contract?.inputs.map(toPort) ?? Object.keys(step.inputs).map((name) => ({ name, type: '' })),
    outputs: contract?.outputs.map(toPort) ?? [],
  };
}

function toEdges(model: WorkspaceModel, known: ReadonlyMap<string, Step>, step: Step): readonly WorkflowGraphEdge[] {
  return Object.entries(step.inputs).flatMap(([port, input]) =>
    toReferences(input).flatMap((reference): readonly WorkflowGraphEdge[] => {
      const target = known.get(reference.step);
      if (target === undefined) return [];
      return [{ from: { step: reference.step, port: toPortName(model, target, reference) }, to: { step: step.id, port } }];
    }),
  );
}

/** `''`: the reference names no port, and the step has not exactly one. */
function toPortName(model: WorkspaceModel, target: Step, reference: Reference): string {
  if (reference.port !== undefined) return reference.port;
  const contract = findUsed(model, target.use)?.content?.contract;
  return (contract === undefined ? undefined : toOutput(reference, contract)?.name) ?? '';
}
