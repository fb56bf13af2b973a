import type { Condition } from '../../language/model/condition.ts';
import { toReferences, type Reference } from '../../language/model/workflow.ts';
import type { PinnedStep, PinnedWorkflow } from '../../rde-agent/protocol/pinned.ts';
import { toElementCount, toFate } from './fate.ts';

/** How a run ends that nobody disturbs: the run itself, and each task as it would end if nobody found it unneeded. */
export interface Expected {
  readonly state: 'succeeded' | 'failed';
  readonly tasks: ReadonlyMap<string, 'succeeded' | 'failed' | 'skipped'>;
  readonly metrics: { readonly [name: string]: number };
}

type End = 'succeeded' | 'failed' | 'skipped';

interface StepEnd {
  readonly step: PinnedStep;
  /** its elements could be known */
  readonly isExpanded: boolean;
  /** by task id; only the placeholder when it could not be expanded */
  readonly ends: ReadonlyMap<string, End>;
  /** some needs are missing: not for its own condition's sake */
  readonly isBlocked: boolean;
  readonly metrics: { readonly [name: string]: number };
}

/** Straightforward recursion over the workflow, step after step. `path` is that of the run, `''` for the outermost. */
export function expect(definition: PinnedWorkflow, path: string): Expected {
  const done = new Map<string, StepEnd>();
  for (const step of definition.steps) done.set(step.id, endStep(step, definition, path, done));
  const steps = [...done.values()];
  const isFailed = steps.some((end) => [...end.ends].some(([task, how]) => how === 'failed' && isMissed(end, task, definition, done)));
  const tasks = new Map(steps.flatMap((end) => [...end.ends]));
  return {
    state: isFailed ? 'failed' : 'succeeded',
    tasks,
    metrics: Object.assign({}, ...steps.map((end) => end.metrics)) as Expected['metrics'],
  };
}

function endStep(step: PinnedStep, definition: PinnedWorkflow, path: string, done: ReadonlyMap<string, StepEnd>): StepEnd {
  const from = Object.values(step.foreach?.from ?? {});
  const base = { step, metrics: {} };
  if (!from.every((reference) => hasAll(reference, done)))
    return { ...base, isExpanded: false, isBlocked: true, ends: new Map([[`${step.id}[*]`, 'skipped']]) };
  const ids = toTaskIds(step);
  const all = (end: End): ReadonlyMap<string, End> => new Map(ids.map((id) => [id, end]));
  if (!hasNeeds(step, done)) return { ...base, isExpanded: true, isBlocked: true, ends: all('skipped') };
  const verdict = step.when === undefined ? true : judge(step.when, done, definition);
  if (verdict === undefined) return { ...base, isExpanded: true, isBlocked: false, ends: all('failed') };
  if (verdict === false) return { ...base, isExpanded: true, isBlocked: false, ends: all('skipped') };
  const results = ids.map((id) => [id, runTask(step, definition, `${path}${id}`)] as const);
  const metrics = Object.assign({}, ...results.map(([, result]) => result.metrics)) as StepEnd['metrics'];
  return { step, isExpanded: true, isBlocked: false, ends: new Map(results.map(([id, { end }]) => [id, end])), metrics };
}

function runTask(step: PinnedStep, definition: PinnedWorkflow, path: string): { readonly end: End; readonly metrics: StepEnd['metrics'] } {
  if (step.kind === 'workflow') {
    const nested = definition.workflows?.find(({ workflow }) => workflow === step.name);
    if (nested === undefined) throw new Error(`no workflow ${step.name}`);
    const { state, metrics } = expect({ ...nested, workflows: definition.workflows ?? [] }, `${path}/`);
    return state === 'succeeded' ? { end: 'succeeded', metrics } : { end: 'failed', metrics: {} };
  }
  const { fails, faults, metric } = toFate(path);
  if (fails || faults >= step.retry.attempts) return { end: 'failed', metrics: {} };
  return { end: 'succeeded', metrics: metric === undefined ? {} : { m: metric } };
}

export function toTaskIds(step: PinnedStep): readonly string[] {
  const { foreach, id } = step;
  if (foreach === undefined) return [id];
  const widths = foreach.names.map((name) => foreach.values[name]?.length ?? toElementCount(foreach.from?.[name]?.step ?? ''));
  const count = foreach.product === true ? widths.reduce((product, width) => product * width, 1) : (widths[0] ?? 0);
  if (foreach.from !== undefined) return Array.from({ length: count }, (_, index) => `${id}[${String(index)}]`);
  const lists = foreach.names.map((name) => foreach.values[name] ?? []);
  const names = lists.reduce<readonly string[]>(
    (made, list) => made.flatMap((left) => list.map((right) => `${left},${String(right)}`)),
    [''],
  );
  return names.map((name) => `${id}[${name.slice(1)}]`);
}

/** Of a reference: how each of the tasks that it names ends; `undefined` = their number was never known. */
function endsOf({ step, select }: Reference, done: ReadonlyMap<string, StepEnd>): readonly End[] | undefined {
  if (step === 'inputs') return ['succeeded'];
  const above = done.get(step);
  if (above?.isExpanded !== true) return undefined;
  if (select.kind === 'one') return [above.ends.get(`${step}[${select.element}]`) ?? 'skipped'];
  return [...above.ends.values()];
}

function hasAll(reference: Reference, done: ReadonlyMap<string, StepEnd>): boolean {
  return endsOf(reference, done)?.every((end) => end === 'succeeded') ?? false;
}

function hasNeeds(step: PinnedStep, done: ReadonlyMap<string, StepEnd>): boolean {
  const read = step.when === undefined ? [] : toMetricSteps(step.when);
  if (!read.every((id) => hasAll({ step: id, port: undefined, select: { kind: 'all' } }, done))) return false;
  const count = step.join?.kind === 'any' ? 1 : step.join?.kind === 'quorum' ? step.join.count : undefined;
  return Object.values(step.inputs).every((input) => {
    const references = toReferences(input);
    const isList = 'items' in input || references[0]?.select.kind === 'all';
    if (!isList || count === undefined) return references.every((reference) => hasAll(reference, done));
    return references.flatMap((reference) => endsOf(reference, done) ?? []).filter((end) => end === 'succeeded').length >= count;
  });
}

function toMetricSteps(condition: Condition): readonly string[] {
  if (condition.kind === 'metric') return [condition.step];
  if (condition.kind === 'not') return toMetricSteps(condition.of);
  return 'left' in condition ? [...toMetricSteps(condition.left), ...toMetricSteps(condition.right)] : [];
}

/** `undefined` = it cannot be judged. */
function judge(condition: Condition, done: ReadonlyMap<string, StepEnd>, definition: PinnedWorkflow): boolean | undefined {
  const value = (each: Condition): unknown => {
    if (each.kind === 'literal') return each.value;
    if (each.kind === 'param') return definition.params[each.name];
    return each.kind === 'metric' ? done.get(each.step)?.metrics[each.name] : judge(each, done, definition);
  };
  switch (condition.kind) {
    case 'not': {
      const inner = judge(condition.of, done, definition);
      return inner === undefined ? undefined : !inner;
    }
    case 'or': {
      const left = judge(condition.left, done, definition);
      return left === false ? judge(condition.right, done, definition) : left;
    }
    case 'compare': {
      const [left, right] = [value(condition.left), value(condition.right)];
      return typeof left === 'number' && typeof right === 'number' ? left <= right : undefined;
    }
    default:
      return value(condition) as boolean;
  }
}

/** Somebody misses a task: it is a result, nobody comes after it, or who comes after it is missed in its turn. */
function isMissed({ step }: StepEnd, task: string, definition: PinnedWorkflow, done: ReadonlyMap<string, StepEnd>): boolean {
  const names = (reference: Reference): boolean =>
    reference.step === step.id && (reference.select.kind !== 'one' || `${step.id}[${reference.select.element}]` === task);
  if (Object.values(definition.outputs).some(names)) return true;
  const after = [...done.values()].filter((end) => end.ends.size > 0 && refersTo(end.step, names));
  if (after.length === 0) return true;
  return after.some((end) => end.isBlocked && [...end.ends.keys()].some((each) => isMissed(end, each, definition, done)));
}

/** True when the step refers to what `names` names: in its inputs, in its fan-out, or in its condition. */
function refersTo(step: PinnedStep, names: (reference: Reference) => boolean): boolean {
  const read =
    step.when === undefined
      ? []
      : toMetricSteps(step.when).map((id): Reference => ({ step: id, port: undefined, select: { kind: 'all' } }));
  return [...Object.values(step.inputs).flatMap(toReferences), ...Object.values(step.foreach?.from ?? {}), ...read].some(names);
}
