import { toConditionSteps } from '../../language/model/condition.ts';
import { toReferences, WORKFLOW_INPUTS, type Join, type Reference, type StepInput } from '../../language/model/workflow.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedStep } from '../protocol/pinned.ts';
import type { OutputRecord, TaskId } from '../protocol/runEvents.ts';
import type { JoinNeed, Need, RunValues, StepNeeds, StepNode, TaskNode, TaskSource } from './taskNode.ts';

/** What one port is given, before it is known which tasks a step has. */
export interface Port {
  readonly name: string;
  /** false = its only member is its value */
  readonly isList: boolean;
  readonly members: readonly Member[];
}

export type Member =
  | { readonly kind: 'given'; readonly source: TaskSource }
  /** `task` `null` = all tasks of the step */
  | { readonly kind: 'need'; readonly step: StepNode; readonly task: TaskNode | null; readonly port: string };

/** As much of a graph as the steps so far need. */
export interface StepsAbove {
  readonly run: RunValues;
  readonly byId: ReadonlyMap<TaskId, TaskNode>;
  step(id: string): StepNode | undefined;
}

/** Ports of a step and what it waits for. Throws `invalid-request` for references to nothing or to a later step. */
export function toPorts(
  graph: StepsAbove,
  step: PinnedStep,
): { readonly ports: readonly Port[]; readonly from: readonly Port[]; readonly needs: StepNeeds } {
  const toPort = ([name, input]: readonly [string, StepInput]): Port => {
    const references = toReferences(input);
    const isList = 'items' in input || references[0]?.select.kind === 'all';
    return { name, isList, members: references.map((reference) => toMember(graph, step, reference)) };
  };
  const ports = Object.entries(step.inputs).map(toPort);
  const from = Object.entries(step.foreach?.from ?? {}).map(toPort);
  const condition = step.when === undefined ? [] : toConditionSteps(step.when);
  const read = condition.map((id): Need => ({ step: toStep(graph, step, id), task: null }));
  const isJoin = (port: Port): boolean => port.isList && toCount(step.join) !== null;
  const strict = ports.filter((port) => !isJoin(port)).flatMap((port) => toNeeds(port.members));
  const needs: StepNeeds = {
    strict: toUnique([...strict, ...read]),
    joins: ports.filter(isJoin).map((port) => toJoin(port, toCount(step.join) ?? 0)),
    from: toUnique(from.flatMap((port) => toNeeds(port.members))),
  };
  return { ports, from, needs };
}

/** The sources of each port; of lists only those tasks that are accepted. */
export function toSources(ports: readonly Port[], accepts: (task: TaskNode) => boolean): { readonly [port: string]: TaskSource } {
  const toItems = (member: Member): readonly TaskSource[] => {
    if (member.kind === 'given') return [member.source];
    const { step, task, port } = member;
    if (task !== null) return accepts(task) ? [toValue(task, port)] : [];
    // Stands for a number of elements that is not known.
    if (step.placeholder !== null) return accepts(step.placeholder) ? [toValue(step.placeholder, port)] : [];
    return step.tasks.filter(accepts).map((each) => toValue(each, port));
  };
  const toSource = (port: Port): TaskSource => {
    const [only] = port.members;
    if (port.isList || only === undefined) return { kind: 'list', items: port.members.flatMap(toItems) };
    if (only.kind === 'given') return only.source;
    const task = only.task ?? only.step.tasks[0];
    if (task === undefined) throw new Error(`${only.step.step.id} has no task`);
    return toValue(task, only.port);
  };
  return Object.fromEntries(ports.map((port) => [port.name, toSource(port)]));
}

/** What a workflow was given for an input: a list is given as a list of its items. */
function toGivenSource(input: string, output: OutputRecord | null): TaskSource {
  if (output?.items === undefined) return { kind: 'given', input, output };
  return { kind: 'list', items: output.items.map((item) => toGivenSource(input, item)) };
}

function toValue(task: TaskNode, port: string): TaskSource {
  return { kind: 'value', task: task.id, port };
}

function toNeeds(members: readonly Member[]): readonly Need[] {
  return members.flatMap((member) => (member.kind === 'given' ? [] : [{ step: member.step, task: member.task }]));
}

function toJoin({ members }: Port, count: number): JoinNeed {
  const needs = toNeeds(members);
  return { count, given: members.length - needs.length, members: needs };
}

/** Elements that a join waits for; `null` = all. */
function toCount(join: Join | undefined): number | null {
  if (join === undefined || join.kind === 'all') return null;
  return join.kind === 'any' ? 1 : join.count;
}

function toUnique(needs: readonly Need[]): readonly Need[] {
  if (needs.length < 2) return needs;
  const whole = new Set(needs.filter(({ task }) => task === null).map(({ step }) => step));
  // Who waits for all of a step need not wait for one of its tasks beside.
  const tasks = new Map(needs.flatMap((need) => (need.task === null || whole.has(need.step) ? [] : [[need.task, need] as const])));
  return [...Array.from(whole, (step): Need => ({ step, task: null })), ...tasks.values()];
}

function toMember(graph: StepsAbove, step: PinnedStep, reference: Reference): Member {
  const { port } = reference;
  if (reference.step === WORKFLOW_INPUTS) return { kind: 'given', source: toGiven(graph, step, port ?? '') };
  const target = toStep(graph, step, reference.step);
  if (port === undefined || !target.step.contract.outputs.some((output) => output.name === port))
    throw invalid(`step ${step.id} refers to ${reference.step}.${port ?? ''}, which has no such output`);
  if (reference.select.kind === 'all') {
    if (target.step.foreach === undefined)
      throw invalid(`step ${step.id} refers to all elements of ${reference.step}, which has no foreach`);
    return { kind: 'need', step: target, task: null, port };
  }
  const element = reference.select.kind === 'one' ? `[${reference.select.element}]` : '';
  const task = graph.byId.get(`${reference.step}${element}`);
  if (task === undefined || task === target.placeholder)
    throw invalid(`step ${step.id} refers to ${reference.step}${element}, which is not a task`);
  return { kind: 'need', step: target, task: target.step.foreach === undefined ? null : task, port };
}

function toStep(graph: StepsAbove, step: PinnedStep, id: string): StepNode {
  const target = graph.step(id);
  if (target === undefined) throw invalid(`step ${step.id} refers to ${id}, which is not a step before it`);
  return target;
}

function toGiven(graph: StepsAbove, step: PinnedStep, input: string): TaskSource {
  const given = graph.run.inputs ?? {};
  const output = Object.hasOwn(given, input) ? given[input] : undefined;
  if (output === undefined) throw invalid(`step ${step.id} refers to the workflow's input ${input}, which it was not given`);
  return toGivenSource(input, output);
}

function invalid(message: string): CairnError {
  return new CairnError('invalid-request', message);
}
