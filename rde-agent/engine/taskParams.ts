import type { Condition } from '../../language/model/condition.ts';
import type { Json } from '../../language/model/json.ts';
import type { ParamValue, TemplatePart } from '../../language/model/workflow.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedStep } from '../protocol/pinned.ts';
import type { Elements } from './elements.ts';
import type { RunValues, TaskNode } from './taskNode.ts';

/** The parameters of element `element` of a step. What no element changes is made once. */
export type ParamMaker = (values: Elements['values'], element: number) => TaskNode['params'];

type Params = { readonly [name: string]: Json };

/** The maker throws `invalid-request` when a parameter uses something that has no value. */
export function createParamMaker(step: PinnedStep, params: Params, run: RunValues): ParamMaker {
  let shared: Params | undefined;
  const varies = Object.values(step.params).some((value) => usesScope(value, 'foreach'));
  return (values, element) => {
    if (shared !== undefined) return shared;
    const made: { [name: string]: Json } = {};
    for (const [name, value] of Object.entries(step.params))
      made[name] = toParam(value, toPartValue(step, name, params, run, values, element));
    if (!varies) shared = made;
    return made;
  };
}

/** Whether a parameter of the step refers to the run's nominal time. */
export function usesNominalTime(step: PinnedStep): boolean {
  return Object.values(step.params).some((value) => usesScope(value, 'run', 'nominalTime'));
}

/** Whether a parameter of the step refers to the run's own id. */
export function usesRunId(step: PinnedStep): boolean {
  return Object.values(step.params).some((value) => usesScope(value, 'run', 'id'));
}

/** Whether a parameter or the condition of the step refers to parameter `name` of its workflow. */
export function readsParam(step: PinnedStep, name: string): boolean {
  const isRead = Object.values(step.params).some((value) => usesScope(value, 'params', name));
  return isRead || (step.when !== undefined && conditionReads(step.when, name));
}

function conditionReads(condition: Condition, name: string): boolean {
  switch (condition.kind) {
    case 'param':
      return condition.name === name;
    case 'not':
      return conditionReads(condition.of, name);
    case 'and':
    case 'or':
    case 'compare':
      return conditionReads(condition.left, name) || conditionReads(condition.right, name);
    case 'literal':
    case 'metric':
      return false;
  }
}

function usesScope(value: ParamValue, scope: 'params' | 'run' | 'foreach', name?: string): boolean {
  if (value.kind === 'literal') return false;
  return value.parts.some((part) => part.kind === 'substitution' && part.scope === scope && (name === undefined || part.name === name));
}

function toParam(value: ParamValue, toPart: (part: TemplatePart) => Json): Json {
  if (value.kind === 'literal') return value.value;
  const [first, ...others] = value.parts.map(toPart);
  // A single substitution keeps the type of what it stands for.
  if (first !== undefined && others.length === 0) return first;
  return [first ?? '', ...others].map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join('');
}

function toPartValue(
  step: PinnedStep,
  param: string,
  params: Params,
  run: RunValues,
  values: Elements['values'],
  element: number,
): (part: TemplatePart) => Json {
  const lookUp = (scope: 'params' | 'run' | 'foreach', name: string): Json | undefined => {
    if (scope === 'params') return Object.hasOwn(params, name) ? params[name] : undefined;
    if (scope === 'foreach') return values[name]?.[element];
    if (name === 'id') return run.id;
    return name === 'nominalTime' ? run.nominalTime : undefined;
  };
  return (part) => {
    if (part.kind === 'text') return part.text;
    const value = lookUp(part.scope, part.name);
    if (value !== undefined) return value;
    const used = `\${${part.scope}.${part.name}}`;
    throw new CairnError('invalid-request', `parameter ${param} of step ${step.id} uses ${used}, which has no value`);
  };
}
