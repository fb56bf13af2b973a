import { toNestedDefinition } from '../engine/nested.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { RunView } from '../protocol/runView.ts';

/** The definition that the run of a nested task gets; tasks of a nested run are as urgent as their step. Throws `invalid-request`. */
export function toInnerDefinition(task: TaskNode, parent: PinnedWorkflow): PinnedWorkflow {
  const nested = toNestedDefinition(parent, task, task.params);
  const { workspace, tree, domain } = parent;
  const priority = task.step.priority ?? nested.priority ?? parent.priority;
  return { ...nested, workspace, tree, domain, ...(priority === undefined ? {} : { priority }) };
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
