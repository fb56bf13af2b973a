import { toCanonicalJson, type Json } from '../../language/model/json.ts';
import type { Digest } from '../../language/model/names.ts';
import { WORKFLOW_INPUTS, type Reference } from '../../language/model/workflow.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { OutputRecord, TaskId } from '../protocol/runEvents.ts';
import type { Hash } from './hash.ts';
import type { TaskGraph } from './taskGraph.ts';
import type { TaskNode, TaskSource } from './taskNode.ts';

/** What a nested run gives to the task that it is the run of. */
export interface RunResult {
  readonly outputs: { readonly [name: string]: OutputRecord };
  readonly metrics: { readonly [name: string]: number };
}

/** Results of tasks that have succeeded; of others `undefined`, and no metrics. */
export interface TaskResults {
  output(task: TaskId, port: string): OutputRecord | undefined;
  metricsOf(task: TaskId): { readonly [name: string]: number };
}

/** The workflow that a task of kind `workflow` runs, with the task's parameters. Throws `invalid-request` when it was not pinned. */
export function toNestedDefinition(
  definition: PinnedWorkflow,
  { step }: TaskNode,
  params: { readonly [name: string]: Json },
): PinnedWorkflow {
  const { workflows = [] } = definition;
  const nested = workflows.find((workflow) => workflow.workflow === step.name);
  if (nested === undefined)
    throw new CairnError('invalid-request', `step ${step.id} runs ${step.name}, which was not sent with the workflow`);
  return { ...nested, params, workflows };
}

/** What a task is given on its ports, as the inputs of a nested run: lists become one record. `null` = not known yet (in a plan). */
export function toNestedInputs(
  { inputs }: TaskNode,
  output: TaskResults['output'],
  hash: Hash,
): { readonly [name: string]: OutputRecord | null } {
  const toRecord = (source: TaskSource): OutputRecord | null => {
    if (source.kind === 'given') return source.output;
    if (source.kind === 'value') return output(source.task, source.port) ?? null;
    const items = source.items.map(toRecord);
    return items.every((item) => item !== null) ? toListRecord(items, hash) : null;
  };
  return Object.fromEntries(Object.entries(inputs).map(([port, source]) => [port, toRecord(source)]));
}

/**
 * The outputs of a run by its workflow's `outputs`, and the metrics of all of its tasks in order (a later task's win). An output that comes from
 * a step which did not succeed is absent.
 */
export function toRunResult(graph: TaskGraph, results: TaskResults, hash: Hash): RunResult {
  const outputs: { [name: string]: OutputRecord } = {};
  for (const [name, reference] of Object.entries(graph.definition.outputs)) {
    const output = toOutput(graph, reference, results, hash);
    if (output !== undefined) outputs[name] = output;
  }
  const metrics: { [name: string]: number } = {};
  for (const { tasks } of graph.steps) for (const { id } of tasks) Object.assign(metrics, results.metricsOf(id));
  return { outputs, metrics };
}

/** Several outputs as one value: its digests are over those of its items, and no blob has them. */
export function toListRecord(items: readonly OutputRecord[], hash: Hash): OutputRecord {
  const digestOf = (digests: readonly Digest[]): Digest => hash(`cairn/list/v1\0${toCanonicalJson(digests)}`);
  return {
    type: 'list',
    digest: digestOf(items.map((item) => item.digest)),
    logical: digestOf(items.map((item) => item.logical)),
    exact: items.some((item) => item.exact),
    bytes: items.reduce((sum, item) => sum + item.bytes, 0),
    format: 'list',
    items,
  };
}

function toOutput(graph: TaskGraph, { step, port = '', select }: Reference, results: TaskResults, hash: Hash): OutputRecord | undefined {
  if (step === WORKFLOW_INPUTS) return graph.run.inputs?.[port] ?? undefined;
  const place = graph.step(step);
  if (place === undefined) return undefined;
  if (select.kind !== 'all') return results.output(select.kind === 'one' ? `${step}[${select.element}]` : step, port);
  if (place.placeholder !== null) return undefined;
  const items = place.tasks.flatMap((task) => results.output(task.id, port) ?? []);
  return items.length === place.tasks.length ? toListRecord(items, hash) : undefined;
}
