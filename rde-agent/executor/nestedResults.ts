import { toCanonicalJson } from '../../language/model/json.ts';
import { WORKFLOW_INPUTS, type Reference } from '../../language/model/workflow.ts';
import type { Hash } from '../engine/hash.ts';
import type { OutputLookup } from '../engine/keys.ts';
import type { TaskNode, TaskSource } from '../engine/taskNode.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { OutputRecord } from '../protocol/runEvents.ts';
import type { RunView } from '../protocol/runView.ts';

/** The definition that the run of a nested task gets: pinned with its parent, with this task's parameters; `undefined` = it was not pinned. */
export function toNestedDefinition({ step, params }: TaskNode, parent: PinnedWorkflow): PinnedWorkflow | undefined {
  const nested = parent.workflows?.find((each) => each.workflow === step.name);
  if (nested === undefined) return undefined;
  const { workspace, tree, domain, workflows } = parent;
  const priority = step.priority ?? nested.priority ?? parent.priority;
  return {
    ...nested,
    workspace,
    tree,
    domain,
    params,
    ...(workflows === undefined ? {} : { workflows }),
    ...(priority === undefined ? {} : { priority }),
  };
}

/** How many workflows are nested in one another; 0 = none. Pinned workflows are without cycles, and one that is not ends at `limit`. */
export function toDepth(definition: PinnedWorkflow, limit: number): number {
  const byName = new Map((definition.workflows ?? []).map((each) => [each.workflow, each]));
  let level: ReadonlySet<PinnedWorkflow> = new Set([definition]);
  for (let depth = 0; depth <= limit; depth += 1) {
    const names = [...level].flatMap((each) => each.steps.flatMap((step) => (step.kind === 'workflow' ? [step.name] : [])));
    if (names.length === 0) return depth;
    level = new Set(names.flatMap((name) => byName.get(name) ?? []));
  }
  return limit + 1;
}

/** Several outputs as one. */
export function toListRecord(items: readonly OutputRecord[], hash: Hash): OutputRecord {
  const digest = hash(`cairn/list/v1\0${toCanonicalJson(items.map((item) => item.digest))}`);
  const logical = hash(`cairn/list/v1\0${toCanonicalJson(items.map((item) => item.logical))}`);
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  return { type: 'list', format: 'list', digest, logical, exact: items.every((item) => item.exact), bytes, items };
}

/** What a nested run is given for one input; `undefined` = its source was never published. */
export function toGivenOutput(source: TaskSource, outputOf: OutputLookup, hash: Hash): OutputRecord | undefined {
  switch (source.kind) {
    case 'value':
      return outputOf(source.task, source.port);
    case 'given':
      return source.output ?? undefined;
    case 'list':
      return toListRecord(
        source.items.flatMap((item) => toGivenOutput(item, outputOf, hash) ?? []),
        hash,
      );
  }
}

/** The workflow's own outputs. One that comes from a step that was skipped is absent. */
export function toNestedOutputs(definition: PinnedWorkflow, view: RunView, hash: Hash): { readonly [port: string]: OutputRecord } {
  const outputs: { [port: string]: OutputRecord } = {};
  for (const [name, reference] of Object.entries(definition.outputs)) {
    const output = toOutput(reference, view, hash);
    if (output !== undefined) outputs[name] = output;
  }
  return outputs;
}

function toOutput({ step, port = '', select }: Reference, view: RunView, hash: Hash): OutputRecord | undefined {
  if (step === WORKFLOW_INPUTS) return undefined;
  const outputOf = (task: string): OutputRecord | undefined => view.tasks[task]?.outputs[port];
  switch (select.kind) {
    case 'none':
      return outputOf(step);
    case 'one':
      return outputOf(`${step}[${select.element}]`);
    case 'all': {
      const found = view.steps.find((each) => each.id === step);
      if (found === undefined) return undefined;
      return toListRecord(
        found.tasks.flatMap((task) => outputOf(task) ?? []),
        hash,
      );
    }
  }
}

/** All metrics of its tasks; of those with one name the last in order. */
export function toNestedMetrics(view: RunView): { readonly [name: string]: number } {
  return Object.assign({}, ...view.order.map((task) => view.tasks[task]?.metrics ?? {})) as { readonly [name: string]: number };
}

/** The first task that failed in a nested run, at whatever depth, by its path from the parent. */
export function findFailure(
  view: RunView,
  path: string,
  viewOf: (run: string) => RunView | undefined,
): { readonly path: string; readonly message: string } {
  const failed = view.order.map((id) => view.tasks[id]).find((task) => task?.state === 'failed');
  if (failed === undefined) return { path, message: `run ${view.run} ended as ${view.state}` };
  const below = `${path}/${failed.id}`;
  const inner = failed.run === undefined ? undefined : viewOf(failed.run);
  if (inner !== undefined && inner.state === 'failed') return findFailure(inner, below, viewOf);
  return { path: below, message: failed.error?.message ?? 'it failed' };
}
