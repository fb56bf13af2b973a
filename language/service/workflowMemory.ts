import { toTopologicalOrder, type Ordering } from '../model/graph.ts';
import type { Step, Workflow } from '../model/workflow.ts';
import type { SourceMap } from '../parse/sourceMap.ts';
import { toStepFacts } from './stepFacts.ts';
import type { StepPorts } from './stepPorts.ts';
import type { WorkflowCheck } from './workflowCheck.ts';

/** What is known of one workflow from its last checks: good for as long as everything that was looked at is the very same. */
export interface WorkflowMemory {
  /** Whether nothing was found in the step, and nothing would be now. */
  isClean(check: WorkflowCheck, ports: StepPorts): boolean;
  /** Nothing was found in the step. */
  setClean(check: WorkflowCheck, ports: StepPorts): void;
  toOrdering(workflow: Workflow): Ordering;
}

/** What the check of a step looked at. */
interface CleanStep {
  readonly source: SourceMap;
  readonly params: Workflow['params'];
  readonly inputs: Workflow['inputs'];
  readonly upstream: readonly { readonly step: Step; readonly source: SourceMap }[];
}

export function createWorkflowMemory(): WorkflowMemory {
  const clean = new WeakMap<Step, CleanStep>();
  let ordered: { readonly steps: readonly Step[]; readonly ordering: Ordering } | undefined;
  return {
    isClean(check, { step, source }) {
      const known = clean.get(step);
      if (known === undefined || known.source !== source) return false;
      const { params, inputs } = check.workflow;
      return known.params === params && known.inputs === inputs && known.upstream.every((looked) => isStill(check, looked));
    },
    setClean(check, { step, source }) {
      const { params, inputs } = check.workflow;
      const upstream = toStepFacts(step).upstream.flatMap((name) => toLooked(check.steps.get(name)));
      const isAll = upstream.length === toStepFacts(step).upstream.length;
      if (source !== undefined && isAll && isPlain(step)) clean.set(step, { source, params, inputs, upstream });
    },
    toOrdering({ steps }) {
      if (ordered === undefined || !isSameOrder(ordered.steps, steps)) {
        const ordering = toTopologicalOrder(new Map(steps.map((step) => [step.id, toStepFacts(step).upstream])));
        ordered = { steps, ordering };
      }
      return ordered.ordering;
    },
  };
}

function isStill({ steps }: WorkflowCheck, { step, source }: CleanStep['upstream'][number]): boolean {
  const now = steps.get(step.id);
  return now?.step === step && now.source === source;
}

/** What a nested workflow delivers depends on more than its own file. */
function toLooked(ports: StepPorts | undefined): CleanStep['upstream'] {
  if (ports?.source === undefined || ports.step.use.kind === 'workflow') return [];
  return [{ step: ports.step, source: ports.source }];
}

/** Others ask about more than the step and those before it: nested workflows about what they nest, tags about the domain. */
function isPlain({ use }: Step): boolean {
  return use.kind === 'dataset' || (use.kind === 'module' && use.tag === undefined);
}

function isSameOrder(one: readonly Step[], other: readonly Step[]): boolean {
  return one.length === other.length && one.every((step, index) => isSameNode(step, other[index]));
}

function isSameNode(one: Step, other: Step | undefined): boolean {
  if (one === other) return true;
  if (one.id !== other?.id) return false;
  const [before, after] = [toStepFacts(one).upstream, toStepFacts(other).upstream];
  return before.length === after.length && before.every((name, index) => name === after[index]);
}
