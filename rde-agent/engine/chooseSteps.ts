import { toConditionSteps } from '../../language/model/condition.ts';
import { toReferences, WORKFLOW_INPUTS } from '../../language/model/workflow.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';

/**
 * Every step that is part of a run from step `from`: `run` = it may run, `above` = it must be given or reusable. Throws
 * CairnError `unknown-step`.
 */
export function chooseSteps(definition: PinnedWorkflow, from: string | null): ReadonlyMap<string, 'run' | 'above'> {
  if (from === null) return new Map(definition.steps.map((step) => [step.id, 'run']));
  if (!definition.steps.some((step) => step.id === from)) throw toUnknown(definition, from);
  const chosen = new Map<string, 'run' | 'above'>([[from, 'run']]);
  const needs = new Map(definition.steps.map((step) => [step.id, toNeededSteps(step)]));
  for (const [id, needed] of needs) if (needed.some((need) => chosen.get(need) === 'run')) chosen.set(id, 'run');
  for (const [id, needed] of [...needs].toReversed()) {
    if (chosen.has(id)) for (const need of needed) if (!chosen.has(need)) chosen.set(need, 'above');
  }
  return chosen;
}

/** Paths of documents name more than steps: what is inside of a nested workflow, and elements of a fan-out. */
function toUnknown({ workflow, steps }: PinnedWorkflow, from: string): CairnError {
  const [whole] = steps
    .filter(({ id }) => from.startsWith(`${id}/`) || from.startsWith(`${id}[`))
    .toSorted((a, b) => b.id.length - a.id.length);
  if (whole === undefined)
    return new CairnError('unknown-step', `${workflow} has no step ${from}`, {
      next: `Its steps are ${steps.map(({ id }) => id).join(', ')}.`,
    });
  return new CairnError('unknown-step', `${from} is a part of step ${whole.id}; a run starts from a whole step of ${workflow}`, {
    next: `Start from \`${whole.id}\`.`,
  });
}

/** Steps that a step refers to: in its inputs, in the order of its ports, then in its fan-out and its condition; each once. */
function toNeededSteps(step: PinnedStep): readonly string[] {
  const references = [...Object.values(step.inputs).flatMap(toReferences), ...Object.values(step.foreach?.from ?? {})];
  const steps = references.map((reference) => reference.step).filter((id) => id !== WORKFLOW_INPUTS);
  return [...new Set([...steps, ...(step.when === undefined ? [] : toConditionSteps(step.when))])];
}
