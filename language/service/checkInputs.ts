import type { Fix } from '../model/diagnostic.ts';
import type { InputPort, ModuleContract } from '../model/module.ts';
import { toNearestName } from '../model/nearNames.ts';
import { toPortMisfits, type PortMisfit } from '../model/portFit.ts';
import type { Column, PortType } from '../model/portType.ts';
import { toReferences, WORKFLOW_INPUTS, type Reference, type StepInput } from '../model/workflow.ts';
import { t } from '../model/words.ts';
import { toNameList, toReplacement, toSuggestion, type FindingOptions } from '../parse/findings.ts';
import type { SourceMap, ValuePath } from '../parse/sourceMap.ts';
import { checkReference, toReferenceText } from './checkReferences.ts';
import { toInputFix } from './inputFix.ts';
import { toOutput, type StepPorts } from './stepPorts.ts';
import type { WorkflowCheck } from './workflowCheck.ts';

/** Every input of the module is given, by a port that exists and fits; nothing else is given. */
export function checkInputs(check: WorkflowCheck, ports: StepPorts): void {
  const { step, contract, source: definition } = ports;
  for (const [port, input] of Object.entries(step.inputs)) {
    const path = ['steps', step.id, 'in', port];
    const wanted = contract?.inputs.find(({ name }) => name === port);
    checkInput(check, path, { input, wanted, user: ports });
    if (contract !== undefined && wanted === undefined && definition?.has(['inputs', port]) !== true)
      reportUnknownInput(check, path, contract);
  }
  if (contract === undefined) return;
  for (const port of contract.inputs) {
    if (Object.hasOwn(step.inputs, port.name) || check.source.has(['steps', step.id, 'in', port.name])) continue;
    const message = t`Step \`${step.id}\` is not given \`${port.name}\` (${port.type.kind}), which \`${contract.name}\` needs.`;
    const fix = toInputFix(check, step, port);
    check.findings.add('missing-input', check.source.keyRange(['steps', step.id]), message, fix === undefined ? {} : { fix });
  }
}

export function checkOutputs(check: WorkflowCheck): void {
  for (const [name, reference] of Object.entries(check.workflow.outputs)) checkReference(check, ['outputs', name], reference);
}

interface Given {
  readonly input: StepInput;
  readonly wanted: InputPort | undefined;
  readonly user: StepPorts;
}

function checkInput(check: WorkflowCheck, path: ValuePath, { input, wanted, user }: Given): void {
  if (!('items' in input)) {
    const given = checkReference(check, path, input);
    if (wanted !== undefined && given !== undefined) checkFit(check, path, { reference: input, given, wanted, type: wanted.type, user });
    return;
  }
  reportRepeated(check, path, input.items);
  const given = input.items.map((item, index) => checkReference(check, [...path, index], item));
  if (wanted === undefined) return;
  if (wanted.type.kind !== 'list') {
    const message = t`\`${wanted.name}\` is given a list where one ${wanted.type.kind} is wanted.`;
    check.findings.add('type-mismatch', check.source.valueRange(path), message);
    return;
  }
  for (const [index, reference] of input.items.entries()) {
    const item = given[index];
    const type = reference.select.kind === 'all' ? wanted.type : wanted.type.of;
    if (item !== undefined) checkFit(check, [...path, index], { reference, given: item, wanted, type, user });
  }
}

function reportRepeated({ findings, source }: WorkflowCheck, path: ValuePath, items: readonly Reference[]): void {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const text = toReferenceText(item);
    const message = t`\`${text}\` is in this list twice: the module is given it twice.`;
    if (seen.has(text)) {
      const fix = toItemRemoval(source, path, index);
      findings.add('repeated-reference', source.valueRange([...path, index]), message, { severity: 'warning', ...fix });
    }
    seen.add(text);
  }
}

/** From the end of the item before to its own: in both styles of lists nothing else goes. */
function toItemRemoval(source: SourceMap, path: ValuePath, index: number): FindingOptions {
  const [before, item] = [source.place([...path, index - 1]), source.place([...path, index])];
  if (before === undefined || item === undefined) return {};
  const range = source.toRange({ start: before.value.end, end: item.value.end });
  return { fix: toReplacement(source.file, range, '', t('Remove it')) };
}

function reportUnknownInput({ findings, source }: WorkflowCheck, path: ValuePath, contract: ModuleContract): void {
  const port = String(path.at(-1));
  const range = source.keyRange(path);
  if (contract.params.some(({ name }) => name === port)) {
    findings.add('unknown-port', range, t`\`${port}\` is a parameter of \`${contract.name}\`, not an input: give it under \`params\`.`);
    return;
  }
  const names = contract.inputs.map(({ name }) => name);
  const { hint, options } = toSuggestion({ file: source.file, range }, port, names);
  const rest = names.length === 0 ? t(': it has none.') : hint || t`. It has ${toNameList(names)}.`;
  findings.add('unknown-port', range, t`\`${contract.name}\` has no input \`${port}\`${rest}`, options);
}

interface Flow {
  readonly reference: Reference;
  readonly given: PortType;
  readonly wanted: InputPort;
  /** what must come: the input's type, or that of one of its items */
  readonly type: PortType;
  readonly user: StepPorts;
}

function checkFit(check: WorkflowCheck, path: ValuePath, flow: Flow): void {
  const { findings, source, steps } = check;
  for (const misfit of toPortMisfits(flow.given, flow.type)) {
    if (misfit.kind === 'column' && !misfit.isThere && isDeclared(check, steps.get(flow.reference.step), flow.reference, misfit.column))
      continue;
    const code = misfit.kind === 'column' ? 'column-mismatch' : 'type-mismatch';
    const message = t`\`${flow.wanted.name}\` can’t be given \`${toReferenceText(flow.reference)}\`: ${misfit.message}.`;
    findings.add(code, source.valueRange(path), message, toFitOptions(flow, misfit));
  }
}

/** Whether the file has such a column after all: then it was left out because of an error that was reported there. */
function isDeclared(check: WorkflowCheck, target: StepPorts | undefined, reference: Reference, column: string): boolean {
  if (reference.step === WORKFLOW_INPUTS) return check.source.has(['inputs', reference.port ?? '', 'table', 'columns', column]);
  if (target?.source === undefined || target.contract === undefined) return false;
  if (target.step.use.kind === 'dataset') return target.source.has(['columns', column]);
  const port = toOutput(reference, target.contract)?.name ?? '';
  return target.source.has(['outputs', port, 'table', 'columns', column]);
}

/** The repair is in the contract that wants the column: it takes the type, or the name, that is delivered. */
function toFitOptions({ given, wanted, user }: Flow, misfit: PortMisfit): FindingOptions {
  const fix = misfit.kind === 'column' ? toColumnFix(given, wanted, user, misfit) : undefined;
  return fix === undefined ? {} : { fix };
}

function toColumnFix(
  given: PortType,
  wanted: InputPort,
  { source, contract }: StepPorts,
  { column, isThere }: Extract<PortMisfit, { kind: 'column' }>,
): Fix | undefined {
  const columns = toColumns(given);
  const path = ['inputs', wanted.name, ...(wanted.type.kind === 'list' ? ['list'] : []), 'table', 'columns', column];
  if (source === undefined || contract === undefined || !source.has(path)) return undefined;
  if (isThere) {
    const type = columns.find(({ name }) => name === column)?.type ?? '';
    const at = source.has([...path, 'type']) ? [...path, 'type'] : path;
    const text = /[,[]/.test(type) ? JSON.stringify(type) : type;
    return toReplacement(source.file, source.valueRange(at), text, t`Let \`${contract.name}\` take it as ${type}`);
  }
  const near = toNearColumn(column, columns, toColumns(wanted.type));
  // Lineage of outputs names the column too: renaming it here alone would break it there.
  if (near === undefined || isSourceOfOutputs(contract, `${wanted.name}.${column}`)) return undefined;
  return toReplacement(source.file, source.keyRange(path), near, t`Let \`${contract.name}\` take the column \`${near}\``);
}

function toColumns(type: PortType): readonly Column[] {
  const table = type.kind === 'list' ? type.of : type;
  return table.kind === 'table' ? table.columns : [];
}

/** A delivered column of a similar name that is not wanted already and can be written without quotes. */
function toNearColumn(column: string, delivered: readonly Column[], wanted: readonly Column[]): string | undefined {
  const taken = new Set(wanted.map(({ name }) => name));
  const free = delivered.map(({ name }) => name).filter((name) => !taken.has(name) && /^[A-Za-z_]\w*$/.test(name));
  return toNearestName(column, free);
}

function isSourceOfOutputs({ outputs }: ModuleContract, source: string): boolean {
  return outputs.some(({ type }) => toColumns(type).some(({ from = [], using = [] }) => from.includes(source) || using.includes(source)));
}

/** Every reference of a step with the place where it stands, list items and elements of a fan-out included. */
export function toPlacedReferences({ step }: StepPorts): readonly { readonly path: ValuePath; readonly reference: Reference }[] {
  const inputs = Object.entries(step.inputs).flatMap(([port, input]) =>
    toReferences(input).map((reference, index) => ({
      path: 'items' in input ? ['steps', step.id, 'in', port, index] : ['steps', step.id, 'in', port],
      reference,
    })),
  );
  const from = Object.entries(step.foreach?.from ?? {}).map(([name, reference]) => ({
    path: ['steps', step.id, 'foreach', name],
    reference,
  }));
  return [...inputs, ...from];
}
