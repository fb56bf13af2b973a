import type { Condition } from '../model/condition.ts';
import { toReferences, toUpstreamSteps, WORKFLOW_INPUTS, type Step } from '../model/workflow.ts';

/** What a step says that matters to the whole of its workflow. */
export interface StepFacts {
  /** see `toUpstreamSteps` */
  readonly upstream: readonly string[];
  /** parameters of the workflow that it uses */
  readonly params: readonly string[];
  /** inputs of the workflow that it uses */
  readonly inputs: readonly string[];
  /** names of its fan-out that none of its parameters uses */
  readonly idleNames: readonly string[];
}

const known = new WeakMap<Step, StepFacts>();

/** Of one step always the same object. */
export function toStepFacts(step: Step): StepFacts {
  const facts = known.get(step) ?? readFacts(step);
  known.set(step, facts);
  return facts;
}

function readFacts(step: Step): StepFacts {
  const used = new Set(toSubstituted(step, 'foreach'));
  const references = [...Object.values(step.inputs).flatMap(toReferences), ...Object.values(step.foreach?.from ?? {})];
  return {
    upstream: toUpstreamSteps(step),
    params: [...toSubstituted(step, 'params'), ...(step.when === undefined ? [] : toParamNames(step.when))],
    inputs: references.flatMap(({ step: from, port }) => (from === WORKFLOW_INPUTS && port !== undefined ? [port] : [])),
    idleNames: (step.foreach?.names ?? []).filter((name) => !used.has(name)),
  };
}

function toSubstituted(step: Step, scope: 'params' | 'foreach'): readonly string[] {
  return Object.values(step.params).flatMap((value) =>
    value.kind === 'literal'
      ? []
      : value.parts.flatMap((part) => (part.kind === 'substitution' && part.scope === scope ? [part.name] : [])),
  );
}

function toParamNames(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'param':
      return [condition.name];
    case 'not':
      return toParamNames(condition.of);
    case 'and':
    case 'or':
    case 'compare':
      return [...toParamNames(condition.left), ...toParamNames(condition.right)];
    default:
      return [];
  }
}
