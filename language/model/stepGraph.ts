import { toConditionSteps, type Condition } from './condition.ts';
import { isDynamicForeach, toElementNames, toReferences, type Foreach, type Reference, type Step } from './workflow.ts';

/** What one step is given by another: an output (`port`), elements of a fan-out (`foreach.name`), or metrics that a condition reads (`when`). */
export interface StepEdge {
  readonly from: { readonly step: string; readonly port: string };
  readonly to: { readonly step: string; readonly port: string };
}

/**
 * The edges into one step. `isKnown` = the workflow has such a step: others give none. `toPort` names the port of a reference; `''` where it names none, and its
 * step has not exactly one.
 */
export function toStepEdges(
  { id, inputs, foreach, when }: Pick<Step, 'id' | 'inputs' | 'foreach'> & { readonly when?: Condition | undefined },
  isKnown: (step: string) => boolean,
  toPort: (reference: Reference) => string,
): readonly StepEdge[] {
  const given = Object.entries(inputs).flatMap(([port, input]) => toReferences(input).map((reference) => ({ port, reference })));
  const from = Object.entries(foreach?.from ?? {}).map(([name, reference]) => ({ port: `foreach.${name}`, reference }));
  const data = [...given, ...from].flatMap(({ port, reference }): readonly StepEdge[] =>
    isKnown(reference.step) ? [{ from: { step: reference.step, port: toPort(reference) }, to: { step: id, port } }] : [],
  );
  const read = (when === undefined ? [] : toConditionSteps(when)).filter(isKnown);
  return [...data, ...read.map((step) => ({ from: { step, port: 'metrics' }, to: { step: id, port: 'when' } }))];
}

/** Names of what a step fans out over; `null` = it does not, or (`isDynamic`) they are known only when it runs. */
export function toStepElements(foreach: Foreach | undefined): { readonly elements: readonly string[] | null; readonly isDynamic?: true } {
  if (foreach === undefined) return { elements: null };
  return isDynamicForeach(foreach) ? { elements: null, isDynamic: true } : { elements: toElementNames(foreach) };
}
