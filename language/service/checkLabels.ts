import type { Ordering } from '../model/graph.ts';
import type { InputPort, ModuleContract } from '../model/module.ts';
import type { PortType } from '../model/portType.ts';
import { DATASET_PORT } from '../model/dataset.ts';
import { toReferences, type Reference } from '../model/workflow.ts';
import { t } from '../model/words.ts';
import { toNameList } from '../parse/findings.ts';
import { toReferenceText } from './checkReferences.ts';
import { toOutput, type StepPorts } from './stepPorts.ts';
import type { WorkflowCheck } from './workflowCheck.ts';

/** Labels that something surely has. A column without any counts as the most restricted. */
interface Labels {
  readonly names: ReadonlySet<string>;
  readonly isUnlabelled: boolean;
}

/** Labels of an output: of each declared column, and of all together. */
interface PortLabels {
  readonly columns: ReadonlyMap<string, Labels>;
  readonly whole: Labels;
}

const NONE: Labels = { names: new Set(), isUnlabelled: false };

/**
 * Labels flow from datasets along declared lineage; where an output declares none, everything that its step was given flows into it. What
 * nothing is known about (inputs of the workflow, nested workflows) has no labels here: what is said is true, more may be found when it runs.
 */
export function checkLabels(check: WorkflowCheck, ordering: Ordering): void {
  if (ordering.kind === 'cycle' || !hasCeilings(check)) return;
  const known = new Map<string, PortLabels>();
  for (const id of ordering.order) {
    const ports = check.steps.get(id);
    if (ports?.contract === undefined || ports.step.use.kind === 'workflow') continue;
    const given = ports.contract.inputs.map((port) => ({ port, labels: toGiven(check, known, ports, port) }));
    for (const { port, labels } of given) reportExceeded(check, ports, port, labels);
    const arrived = new Map(given.map(({ port, labels }) => [port.name, labels]));
    for (const output of ports.contract.outputs) known.set(`${id}\0${output.name}`, toOutputLabels(ports, ports.contract, output, arrived));
  }
}

function hasCeilings({ steps }: WorkflowCheck): boolean {
  for (const ports of steps.values()) if (hasCeiling(ports)) return true;
  return false;
}

function hasCeiling({ contract }: StepPorts): boolean {
  return contract?.inputs.some(({ accepts }) => accepts !== undefined) === true;
}

/** What arrives at an input: of a table only the wanted columns. */
function toGiven(check: WorkflowCheck, known: ReadonlyMap<string, PortLabels>, { step }: StepPorts, port: InputPort): PortLabels {
  const input = step.inputs[port.name];
  const delivered = (input === undefined ? [] : toReferences(input)).flatMap((reference) => toKnown(check, known, reference));
  const type = port.type.kind === 'list' ? port.type.of : port.type;
  if (type.kind !== 'table') return { columns: new Map(), whole: toUnion(delivered.map(({ whole }) => whole)) };
  const columns = new Map(type.columns.map(({ name }) => [name, toUnion(delivered.flatMap((labels) => labels.columns.get(name) ?? []))]));
  return { columns, whole: toUnion([...columns.values()]) };
}

function toKnown({ steps }: WorkflowCheck, known: ReadonlyMap<string, PortLabels>, reference: Reference): readonly PortLabels[] {
  const contract = steps.get(reference.step)?.contract;
  const port = contract === undefined ? undefined : toOutput(reference, contract)?.name;
  const labels = port === undefined ? undefined : known.get(`${reference.step}\0${port}`);
  return labels === undefined ? [] : [labels];
}

function toOutputLabels(
  { step }: StepPorts,
  contract: ModuleContract,
  output: ModuleContract['outputs'][number],
  arrived: ReadonlyMap<string, PortLabels>,
): PortLabels {
  const added: Labels = { names: new Set(output.addLabels), isUnlabelled: false };
  const all = toUnion([...[...arrived.values()].map(({ whole }) => whole), added]);
  const columns = new Map(
    toColumns(output.type).map((column): readonly [string, Labels] => {
      if (step.use.kind === 'dataset')
        return [column.name, { names: new Set(column.labels), isUnlabelled: (column.labels ?? []).length === 0 }];
      const sources = [...(column.from ?? []), ...(column.using ?? [])];
      return [column.name, sources.length === 0 ? all : toUnion([...sources.map((source) => toSource(source, arrived)), added])];
    }),
  );
  const isDataset = step.use.kind === 'dataset' && output.name === DATASET_PORT && contract.inputs.length === 0;
  return { columns, whole: isDataset ? toUnion([...columns.values()]) : all };
}

function toColumns(type: PortType): readonly Extract<PortType, { kind: 'table' }>['columns'][number][] {
  const table = type.kind === 'list' ? type.of : type;
  return table.kind === 'table' ? table.columns : [];
}

/** `port.column` */
function toSource(source: string, arrived: ReadonlyMap<string, PortLabels>): Labels {
  const dot = source.indexOf('.');
  return arrived.get(source.slice(0, dot))?.columns.get(source.slice(dot + 1)) ?? NONE;
}

function toUnion(all: readonly Labels[]): Labels {
  return { names: new Set(all.flatMap(({ names }) => [...names])), isUnlabelled: all.some(({ isUnlabelled }) => isUnlabelled) };
}

/** Labels that are levels by their names: who accepts one accepts those before it. */
const LEVELS = ['public', 'internal', 'confidential', 'restricted'];

function isAccepted(label: string, accepts: readonly string[]): boolean {
  const level = LEVELS.indexOf(label);
  return accepts.some((accepted) => accepted === label || (level !== -1 && LEVELS.indexOf(accepted) >= level));
}

function reportExceeded(
  { findings, source }: WorkflowCheck,
  { step, contract }: StepPorts,
  { name, accepts }: InputPort,
  given: PortLabels,
): void {
  const input = step.inputs[name];
  if (accepts === undefined || input === undefined) return;
  const parts =
    given.columns.size === 0
      ? [['it', given.whole] as const]
      : [...given.columns].map(([column, labels]) => [t`column \`${column}\``, labels] as const);
  const exceeded = parts.flatMap(([what, labels]) => {
    const more = [...labels.names].filter((label) => !isAccepted(label, accepts));
    if (more.length > 0) return [t`${what} is labelled ${toNameList(more)}`];
    return labels.isUnlabelled && labels.names.size === 0 ? [t`${what} has no labels, which counts as the most restricted`] : [];
  });
  if (exceeded.length === 0) return;
  const ceiling = accepts.length === 0 ? t('nothing that is labelled') : t`at most ${toNameList(accepts)}`;
  const text = toReferences(input).map(toReferenceText).join(', ');
  const message = t`\`${name}\` of \`${contract?.name ?? ''}\` accepts ${ceiling}; of \`${text}\` ${exceeded.slice(0, 5).join('; ')}.`;
  findings.add('labels-exceeded', source.valueRange(['steps', step.id, 'in', name]), message, { severity: 'warning' });
}
