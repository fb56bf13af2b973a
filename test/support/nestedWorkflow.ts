import type { Json } from '../../language/model/json.ts';
import type { Reference, StepInput } from '../../language/model/workflow.ts';
import type { PinnedStep, PinnedWorkflow } from '../../rde-agent/protocol/pinned.ts';
import type { BlobBytes } from '../../rde-agent/protocol/roles.ts';
import { artifactOf, contractOf, digestOf, stepOf, workflowOf, type StepSketch } from './pinnedWorkflow.ts';

/** A step as a module or, with `workflow`, as another flow of the same sketch. */
export interface FlowStep extends Omit<StepSketch, 'needs'> {
  /** port → `step`, `step[*]`, `step.port`, `inputs.name`; several are a list */
  readonly inputs?: { readonly [port: string]: string | readonly string[] };
  readonly workflow?: string;
  /** name → what its elements come from; the value is passed as parameter of that name */
  readonly over?: { readonly [name: string]: string };
}

export interface FlowSketch {
  readonly steps: { readonly [id: string]: FlowStep };
  readonly inputs?: readonly string[];
  /** name → reference; default: none */
  readonly outputs?: { readonly [name: string]: string };
  readonly params?: { readonly [name: string]: Json };
  readonly changes?: Partial<PinnedWorkflow>;
}

/** `step`, `step.port`, `step[*].port`, `step[element].port`; without a port: `out`. */
function referTo(text: string): Reference {
  const [, step = text, element, port = 'out'] = /^([^.[]+)(?:\[(.*)\])?(?:\.(\w+))?$/.exec(text) ?? [];
  if (element === undefined) return { step, port, select: { kind: 'none' } };
  return { step, port, select: element === '*' ? { kind: 'all' } : { kind: 'one', element } };
}

/** The flow named `top` with all others nested where its steps say so, and everything that a submission has to bring. */
export function sketchFlows(
  flows: { readonly [name: string]: FlowSketch },
  top: string,
): { definition: PinnedWorkflow; blobs: readonly BlobBytes[] } {
  const pinned = new Map(Object.entries(flows).map(([name, flow]) => [name, toFlow(name, flow, flows)]));
  const definition = pinned.get(top);
  if (definition === undefined) throw new Error(`there is no flow ${top}`);
  const workflows = [...pinned.values()].filter((each) => each !== definition);
  const blobs = Object.values(flows).flatMap((flow) => Object.entries(flow.steps).flatMap(([id, step]) => toBlobs(id, step)));
  return { definition: { ...definition, ...(workflows.length === 0 ? {} : { workflows }) }, blobs };
}

function toFlow(name: string, flow: FlowSketch, flows: { readonly [name: string]: FlowSketch }): PinnedWorkflow {
  const steps = Object.entries(flow.steps).map(([id, step]) => toStep(id, step, flows));
  const inputs = flow.inputs?.map((each) => ({ name: each, type: { kind: 'json' } as const }));
  const params = flow.params ?? {};
  return workflowOf(steps, {
    workflow: name,
    params,
    declared: Object.keys(params).map((each) => ({ name: each, type: 'json' })),
    outputs: Object.fromEntries(Object.entries(flow.outputs ?? {}).map(([output, text]) => [output, referTo(text)])),
    ...(inputs === undefined ? {} : { inputs }),
    ...flow.changes,
  });
}

function toStep(id: string, sketch: FlowStep, flows: { readonly [name: string]: FlowSketch }): PinnedStep {
  const { inputs = {}, workflow, over } = sketch;
  const names = Object.keys(inputs);
  const module = stepOf(id, { ...sketch, contract: { inputs: contractOf(id, names).inputs, ...sketch.contract } });
  const given = Object.fromEntries(Object.entries(inputs).map(([port, text]) => [port, toInput(text)]));
  const step = over === undefined ? { ...module, inputs: given } : toFanOut({ ...module, inputs: given }, over);
  if (workflow === undefined) return step;
  const outputs = Object.keys(flows[workflow]?.outputs ?? {}).map((name) => ({ name, type: { kind: 'json' } as const, addLabels: [] }));
  return {
    ...step,
    kind: 'workflow',
    name: workflow,
    artifact: digestOf(workflow),
    environment: '',
    contract: { ...step.contract, outputs },
    ...sketch.changes,
  };
}

function toInput(text: string | readonly string[]): StepInput {
  return typeof text === 'string' ? referTo(text) : { items: text.map(referTo) };
}

function toFanOut(step: PinnedStep, over: { readonly [name: string]: string }): PinnedStep {
  const names = Object.keys(over);
  const substitute = (name: string) => ({ kind: 'template', parts: [{ kind: 'substitution', scope: 'foreach', name }] }) as const;
  return {
    ...step,
    foreach: { names, values: {}, from: Object.fromEntries(Object.entries(over).map(([name, text]) => [name, referTo(text)])) },
    params: { ...step.params, ...Object.fromEntries(names.map((name) => [name, substitute(name)])) },
    contract: { ...step.contract, params: [...step.contract.params, ...names.map((name) => ({ name, type: 'json' as const }))] },
  };
}

function toBlobs(id: string, { module = `test/${id.toLowerCase()}`, code = id, workflow }: FlowStep): readonly BlobBytes[] {
  return workflow === undefined ? artifactOf(module, code).blobs : [];
}

const DEPTH = { kind: 'template', parts: [{ kind: 'substitution', scope: 'params', name: 'depth' }] } as const;

/** A chain with a step that reads the parameter `depth`, one that is a flow of its own (`INNER_FLOW`), and one below it. */
export function toChainFlow(params: NonNullable<FlowSketch['params']>): FlowSketch {
  return {
    params,
    steps: {
      load: {},
      train: { inputs: { in0: 'load' }, params: { depth: 0 }, changes: { params: { depth: DEPTH } } },
      check: { workflow: 'inner', inputs: { data: 'train' } },
      report: { inputs: { in0: 'check.score' } },
    },
  };
}

export const INNER_FLOW: FlowSketch = {
  inputs: ['data'],
  steps: { score: { inputs: { in0: 'inputs.data' } } },
  outputs: { score: 'score' },
};
