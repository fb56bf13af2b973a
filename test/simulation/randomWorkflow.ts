import fc from 'fast-check';
import type { Condition } from '../../language/model/condition.ts';
import { WORKFLOW_INPUTS, type Foreach, type Join, type Reference, type StepInput } from '../../language/model/workflow.ts';
import type { PinnedStep, PinnedWorkflow } from '../../rde-agent/protocol/pinned.ts';
import { contractOf, stepOf, workflowOf } from '../support/pinnedWorkflow.ts';

/** The input that every nested workflow has. */
export const GIVEN_INPUT = 'x';

/** What one step of a random workflow is made of; numbers are reduced to what is there. */
interface StepDraw {
  readonly needs: readonly { readonly step: number; readonly how: number }[];
  readonly asList: boolean;
  readonly fan: number;
  readonly width: number;
  readonly join: number;
  readonly when: number;
  readonly nested: number;
  readonly attempts: number;
  readonly isOutput: boolean;
  readonly isKept: boolean;
}

const draw: fc.Arbitrary<StepDraw> = fc.record({
  needs: fc.array(fc.record({ step: fc.nat({ max: 20 }), how: fc.nat({ max: 9 }) }), { maxLength: 3 }),
  asList: fc.boolean(),
  fan: fc.nat({ max: 9 }),
  width: fc.nat({ max: 4 }),
  join: fc.nat({ max: 5 }),
  when: fc.nat({ max: 9 }),
  nested: fc.nat({ max: 7 }),
  attempts: fc.integer({ min: 1, max: 3 }),
  isOutput: fc.nat({ max: 4 }).map((chance) => chance === 0),
  isKept: fc.nat({ max: 3 }).map((chance) => chance === 0),
});

/** A workflow of up to ten steps; steps may run one of two small workflows, of which one runs the other. */
export const randomWorkflow: fc.Arbitrary<PinnedWorkflow> = fc
  .record({
    steps: fc.array(draw, { minLength: 1, maxLength: 10 }),
    inner: fc.array(draw, { minLength: 1, maxLength: 4 }),
    innermost: fc.array(draw, { minLength: 1, maxLength: 3 }),
  })
  .map(({ steps, inner, innermost }) => {
    const workflows = [toWorkflow('test/inner', inner, 'test/innermost'), toWorkflow('test/innermost', innermost, null)];
    return { ...toWorkflow('test/flow', steps, 'test/inner'), workflows };
  });

function toWorkflow(name: string, draws: readonly StepDraw[], nested: string | null): PinnedWorkflow {
  const steps: PinnedStep[] = [];
  for (const [index, each] of draws.entries()) steps.push(toStep(`s${String(index)}`, each, steps, nested, name !== 'test/flow'));
  const outputs = Object.fromEntries(
    steps.flatMap((step, index) => (draws[index]?.isOutput === true ? [[`o${String(index)}`, toReference(step)] as const] : [])),
  );
  return workflowOf(steps, { workflow: name, outputs, params: { limit: 1 } });
}

function toStep(id: string, each: StepDraw, above: readonly PinnedStep[], nested: string | null, isInner: boolean): PinnedStep {
  const references = each.needs.flatMap(({ step, how }) => {
    const target = above[step % Math.max(1, above.length)];
    return target === undefined ? [] : [toReference(target, how)];
  });
  // Only what is run as a step is given anything.
  if (isInner && each.width > 2) references.push({ step: WORKFLOW_INPUTS, port: GIVEN_INPUT, select: { kind: 'none' } });
  const inputs = toInputs(references, each.asList);
  const isNested = nested !== null && each.nested === 0;
  const foreach = toForeach(each, above);
  const when = toWhen(each.when, above);
  return stepOf(id, {
    contract: contractOf(`test/${id}`, Object.keys(inputs), { reuse: each.isKept ? 'worker' : 'fork' }),
    changes: {
      inputs,
      foreach,
      params: {},
      join: toJoin(each.join),
      retry: { attempts: each.attempts, backoff: 1, on: ['infrastructure'] },
      ...(when === undefined ? {} : { when }),
      ...(isNested ? { kind: 'workflow', name: nested } : {}),
    },
  });
}

/** All needs by themselves, or as one list. */
function toInputs(references: readonly Reference[], asList: boolean): { readonly [port: string]: StepInput } {
  if (asList && references.length > 0) return { in0: { items: references } };
  return Object.fromEntries(references.map((reference, index) => [`in${String(index)}`, reference]));
}

function toReference(step: PinnedStep, how = 0): Reference {
  const { id, foreach } = step;
  const plain = { step: id, port: 'out' };
  if (foreach === undefined) return { ...plain, select: { kind: 'none' } };
  const values = foreach.values['each'] ?? [];
  const isSingle = foreach.from === undefined && foreach.names.length === 1 && values.length > 0 && how > 6;
  return { ...plain, select: isSingle ? { kind: 'one', element: String(how % values.length) } : { kind: 'all' } };
}

function toForeach({ fan, width }: StepDraw, above: readonly PinnedStep[]): Foreach | undefined {
  const each = Array.from({ length: width }, (_, index) => index);
  const source = above.find((step) => step.foreach === undefined);
  if (fan < 5) return undefined;
  if (fan < 7 || source === undefined) return { names: ['each'], values: { each } };
  const from = { found: toReference(source) };
  if (fan === 7) return { names: ['found'], values: {}, from };
  if (fan === 8) return { names: ['each', 'found'], values: { each }, from, product: true };
  return { names: ['each', 'other'], values: { each, other: ['x', 'y'] }, product: true };
}

function toJoin(join: number): Join {
  if (join < 3) return { kind: 'all' };
  return join === 3 ? { kind: 'any' } : { kind: 'quorum', count: join - 2 };
}

function toWhen(when: number, above: readonly PinnedStep[]): Condition | undefined {
  const read = above[when % Math.max(1, above.length)];
  if (when < 6 || read === undefined) return undefined;
  const metric: Condition = { kind: 'metric', step: read.id, name: 'm' };
  const isLow: Condition = { kind: 'compare', operator: '<=', left: metric, right: { kind: 'param', name: 'limit' } };
  if (when < 8) return isLow;
  return { kind: 'or', left: isLow, right: { kind: 'not', of: { kind: 'literal', value: when === 8 } } };
}
