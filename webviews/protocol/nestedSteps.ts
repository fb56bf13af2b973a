import type { GraphStep, WorkflowView } from '../../rde-agent/protocol/workspaceView.ts';

/** The workflows that one nests, and those that they nest, each once. */
export function findNested(workflow: WorkflowView, workflows: readonly WorkflowView[]): readonly WorkflowView[] {
  const byName = new Map(workflows.map((one) => [one.name, one]));
  const found = new Set<WorkflowView>([workflow]);
  for (const one of found) {
    for (const step of one.steps) {
      const inner = step.kind === 'workflow' ? byName.get(step.name) : undefined;
      if (inner !== undefined) found.add(inner);
    }
  }
  found.delete(workflow);
  return [...found];
}

/** The step of a path (`check/score`) with the workflow that writes it; `undefined` where none does. */
export function findStep(
  workflow: WorkflowView,
  nested: readonly WorkflowView[],
  path: string,
): { readonly workflow: WorkflowView; readonly step: GraphStep } | undefined {
  const [first, ...rest] = path.split('/');
  const step = workflow.steps.find((one) => one.id === first);
  if (step === undefined) return undefined;
  if (rest.length === 0) return { workflow, step };
  const inner = nested.find((one) => one.name === step.name);
  return inner === undefined ? undefined : findStep(inner, nested, rest.join('/'));
}
