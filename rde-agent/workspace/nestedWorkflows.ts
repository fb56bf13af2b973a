import type { ResolvedWorkflow } from '../../language/service/resolvedWorkflow.ts';

/** Every workflow that is nested in this one, at any depth, each once and after those that it nests itself. */
export function findNested(workflow: ResolvedWorkflow): readonly ResolvedWorkflow[] {
  const found = new Map<string, ResolvedWorkflow>();
  const visit = (outer: ResolvedWorkflow): void => {
    for (const { use } of outer.steps) {
      if (use.kind !== 'workflow' || found.has(use.name)) continue;
      visit(use.workflow);
      found.set(use.name, use.workflow);
    }
  };
  visit(workflow);
  return [...found.values()];
}
