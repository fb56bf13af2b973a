/** The expression of `when:`. No functions; nothing else is evaluated. */
export type Condition =
  | { readonly kind: 'literal'; readonly value: boolean | number | string | null }
  /** a parameter of the workflow */
  | { readonly kind: 'param'; readonly name: string }
  /** `step.metrics.name`; of a nested workflow: a metric of any of its tasks, the last one in order where several have it */
  | { readonly kind: 'metric'; readonly step: string; readonly name: string }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'compare'; readonly operator: CompareOperator; readonly left: Condition; readonly right: Condition };

export const COMPARE_OPERATORS = ['==', '!=', '<=', '>=', '<', '>'] as const;
export type CompareOperator = (typeof COMPARE_OPERATORS)[number];

/** Steps whose metrics a condition reads, each once, in order of appearance. */
export function toConditionSteps(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'metric':
      return [condition.step];
    case 'not':
      return toConditionSteps(condition.of);
    case 'and':
    case 'or':
    case 'compare':
      return [...new Set([...toConditionSteps(condition.left), ...toConditionSteps(condition.right)])];
    case 'literal':
    case 'param':
      return [];
  }
}
