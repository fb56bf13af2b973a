import type { CompareOperator, Condition } from '../../language/model/condition.ts';
import type { Json } from '../../language/model/json.ts';

/** Whether a step is run. An error says what cannot be judged, ready to be shown. */
export type Verdict = { readonly kind: 'true' } | { readonly kind: 'false' } | { readonly kind: 'error'; readonly message: string };

/** What a condition reads. */
export interface ConditionValues {
  readonly params: { readonly [name: string]: Json };
  /** `undefined` = the step gave no such metric */
  metric(step: string, name: string): number | undefined;
}

type Scalar = boolean | number | string | null;

/** Inside: thrown where a value is missing or of another type, so that `&&` and `||` need not look at what does not count. */
class ConditionError extends Error {}

/**
 * Judges a condition. What `&&` and `||` need not look at is not looked at. Values are compared with values of their own
 * type only; `null` may be compared with anything by `==` and `!=`.
 */
export function judge(condition: Condition, values: ConditionValues): Verdict {
  try {
    return toTruth(condition, values) ? { kind: 'true' } : { kind: 'false' };
  } catch (error) {
    if (error instanceof ConditionError) return { kind: 'error', message: error.message };
    throw error;
  }
}

function toTruth(condition: Condition, values: ConditionValues): boolean {
  switch (condition.kind) {
    case 'not':
      return !toTruth(condition.of, values);
    case 'and':
      return toTruth(condition.left, values) && toTruth(condition.right, values);
    case 'or':
      return toTruth(condition.left, values) || toTruth(condition.right, values);
    case 'compare':
      return compare(condition.operator, toScalar(condition.left, values), toScalar(condition.right, values), condition);
    default: {
      const value = toScalar(condition, values);
      if (typeof value === 'boolean') return value;
      throw new ConditionError(`${toText(condition)} is ${JSON.stringify(value)}, which is neither true nor false`);
    }
  }
}

function toScalar(condition: Condition, values: ConditionValues): Scalar {
  switch (condition.kind) {
    case 'literal':
      return condition.value;
    case 'param': {
      const value = Object.hasOwn(values.params, condition.name) ? values.params[condition.name] : undefined;
      if (value === undefined) throw new ConditionError(`the workflow has no parameter ${condition.name}`);
      if (value !== null && typeof value === 'object') throw new ConditionError(`parameter ${condition.name} is not a single value`);
      return value;
    }
    case 'metric': {
      const value = values.metric(condition.step, condition.name);
      if (value === undefined) throw new ConditionError(`${condition.step} gave no metric ${condition.name}`);
      return value;
    }
    default:
      return toTruth(condition, values);
  }
}

function compare(operator: CompareOperator, left: Scalar, right: Scalar, condition: Extract<Condition, { kind: 'compare' }>): boolean {
  const isEquality = operator === '==' || operator === '!=';
  const isFit = isEquality
    ? typeof left === typeof right || left === null || right === null
    : typeof left === typeof right && isOrdered(left);
  if (!isFit) {
    const [first, second] = [toText(condition.left), toText(condition.right)];
    throw new ConditionError(
      `${first} (${JSON.stringify(left)}) and ${second} (${JSON.stringify(right)}) cannot be compared by ${operator}`,
    );
  }
  if (isEquality) return (left === right) === (operator === '==');
  return isInOrder(operator, left ?? 0, right ?? 0);
}

function isOrdered(value: Scalar): boolean {
  return typeof value === 'number' || typeof value === 'string';
}

function isInOrder(operator: CompareOperator, left: boolean | number | string, right: boolean | number | string): boolean {
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}

/** As the workflow file says it, for messages. */
function toText(condition: Condition): string {
  switch (condition.kind) {
    case 'literal':
      return JSON.stringify(condition.value);
    case 'param':
      return `params.${condition.name}`;
    case 'metric':
      return `${condition.step}.metrics.${condition.name}`;
    default:
      return 'the expression';
  }
}
