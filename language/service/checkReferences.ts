import { toNearestName } from '../model/nearNames.ts';
import type { PortType } from '../model/portType.ts';
import { isDynamicForeach, toElementNames, WORKFLOW_INPUTS, type Reference } from '../model/workflow.ts';
import { t } from '../model/words.ts';
import { toNameList, toReplacement, toSuggestion } from '../parse/findings.ts';
import type { ValuePath } from '../parse/sourceMap.ts';
import { toDelivered, toOutput, type StepPorts } from './stepPorts.ts';
import type { WorkflowCheck } from './workflowCheck.ts';

/** What a reference delivers; `undefined` where it delivers nothing or nobody can know. Reports what is wrong with it. */
export function checkReference(check: WorkflowCheck, path: ValuePath, reference: Reference): PortType | undefined {
  const { workflow, steps } = check;
  if (reference.step === WORKFLOW_INPUTS) checkWorkflowInput(check, path, reference);
  else {
    const target = findStep(check, [...path, '@step'], reference.step);
    if (target === undefined) return undefined;
    checkSelector(check, path, reference, target);
    checkOutput(check, path, reference, target);
  }
  return toDelivered(reference, workflow.inputs, steps);
}

/** The step of that name. Reported at `path` where there is none; one that could not be read was reported there. */
export function findStep({ findings, source, steps }: WorkflowCheck, path: ValuePath, name: string): StepPorts | undefined {
  const target = steps.get(name);
  if (target !== undefined || source.has(['steps', name])) return target;
  const range = source.valueRange(path);
  const { hint, options } = toSuggestion({ file: source.file, range }, name, steps.keys());
  findings.add('unknown-step', range, t`There is no step \`${name}\`${hint || '.'}`, options);
  return undefined;
}

function checkWorkflowInput({ workflow, findings, source }: WorkflowCheck, path: ValuePath, { port = '' }: Reference): void {
  const names = workflow.inputs.map(({ name }) => name);
  if (names.includes(port) || source.has(['inputs', port])) return;
  const range = source.valueRange([...path, '@port']);
  const { hint, options } = toSuggestion({ file: source.file, range }, port, names);
  const rest = names.length === 0 ? t(': it has no `inputs`.') : hint || t`. It has ${toNameList(names)}.`;
  findings.add('unknown-port', range, t`This workflow has no input \`${port}\`${rest}`, options);
}

function checkOutput({ findings, source }: WorkflowCheck, path: ValuePath, reference: Reference, target: StepPorts): void {
  const { contract } = target;
  if (contract === undefined || toOutput(reference, contract) !== undefined) return;
  const names = contract.outputs.map(({ name }) => name);
  if (reference.port === undefined) {
    if (target.source?.has(['outputs']) === true && names.length === 0) return;
    const message = t`\`${reference.step}\` has ${names.length === 0 ? t('no output') : t`several outputs: name one of ${toNameList(names)}`}.`;
    findings.add('unknown-port', source.valueRange(path), message);
    return;
  }
  if (target.source?.has(['outputs', reference.port]) === true) return;
  const range = source.valueRange([...path, '@port']);
  const { hint, options } = toSuggestion({ file: source.file, range }, reference.port, names);
  const rest = names.length === 0 ? t(': it has none.') : hint || t`. It has ${toNameList(names)}.`;
  findings.add('unknown-port', range, t`\`${contract.name}\` has no output \`${reference.port}\`${rest}`, options);
}

/** Brackets belong to fan-outs, and only to them. */
function checkSelector({ findings, source }: WorkflowCheck, path: ValuePath, reference: Reference, { step }: StepPorts): void {
  const { select } = reference;
  if (step.foreach === undefined) {
    if (select.kind === 'none' || source.has(['steps', step.id, 'foreach'])) return;
    const message = t`\`${step.id}\` is no fan-out (it has no \`foreach\`), so it has no elements to choose from.`;
    const range = source.valueRange([...path, '@element']);
    const plain = `${step.id}${reference.port === undefined ? '' : `.${reference.port}`}`;
    findings.add('type-mismatch', range, message, {
      fix: toReplacement(source.file, source.valueRange(path), plain, t('Take its only output')),
    });
    return;
  }
  const isDynamic = isDynamicForeach(step.foreach);
  const elements = isDynamic ? [] : toElementNames(step.foreach);
  if (select.kind === 'none') {
    const port = reference.port === undefined ? '' : `.${reference.port}`;
    const rest = isDynamic ? '' : t`, or name one of ${toNameList(elements)}`;
    const message = t`\`${step.id}\` is a fan-out: write \`${step.id}[*]${port}\` for the list of all elements${rest}.`;
    const range = source.valueRange(path);
    const all = JSON.stringify(`${step.id}[*]${port}`);
    findings.add('type-mismatch', range, message, { fix: toReplacement(source.file, range, all, t('Take the list of all elements')) });
  } else if (select.kind === 'one')
    checkElement({ findings, source }, path, { step: step.id, element: select.element, elements, isDynamic });
}

interface ElementChoice {
  readonly step: string;
  readonly element: string;
  readonly elements: readonly string[];
  readonly isDynamic: boolean;
}

function checkElement(
  { findings, source }: Pick<WorkflowCheck, 'findings' | 'source'>,
  path: ValuePath,
  { step, element, elements, isDynamic }: ElementChoice,
): void {
  const range = source.valueRange([...path, '@element']);
  if (isDynamic) {
    const message = t`The elements of \`${step}\` are known only when it runs, so none of them can be named here: take all with \`[*]\`.`;
    findings.add('not-supported', range, message);
    return;
  }
  if (elements.includes(element)) return;
  const near = toNearestName(element, elements);
  const rest = near === undefined ? t`. It has ${toNameList(elements)}.` : t`: did you mean \`${near}\`?`;
  const options = near === undefined ? {} : { fix: toReplacement(source.file, range, near) };
  findings.add('unknown-step', range, t`\`${step}\` has no element \`${element}\`${rest}`, options);
}

export function toReferenceText({ step, port, select }: Reference): string {
  const element = select.kind === 'none' ? '' : `[${select.kind === 'all' ? '*' : select.element}]`;
  return `${step}${element}${port === undefined ? '' : `.${port}`}`;
}
