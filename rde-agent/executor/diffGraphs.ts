import type { DiffNode } from '../protocol/comparisons.ts';
import type { RunView, StepView } from '../protocol/runView.ts';

/** A step of a run, or of a run inside it, with what it needs by path. */
export type ListedStep = Pick<StepView, 'kind' | 'name' | 'needs'>;

/**
 * The steps of a run by path, each nested one (`check/score`) after the step that nests it. What a fan-out nests stands once, with the steps of
 * all its elements: they are of one workflow.
 */
export function listSteps(view: RunView, viewOf: (run: string) => RunView | undefined): ReadonlyMap<string, ListedStep> {
  const steps = new Map<string, ListedStep>();
  const add = (run: RunView, prefix: string): void => {
    for (const { id, kind, name, needs, tasks } of run.steps) {
      const path = `${prefix}${id}`;
      if (!steps.has(path)) steps.set(path, { kind, name, needs: needs.map((need) => `${prefix}${need}`) });
      for (const task of tasks) {
        const nested = run.tasks[task]?.run;
        const inner = nested === undefined ? undefined : viewOf(nested);
        if (inner !== undefined) add(inner, `${path}/`);
      }
    }
  };
  add(view, '');
  return steps;
}

/** Both as one graph: a step that either has, with all that it needs in either. */
export function diffGraphs(before: ReadonlyMap<string, ListedStep>, after: ReadonlyMap<string, ListedStep>): readonly DiffNode[] {
  return mergeOrders([...before.keys()], [...after.keys()]).flatMap((step) => {
    const [was, is] = [before.get(step), after.get(step)];
    const shown = is ?? was;
    if (shown === undefined) return [];
    const needs = [...new Set([...(is?.needs ?? []), ...(was?.needs ?? [])])];
    return [{ step, kind: shown.kind, name: shown.name, in: is === undefined ? 'before' : was === undefined ? 'after' : 'both', needs }];
  });
}

/** As the later run has them; what only the earlier one has follows what was above it there. */
export function mergeOrders(before: readonly string[], after: readonly string[]): readonly string[] {
  const known = new Set(after);
  const following = new Map<string | undefined, string[]>();
  let above: string | undefined;
  for (const path of before) {
    const others = following.get(above);
    if (known.has(path)) above = path;
    else if (others === undefined) following.set(above, [path]);
    else others.push(path);
  }
  return [...(following.get(undefined) ?? []), ...after.flatMap((path) => [path, ...(following.get(path) ?? [])])];
}
