import type { Json } from '../model/json.ts';
import type { ModuleContract, Param } from '../model/module.ts';
import { toParamMismatch } from '../model/paramValue.ts';
import type { Step, TemplatePart } from '../model/workflow.ts';
import { t } from '../model/words.ts';
import { toNameList, toSuggestion } from '../parse/findings.ts';
import type { ValuePath } from '../parse/sourceMap.ts';
import type { StepPorts } from './stepPorts.ts';
import type { WorkflowCheck } from './workflowCheck.ts';

type Substitution = Extract<TemplatePart, { kind: 'substitution' }>;

/** What a run knows about itself; both are texts. */
const RUN_NAMES = ['id', 'nominalTime'];

/** Every parameter given is declared and gets a value of its type; every parameter without a default is given. */
export function checkStepParams(check: WorkflowCheck, { step, contract, source: definition }: StepPorts): void {
  for (const name of Object.keys(step.params)) {
    const param = contract?.params.find((candidate) => candidate.name === name);
    checkValue(check, step, name, param);
    const isKnown = contract === undefined || param !== undefined || definition?.has(['params', name]) === true;
    if (!isKnown) reportUnknownParam(check, ['steps', step.id, 'params', name], contract);
  }
  if (contract !== undefined) reportNotGiven(check, { step, contract, source: definition }, contract);
}

function reportNotGiven({ findings, source }: WorkflowCheck, { step, source: definition }: StepPorts, contract: ModuleContract): void {
  for (const param of contract.params) {
    const isGiven = source.has(['steps', step.id, 'params', param.name]);
    // A default that is wrong was taken out of the contract, and reported there.
    if (isGiven || param.default !== undefined || definition?.has(['params', param.name, 'default']) === true) continue;
    const message = t`Step \`${step.id}\` has no value for \`${param.name}\` (${param.type}), which has no default in \`${contract.name}\`.`;
    findings.add('missing-input', source.keyRange(['steps', step.id]), message);
  }
}

function reportUnknownParam({ findings, source }: WorkflowCheck, path: ValuePath, contract: ModuleContract): void {
  const name = String(path.at(-1));
  const range = source.keyRange(path);
  if (contract.inputs.some((input) => input.name === name)) {
    findings.add('unknown-param', range, t`\`${name}\` is an input of \`${contract.name}\`, not a parameter: give it under \`in\`.`);
    return;
  }
  const names = contract.params.map((param) => param.name);
  const { hint, options } = toSuggestion({ file: source.file, range }, name, names);
  const rest = names.length === 0 ? t(': it has none.') : hint || t`. It has ${toNameList(names)}.`;
  findings.add('unknown-param', range, t`\`${contract.name}\` has no parameter \`${name}\`${rest}`, options);
}

/** `param` is `undefined` where the module does not declare it: substitutions are checked all the same. */
function checkValue(check: WorkflowCheck, step: Step, name: string, param: Param | undefined): void {
  const value = step.params[name];
  const path = ['steps', step.id, 'params', name];
  if (value === undefined) return;
  if (value.kind === 'literal') {
    if (param !== undefined) report(check, path, param, value.value);
    return;
  }
  let index = 0;
  for (const part of value.parts) {
    if (part.kind !== 'substitution') continue;
    checkSubstitution(check, step, { part, path: [...path, `@${index}`], param: value.parts.length === 1 ? param : undefined });
    index += 1;
  }
  if (param === undefined || value.parts.length === 1 || param.type === 'string' || param.type === 'json') return;
  const message = t`\`${name}\` is ${param.type}, but a text with something inserted is a text.`;
  check.findings.add('type-mismatch', check.source.valueRange(path), message);
}

function report({ findings, source }: WorkflowCheck, path: ValuePath, param: Param, value: Json): boolean {
  const mismatch = toParamMismatch(param, value);
  if (mismatch === undefined) return false;
  findings.add('type-mismatch', source.valueRange(path), `\`${param.name}\` ${mismatch}.`);
  return true;
}

interface SubstitutionCheck {
  readonly part: Substitution;
  readonly path: ValuePath;
  /** the parameter whose whole value it is; `undefined` = it only stands in a text */
  readonly param: Param | undefined;
}

function checkSubstitution(check: WorkflowCheck, step: Step, substitution: SubstitutionCheck): void {
  const { part } = substitution;
  if (part.scope === 'params') checkWorkflowParam(check, substitution);
  else if (part.scope === 'foreach') checkForeachName(check, step, substitution);
  else if (!RUN_NAMES.includes(part.name)) reportUnknownName(check, substitution, RUN_NAMES, t('A run has no'));
  else checkFlow(check, substitution, { name: part.name, type: 'string' });
}

function checkWorkflowParam(check: WorkflowCheck, substitution: SubstitutionCheck): void {
  const { workflow, source } = check;
  const given = workflow.params.find(({ name }) => name === substitution.part.name);
  if (given !== undefined) checkFlow(check, substitution, given);
  else if (!source.has(['params', substitution.part.name])) {
    reportUnknownName(
      check,
      substitution,
      workflow.params.map(({ name }) => name),
      t('This workflow has no parameter'),
    );
  }
}

/** A whole number is a number, and everything is JSON. */
function checkFlow({ findings, source }: WorkflowCheck, { param, path, part }: SubstitutionCheck, given: Param): void {
  if (param === undefined || given.type === param.type || param.type === 'json') return;
  if (given.type === 'int' && param.type === 'float') return;
  const message = t`\`${param.name}\` is ${param.type}, but \`${part.scope}.${part.name}\` is ${given.type}.`;
  findings.add('type-mismatch', source.valueRange(path), message);
}

function checkForeachName(check: WorkflowCheck, step: Step, substitution: SubstitutionCheck): void {
  const { part, param } = substitution;
  const { values = {}, from = {}, names = [] } = step.foreach ?? {};
  if (Object.hasOwn(from, part.name)) return;
  const list = Object.hasOwn(values, part.name) ? values[part.name] : undefined;
  if (list === undefined) {
    if (check.source.has(['steps', step.id, 'foreach', part.name])) return;
    reportUnknownName(check, substitution, names, t('This step’s `foreach` has no'));
    return;
  }
  if (param === undefined) return;
  list.some((value, index) => report(check, ['steps', step.id, 'foreach', part.name, index], param, value));
}

function reportUnknownName(
  { findings, source }: WorkflowCheck,
  { part, path }: SubstitutionCheck,
  known: readonly string[],
  start: string,
): void {
  const range = source.valueRange(path);
  const { hint, options } = toSuggestion({ file: source.file, range }, part.name, known);
  findings.add('unknown-param', range, `${start} \`${part.name}\`${hint || '.'}`, options);
}
