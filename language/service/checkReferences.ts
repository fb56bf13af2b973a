import type { InputPort, ModuleContract, OutputPort } from '../model/module.ts';
import { toNearestName } from '../model/nearNames.ts';
import { toPortMisfits } from '../model/portFit.ts';
import type { PortType } from '../model/portType.ts';
import { toElementNames, type Reference } from '../model/workflow.ts';
import { toNameList, toReplacement, toSuggestion } from '../parse/findings.ts';
import type { ValuePath } from '../parse/sourceMap.ts';
import type { StepPorts } from './stepPorts.ts';
import type { WorkflowCheck } from './workflowCheck.ts';

/** Every input of the module is given, by a port that exists and fits; nothing else is given. */
export function checkInputs(check: WorkflowCheck, { step, contract, source: definition }: StepPorts): void {
  const { findings, source } = check;
  for (const [port, input] of Object.entries(step.inputs)) {
    const path = ['steps', step.id, 'in', port];
    if ('items' in input) continue;
    const reference = input;
    const given = checkReference(check, path, reference);
    const wanted = contract?.inputs.find(({ name }) => name === port);
    if (wanted !== undefined && given !== undefined) checkFit(check, path, { reference, given, wanted });
    if (contract !== undefined && wanted === undefined && definition?.has(['inputs', port]) !== true)
      reportUnknownInput(check, path, contract);
  }
  if (contract === undefined) return;
  for (const { name, type } of contract.inputs) {
    if (Object.hasOwn(step.inputs, name) || source.has(['steps', step.id, 'in', name])) continue;
    const message = `Step \`${step.id}\` is not given \`${name}\` (${type.kind}), which \`${contract.name}\` needs.`;
    findings.add('missing-input', source.keyRange(['steps', step.id]), message);
  }
}

export function checkOutputs(check: WorkflowCheck): void {
  for (const [name, reference] of Object.entries(check.workflow.outputs)) checkReference(check, ['outputs', name], reference);
}

function reportUnknownInput({ findings, source }: WorkflowCheck, path: ValuePath, contract: ModuleContract): void {
  const port = String(path.at(-1));
  const range = source.keyRange(path);
  if (contract.params.some(({ name }) => name === port)) {
    findings.add('unknown-port', range, `\`${port}\` is a parameter of \`${contract.name}\`, not an input: give it under \`params\`.`);
    return;
  }
  const names = contract.inputs.map(({ name }) => name);
  const { hint, options } = toSuggestion({ file: source.file, range }, port, names);
  const rest = names.length === 0 ? ': it has none.' : hint || `. It has ${toNameList(names)}.`;
  findings.add('unknown-port', range, `\`${contract.name}\` has no input \`${port}\`${rest}`, options);
}

/** What a reference delivers; `undefined` where it delivers nothing or nobody can know. Reports what is wrong with it. */
function checkReference(check: WorkflowCheck, path: ValuePath, reference: Reference): PortType | undefined {
  const { findings, source } = check;
  const target = check.steps.get(reference.step);
  if (target === undefined) {
    if (source.has(['steps', reference.step])) return undefined;
    const range = source.valueRange([...path, '@step']);
    const { hint, options } = toSuggestion({ file: source.file, range }, reference.step, check.steps.keys());
    findings.add('unknown-step', range, `There is no step \`${reference.step}\`${hint || '.'}`, options);
    return undefined;
  }
  checkSelector(check, path, reference, target);
  const port = findOutput(check, path, reference, target);
  if (port === undefined) return undefined;
  return reference.select.kind === 'all' ? { kind: 'list', of: port.type } : port.type;
}

/** The named output, or the only one. */
export function toOutput(reference: Reference, contract: ModuleContract): OutputPort | undefined {
  if (reference.port !== undefined) return contract.outputs.find(({ name }) => name === reference.port);
  return contract.outputs.length === 1 ? contract.outputs[0] : undefined;
}

function findOutput({ findings, source }: WorkflowCheck, path: ValuePath, reference: Reference, target: StepPorts): OutputPort | undefined {
  const { contract } = target;
  if (contract === undefined) return undefined;
  const found = toOutput(reference, contract);
  if (found !== undefined) return found;
  const names = contract.outputs.map(({ name }) => name);
  if (reference.port === undefined) {
    if (target.source?.has(['outputs']) === true && names.length === 0) return undefined;
    const message = `\`${reference.step}\` has ${names.length === 0 ? 'no output' : `several outputs: name one of ${toNameList(names)}`}.`;
    findings.add('unknown-port', source.valueRange(path), message);
    return undefined;
  }
  if (target.source?.has(['outputs', reference.port]) === true) return undefined;
  const range = source.valueRange([...path, '@port']);
  const { hint, options } = toSuggestion({ file: source.file, range }, reference.port, names);
  const rest = names.length === 0 ? ': it has none.' : hint || `. It has ${toNameList(names)}.`;
  findings.add('unknown-port', range, `\`${contract.name}\` has no output \`${reference.port}\`${rest}`, options);
  return undefined;
}

/** Brackets belong to fan-outs, and only to them. */
function checkSelector({ findings, source }: WorkflowCheck, path: ValuePath, reference: Reference, { step }: StepPorts): void {
  const { select } = reference;
  if (step.foreach === undefined) {
    if (select.kind === 'none' || source.has(['steps', step.id, 'foreach'])) return;
    const message = `\`${step.id}\` is no fan-out (it has no \`foreach\`), so it has no elements to choose from.`;
    findings.add('type-mismatch', source.valueRange([...path, '@element']), message);
    return;
  }
  const elements = toElementNames(step.foreach);
  if (select.kind === 'none') {
    const port = reference.port === undefined ? '' : `.${reference.port}`;
    const message = `\`${step.id}\` is a fan-out: write \`${step.id}[*]${port}\` for the list of all elements, or name one of ${toNameList(elements)}.`;
    const range = source.valueRange(path);
    const all = JSON.stringify(`${step.id}[*]${port}`);
    findings.add('type-mismatch', range, message, { fix: toReplacement(source.file, range, all, 'Take the list of all elements') });
  } else if (select.kind === 'one' && !elements.includes(select.element)) {
    const range = source.valueRange([...path, '@element']);
    const near = toNearestName(select.element, elements);
    const rest = near === undefined ? `. It has ${toNameList(elements)}.` : `: did you mean \`${near}\`?`;
    const options = near === undefined ? {} : { fix: toReplacement(source.file, range, near) };
    findings.add('unknown-step', range, `\`${step.id}\` has no element \`${select.element}\`${rest}`, options);
  }
}

interface Flow {
  readonly reference: Reference;
  readonly given: PortType;
  readonly wanted: InputPort;
}

function checkFit({ findings, source, steps }: WorkflowCheck, path: ValuePath, { reference, given, wanted }: Flow): void {
  // A fan-out without brackets was reported already; its type says nothing.
  const target = steps.get(reference.step);
  if (reference.select.kind === 'none' && target?.step.foreach !== undefined) return;
  for (const misfit of toPortMisfits(given, wanted.type)) {
    if (misfit.kind === 'column' && !misfit.isThere && isDeclared(target, reference, misfit.column)) continue;
    const code = misfit.kind === 'column' ? 'column-mismatch' : 'type-mismatch';
    findings.add(code, source.valueRange(path), `\`${wanted.name}\` can’t be given \`${toReferenceText(reference)}\`: ${misfit.message}.`);
  }
}

/** Whether the file has such a column after all: then it was left out because of an error that was reported there. */
function isDeclared(target: StepPorts | undefined, reference: Reference, column: string): boolean {
  if (target?.source === undefined || target.contract === undefined) return false;
  if (target.step.use.kind === 'dataset') return target.source.has(['columns', column]);
  const port = toOutput(reference, target.contract)?.name ?? '';
  return target.source.has(['outputs', port, 'table', 'columns', column]);
}

function toReferenceText({ step, port, select }: Reference): string {
  const element = select.kind === 'none' ? '' : `[${select.kind === 'all' ? '*' : select.element}]`;
  return `${step}${element}${port === undefined ? '' : `.${port}`}`;
}
