import type { Json } from '../../language/model/json.ts';
import type { ParamValue, Reference, TemplatePart } from '../../language/model/workflow.ts';
import { toElementNames } from '../../language/model/workflow.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedEnvironment, PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';
import { toStepId, type TaskId } from '../protocol/runEvents.ts';

/** Where a port's value comes from: one output of one task, or a list of such in foreach order. */
export type TaskSource =
  | { readonly kind: 'value'; readonly task: TaskId; readonly port: string }
  | { readonly kind: 'list'; readonly items: readonly TaskSource[] };

/** One task of a run, with everything that can be known before anything has run. */
export interface TaskNode {
  readonly id: TaskId;
  /** position in `TaskGraph.nodes`; every task follows what it needs */
  readonly index: number;
  readonly step: PinnedStep;
  readonly environment: PinnedEnvironment;
  readonly inputs: { readonly [port: string]: TaskSource };
  readonly params: { readonly [name: string]: Json };
  /** the run's nominal time where a parameter refers to it, else `null` */
  readonly nominalTime: string | null;
  /** true = above the step that the run starts from: it is reused or the run fails */
  readonly mustReuse: boolean;
  /** indices of the tasks that it waits for, each once */
  readonly needs: readonly number[];
}

export interface TaskGraph {
  readonly definition: PinnedWorkflow;
  readonly nodes: readonly TaskNode[];
  /** by index: indices of the tasks that wait for it */
  readonly dependents: readonly (readonly number[])[];
  readonly byId: ReadonlyMap<TaskId, TaskNode>;
}

/** Values of `${run.…}`. */
export interface RunValues {
  readonly id: string;
  readonly nominalTime: string | null;
}

/**
 * Expands a workflow to tasks. With `from`, only that step, what follows it and what those need are part of the run. Throws CairnError
 * `unknown-step` (no such `from`) or `invalid-request` (a reference to nothing, to a later step, or a parameter without a value).
 */
export function toTaskGraph(definition: PinnedWorkflow, run: RunValues, from: string | null): TaskGraph {
  const chosen = chooseSteps(definition, from);
  const environments = new Map(definition.environments.map((environment) => [environment.digest, environment]));
  const nodes: TaskNode[] = [];
  const expanded = new Map<string, ExpandedStep>();
  for (const step of definition.steps) {
    const use = chosen.get(step.id);
    if (use === undefined) continue;
    const environment = environments.get(step.environment);
    if (environment === undefined) throw invalid(`step ${step.id} names an environment that the workflow does not have`);
    expanded.set(step.id, expandStep({ step, environment, mustReuse: use === 'above' }, run, expanded, nodes));
  }
  return { definition, nodes, dependents: toDependents(nodes), byId: new Map(nodes.map((node) => [node.id, node])) };
}

interface ExpandedStep {
  readonly step: PinnedStep;
  /** element name (`''` for a step without fan-out) → its task */
  readonly tasks: ReadonlyMap<string, TaskNode>;
}

interface StepPlace {
  readonly step: PinnedStep;
  readonly environment: PinnedEnvironment;
  readonly mustReuse: boolean;
}

function expandStep(place: StepPlace, run: RunValues, above: ReadonlyMap<string, ExpandedStep>, nodes: TaskNode[]): ExpandedStep {
  const { step } = place;
  if (above.has(step.id)) throw invalid(`two steps are named ${step.id}`);
  const inputs = Object.fromEntries(Object.entries(step.inputs).map(([port, reference]) => [port, toSource(step, reference, above)]));
  const needs = toNeeds(Object.values(inputs), above);
  const nominalTime = usesNominalTime(step) ? run.nominalTime : null;
  const names = step.foreach === undefined ? [''] : toElementNames(step.foreach);
  const tasks = new Map<string, TaskNode>();
  for (const [element, name] of names.entries()) {
    const id = step.foreach === undefined ? step.id : `${step.id}[${name}]`;
    const node: TaskNode = { ...place, id, index: nodes.length, inputs, params: toParams(step, element, run), nominalTime, needs };
    nodes.push(node);
    tasks.set(name, node);
  }
  return { step, tasks };
}

function toSource(step: PinnedStep, reference: Reference, above: ReadonlyMap<string, ExpandedStep>): TaskSource {
  const target = above.get(reference.step);
  const { port } = reference;
  if (target === undefined) throw invalid(`step ${step.id} refers to ${reference.step}, which is not a step before it`);
  if (port === undefined || !target.step.contract.outputs.some((output) => output.name === port)) {
    throw invalid(`step ${step.id} refers to ${reference.step}.${port ?? ''}, which has no such output`);
  }
  if (reference.select.kind === 'all') {
    if (target.step.foreach === undefined)
      throw invalid(`step ${step.id} refers to all elements of ${reference.step}, which has no foreach`);
    return { kind: 'list', items: [...target.tasks.values()].map((task) => ({ kind: 'value', task: task.id, port })) };
  }
  const element = reference.select.kind === 'one' ? reference.select.element : '';
  const task = target.tasks.get(element);
  if (task === undefined) throw invalid(`step ${step.id} refers to ${reference.step}${element && `[${element}]`}, which is not a task`);
  return { kind: 'value', task: task.id, port };
}

function toNeeds(sources: readonly TaskSource[], above: ReadonlyMap<string, ExpandedStep>): readonly number[] {
  const needs = new Set<number>();
  const visit = (source: TaskSource): void => {
    if (source.kind === 'list') return source.items.forEach(visit);
    const step = toStepId(source.task);
    const element = source.task === step ? '' : source.task.slice(step.length + 1, -1);
    const task = above.get(step)?.tasks.get(element);
    if (task !== undefined) needs.add(task.index);
  };
  sources.forEach(visit);
  return [...needs];
}

function toDependents(nodes: readonly TaskNode[]): readonly (readonly number[])[] {
  const dependents: number[][] = nodes.map(() => []);
  for (const node of nodes) for (const need of node.needs) dependents[need]?.push(node.index);
  return dependents;
}

/** Every step that is part of the run: `run` = it may run, `above` = it must be reusable. */
function chooseSteps(definition: PinnedWorkflow, from: string | null): ReadonlyMap<string, 'run' | 'above'> {
  if (from === null) return new Map(definition.steps.map((step) => [step.id, 'run']));
  if (!definition.steps.some((step) => step.id === from))
    throw new CairnError('unknown-step', `${definition.workflow} has no step ${from}`);
  const chosen = new Map<string, 'run' | 'above'>([[from, 'run']]);
  const needsOf = (step: PinnedStep): readonly string[] => Object.values(step.inputs).map((reference) => reference.step);
  for (const step of definition.steps) if (needsOf(step).some((need) => chosen.get(need) === 'run')) chosen.set(step.id, 'run');
  for (const step of definition.steps.toReversed()) {
    if (chosen.has(step.id)) for (const need of needsOf(step)) if (!chosen.has(need)) chosen.set(need, 'above');
  }
  return chosen;
}

function toParams(step: PinnedStep, element: number, run: RunValues): { readonly [name: string]: Json } {
  const params: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(step.params)) params[name] = toParam(step, name, value, element, run);
  return params;
}

function toParam(step: PinnedStep, name: string, value: ParamValue, element: number, run: RunValues): Json {
  if (value.kind === 'literal') return value.value;
  const parts = value.parts.map((part) => toPart(step, name, part, element, run));
  const only = parts.length === 1 ? parts[0] : undefined;
  // A single substitution keeps the type of what it stands for.
  if (only !== undefined) return only;
  return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join('');
}

function toPart(step: PinnedStep, name: string, part: TemplatePart, element: number, run: RunValues): Json {
  if (part.kind === 'text') return part.text;
  if (part.scope === 'run' && part.name === 'id') return run.id;
  if (part.scope === 'run' && part.name === 'nominalTime') return run.nominalTime;
  const value = part.scope === 'foreach' ? step.foreach?.values[part.name]?.[element] : undefined;
  if (value === undefined) throw invalid(`parameter ${name} of step ${step.id} uses \${${part.scope}.${part.name}}, which has no value`);
  return value;
}

function usesNominalTime(step: PinnedStep): boolean {
  const isNominal = (part: TemplatePart): boolean => part.kind === 'substitution' && part.scope === 'run' && part.name === 'nominalTime';
  return Object.values(step.params).some((value) => value.kind === 'template' && value.parts.some(isNominal));
}

function invalid(message: string): CairnError {
  return new CairnError('invalid-request', message);
}
