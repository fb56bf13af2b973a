import type { Condition } from '../model/condition.ts';
import type { ParamType } from '../model/module.ts';
import { later, t, translate } from '../model/words.ts';
import { toNameList, toSuggestion } from '../parse/findings.ts';
import type { ValuePath } from '../parse/sourceMap.ts';
import { findStep } from './checkReferences.ts';
import type { StepPorts } from './stepPorts.ts';
import type { WorkflowCheck } from './workflowCheck.ts';

/** Everything that a condition reads is there, and what it compares can be compared. */
export function checkCondition(check: WorkflowCheck, { step }: StepPorts): void {
  if (step.when === undefined) return;
  const path = ['steps', step.id, 'when'];
  const names = checkNames(check, path, step.when, 0);
  if (names === 0) {
    const message = t('This reads no parameter and no metric, so it is always the same.');
    check.findings.add('constant-condition', check.source.valueRange(path), message, { severity: 'warning' });
    return;
  }
  const type = toType(check, path, step.when);
  if (type === 'bool' || type === 'any') return;
  check.findings.add(
    'condition-type',
    check.source.valueRange(path),
    t`This is ${translate(WORDS[type])}, and a condition is true or false: compare it with something.`,
  );
}

/** Parts `@0`, `@1` … are the names in the order of the text: one for a parameter, two for a metric. Answers the number of the next one. */
function checkNames(check: WorkflowCheck, path: ValuePath, condition: Condition, index: number): number {
  switch (condition.kind) {
    case 'literal':
      return index;
    case 'param':
      checkParam(check, [...path, `@${index}`], condition.name);
      return index + 1;
    case 'metric':
      checkMetric(check, [...path, `@${index}`], condition.step);
      return index + 2;
    case 'not':
      return checkNames(check, path, condition.of, index);
    default:
      return checkNames(check, path, condition.right, checkNames(check, path, condition.left, index));
  }
}

function checkParam({ workflow, source, findings }: WorkflowCheck, path: ValuePath, name: string): void {
  const names = workflow.params.map((param) => param.name);
  if (names.includes(name) || source.has(['params', name])) return;
  const range = source.valueRange(path);
  const { hint, options } = toSuggestion({ file: source.file, range }, name, names);
  const rest = names.length === 0 ? t(': it has none.') : hint || t`. It has ${toNameList(names)}.`;
  findings.add('unknown-param', range, t`This workflow has no parameter \`${name}\`${rest}`, options);
}

function checkMetric(check: WorkflowCheck, path: ValuePath, name: string): void {
  const target = findStep(check, path, name);
  if (target?.step.use.kind !== 'dataset') return;
  const message = t`\`${name}\` is a dataset, and datasets have no metrics.`;
  check.findings.add('unknown-metric', check.source.valueRange(path), message);
}

/** What an expression is; `any`: json, `null`, or what was reported already. */
type ValueType = 'bool' | 'number' | 'text' | 'any';

const WORDS: Readonly<Record<ValueType, string>> = {
  bool: later('true or false'),
  number: later('a number'),
  text: later('a text'),
  any: later('anything'),
};

function toType(check: WorkflowCheck, path: ValuePath, condition: Condition): ValueType {
  switch (condition.kind) {
    case 'literal':
      return toLiteralType(condition.value);
    case 'param':
      return toParamType(check.workflow.params.find(({ name }) => name === condition.name)?.type);
    case 'metric':
      return 'number';
    case 'not':
      checkTruth(check, path, condition.of, '!');
      return 'bool';
    case 'and':
    case 'or':
      for (const operand of [condition.left, condition.right]) checkTruth(check, path, operand, condition.kind === 'and' ? '&&' : '||');
      return 'bool';
    case 'compare':
      checkComparison(check, path, condition);
      return 'bool';
  }
}

function toLiteralType(value: string | number | boolean | null): ValueType {
  if (value === null) return 'any';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'number' ? 'number' : 'text';
}

function toParamType(type: ParamType | undefined): ValueType {
  if (type === 'int' || type === 'float') return 'number';
  if (type === 'string') return 'text';
  return type === 'bool' ? 'bool' : 'any';
}

function checkTruth(check: WorkflowCheck, path: ValuePath, operand: Condition, sign: string): void {
  const type = toType(check, path, operand);
  if (type === 'bool' || type === 'any') return;
  check.findings.add(
    'condition-type',
    check.source.valueRange(path),
    t`\`${sign}\` takes what is true or false, not ${translate(WORDS[type])}: compare it with something.`,
  );
}

function checkComparison(check: WorkflowCheck, path: ValuePath, condition: Extract<Condition, { kind: 'compare' }>): void {
  const { operator, left, right } = condition;
  const [one, other] = [toType(check, path, left), toType(check, path, right)];
  const range = check.source.valueRange(path);
  const isEquality = operator === '==' || operator === '!=';
  if (!isEquality && (one === 'bool' || other === 'bool')) {
    check.findings.add('condition-type', range, t`\`${operator}\` compares numbers or texts, not what is true or false.`);
  } else if (one !== other && one !== 'any' && other !== 'any') {
    check.findings.add('condition-type', range, t`\`${operator}\` can’t compare ${translate(WORDS[one])} with ${translate(WORDS[other])}.`);
  }
}
