import { toCanonicalJson } from '../../language/model/json.ts';
import type { Digest } from '../../language/model/names.ts';
import { toReferences } from '../../language/model/workflow.ts';
import { toGiven } from '../engine/decide.ts';
import { toFloorLineage } from '../engine/lineage.ts';
import type { TaskKey } from '../engine/keys.ts';
import { toTaskGraph } from '../engine/taskGraph.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import { readsParam } from '../engine/taskParams.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';
import type { GivenResult, OutputRecord, RunEvent } from '../protocol/runEvents.ts';
import type { RunView } from '../protocol/runView.ts';
import type { TaskView } from '../protocol/taskView.ts';
import type { Submitted } from './activeRunOptions.ts';

const NO_KEY = { key: null, parts: null };

/**
 * What a task of a run records that was given its result: of a rerun, above the step that it starts from; of a replay, a dataset that came from
 * outside. `undefined` = not given.
 */
export function toGivenReuse(
  task: TaskNode,
  submitted: Submitted,
  toKey: () => TaskKey,
): Extract<RunEvent, { type: 'task.reused' }> | undefined {
  const given = toPinned(task, submitted) ?? toAbove(task, submitted);
  if (given === undefined) return undefined;
  const { key, parts } = task.step.kind === 'workflow' ? NO_KEY : toKey();
  return {
    type: 'task.reused',
    task: task.id,
    key,
    parts,
    // No entry of the cache: it is taken from that run as it is.
    entry: '',
    producer: { run: given.run, task: task.id },
    outputs: given.result.outputs,
    metrics: given.result.metrics,
    lineage: toFloorLineage(task),
    reasons: [{ kind: 'hit', message: given.message }],
    saved: 0,
  };
}

interface Given {
  readonly result: GivenResult;
  readonly run: string;
  readonly message: string;
}

function toPinned({ id }: TaskNode, { replay }: Submitted): Given | undefined {
  if (replay === undefined || !Object.hasOwn(replay.pinned, id)) return undefined;
  const result = replay.pinned[id];
  return result && { result, run: replay.run, message: `came from outside: its content is pinned by the receipt of run ${replay.run}` };
}

function toAbove(task: TaskNode, submitted: Submitted): Given | undefined {
  const { origin } = submitted;
  const result = toGiven(task, submitted);
  if (result === undefined || origin?.kind !== 'rerun') return undefined;
  return { result, run: origin.run, message: `taken from run ${origin.run}, of which this is a rerun` };
}

/**
 * Results of an earlier run for every task above `from`. Throws `unknown-step`, or `invalid-request` when that run has none for one of them, when
 * what is read of one is not in the store any more (`has`), or when one of them would have been given other parameters: its result would stand
 * for what was never computed.
 */
export function takeGiven(
  view: RunView,
  definition: PinnedWorkflow,
  before: Submitted,
  from: string,
  has: (blob: Digest) => boolean,
): Pick<Submitted, 'given'> {
  const graph = toTaskGraph(definition, { id: '', nominalTime: before.nominalTime ?? null, inputs: before.inputs ?? {} }, from);
  const changed = Object.keys(definition.params).filter((name) => isChanged(name, before.definition.params, definition.params));
  const read = new Set(graph.nodes.filter(({ mustReuse }) => !mustReuse).flatMap(({ step }) => listRead(step)));
  const given: { [task: string]: GivenResult } = {};
  for (const { id, mustReuse, step } of graph.nodes) {
    if (!mustReuse) continue;
    const other = changed.find((name) => readsParam(step, name));
    if (other !== undefined) throw toOutdated(step.id, other, from);
    for (const task of id === `${step.id}[*]` ? listElements(view, step.id) : [id]) {
      const result = view.tasks[task];
      if (result?.state !== 'succeeded') throw toMissing(view.run, task, from, result);
      const gone = read.has(step.id) && Object.values(result.outputs).some((output) => !isThere(output, has));
      if (gone) throw toGone(view.run, task, step.id);
      given[task] = { outputs: result.outputs, metrics: result.metrics };
    }
  }
  return { given };
}

/** Steps whose outputs a step reads. */
function listRead({ inputs, foreach }: PinnedStep): readonly string[] {
  return [...Object.values(inputs).flatMap(toReferences), ...Object.values(foreach?.from ?? {})].map(({ step }) => step);
}

function isThere({ format, items = [], digest }: OutputRecord, has: (blob: Digest) => boolean): boolean {
  return format === 'list' ? items.every((item) => isThere(item, has)) : has(digest);
}

function isChanged(name: string, before: PinnedWorkflow['params'], after: PinnedWorkflow['params']): boolean {
  return !Object.hasOwn(before, name) || toCanonicalJson(before[name]) !== toCanonicalJson(after[name]);
}

function toOutdated(step: string, param: string, from: string): CairnError {
  return new CairnError('invalid-request', `${step} is above ${from} and reads parameter ${param}, which is another now`, {
    next: `Start from \`${step}\`, or leave \`--from\` away.`,
  });
}

function listElements(view: RunView, step: string): readonly string[] {
  return view.steps.find((each) => each.id === step)?.tasks ?? [];
}

function toGone(run: string, task: string, step: string): CairnError {
  return new CairnError(
    'invalid-request',
    `What ${task} gave in run ${run} is not in the store any more: it was thrown away or is damaged`,
    {
      next: `Start from \`${step}\`, or leave \`--from\` away.`,
    },
  );
}

function toMissing(run: string, task: string, from: string, result: TaskView | undefined): CairnError {
  const why = result === undefined ? 'has no such task' : `it is ${result.state} there`;
  return new CairnError('invalid-request', `Run ${run} has no result of ${task}, which is above ${from}: ${why}`, {
    next: `Name a step further up, or leave \`--from\` away.`,
  });
}
