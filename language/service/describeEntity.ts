import type { DatasetDefinition } from '../model/dataset.ts';
import type { InputPort, ModuleContract, OutputPort, Param } from '../model/module.ts';
import { toPortTypeText, type Column, type PortType } from '../model/portType.ts';
import type { Workflow } from '../model/workflow.ts';
import { toKindWord } from '../model/kindWords.ts';
import { t } from '../model/words.ts';
import type { EditorWorkspace } from './editorWorkspace.ts';
import { toOwner, type Entity } from './entity.ts';
import { toContract } from './workflowSuggestions.ts';
import type { WorkspaceModel } from './workspaceModel.ts';

const MOST_COLUMNS = 20;

/** Markdown about what a name stands for; `''` where nothing is known. */
export function describeEntity({ checked: { model } }: EditorWorkspace, entity: Entity): string {
  const { kind, name, within } = entity;
  switch (kind) {
    case 'module':
      return describeModule(model, name);
    case 'dataset':
      return describeDataset(model, name);
    case 'workflow':
      return describeWorkflow(model, name);
    case 'environment':
      return describeEnvironment(model, name);
    case 'library':
      return describeLibrary(model, name);
    case 'step':
      return describeStep(model, within, name);
    case 'port':
      return describePort(model, within, name);
    case 'param':
      return describeParam(model, within, name);
    case 'column':
      return describeColumn(model, within, name);
    case 'element':
      return t`\`foreach.${name}\`: the element that a task of this step is about`;
  }
}

function describeModule(model: WorkspaceModel, name: string): string {
  const module = model.modules.get(name)?.value;
  if (module === undefined) return model.modules.has(name) ? t`**${name}** has errors in its file.` : '';
  const facts = [module.kind, module.determinism, t`environment ${module.environment ?? model.manifest.defaults.environment ?? 'default'}`];
  return join([
    `**${name}** · ${facts.join(' · ')}`,
    module.description,
    toContractText(module),
    toOwnerText(model, name),
    toUseText(model, 'module', name),
  ]);
}

function toStepCount(count: number): string {
  return count === 1 ? t('1 step') : t`${count} steps`;
}

function toPlaceText(direction: string, owner: string): string {
  return direction === 'in' ? t`input of ${owner}` : t`output of ${owner}`;
}

/** The contract as a signature, since that is what it is. */
function toContractText({ inputs, params, outputs }: Pick<ModuleContract, 'inputs' | 'params' | 'outputs'>): string {
  const lines = [
    ...inputs.map(({ name, type }) => `in   ${name}: ${toPortTypeText(type)}`),
    ...params.map((param) => `param ${toParamText(param)}`),
    ...outputs.map(({ name, type }) => `out  ${name}: ${toPortTypeText(type)}`),
  ];
  return lines.length === 0 ? '' : `\`\`\`text\n${lines.join('\n')}\n\`\`\``;
}

function toParamText({ name, type, default: value, min, max }: Param): string {
  const limits = [min === undefined ? '' : t`min ${min}`, max === undefined ? '' : t`max ${max}`].filter((part) => part !== '').join(', ');
  return `${name}: ${type}${value === undefined ? '' : ` = ${JSON.stringify(value)}`}${limits === '' ? '' : ` (${limits})`}`;
}

function toOwnerText({ manifest }: WorkspaceModel, name: string): string {
  const namespace = name.split('/', 1)[0] ?? '';
  const owners = Object.hasOwn(manifest.namespaces, namespace) ? (manifest.namespaces[namespace]?.owners ?? []) : [];
  return owners.length === 0 ? '' : t`Owner: ${owners.join(', ')}`;
}

function toUseText(model: WorkspaceModel, kind: 'module' | 'dataset' | 'workflow', name: string): string {
  const owner = toOwner(kind, name);
  const users = [...model.workflows.values()].map(({ value }) => (value?.steps ?? []).filter((step) => toUsed(step.use) === owner).length);
  const steps = users.reduce((sum, count) => sum + count, 0);
  const workflows = users.filter((count) => count > 0).length;
  if (steps === 0) return t('Used by no workflow.');
  const counted = workflows === 1 ? t('1 workflow') : t`${workflows} workflows`;
  return t`Used by ${counted}, in ${toStepCount(steps)}.`;
}

function toUsed(use: Workflow['steps'][number]['use']): string {
  if (use.kind === 'module') return toOwner('module', use.module);
  return use.kind === 'dataset' ? toOwner('dataset', use.dataset) : toOwner('workflow', use.workflow);
}

function describeDataset(model: WorkspaceModel, name: string): string {
  const dataset = model.datasets.get(name)?.value;
  if (dataset === undefined) return '';
  const facts = [dataset.source.kind, dataset.format, dataset.domain, t`residency ${dataset.residency}`];
  const owner = dataset.owner === undefined ? toOwnerText(model, name) : t`Owner: ${dataset.owner}`;
  return join([
    `**${name}** · ${toKindWord('dataset')} · ${facts.join(' · ')}`,
    dataset.description,
    toColumnsText(dataset),
    owner,
    toUseText(model, 'dataset', name),
  ]);
}

function toColumnsText({ columns }: DatasetDefinition): string {
  const shown = columns.slice(0, MOST_COLUMNS).map((column) => `${column.name}: ${toColumnText(column)}`);
  const hidden = columns.length - shown.length;
  return `\`\`\`text\n${[...shown, ...(hidden > 0 ? [t`… and ${hidden} more`] : [])].join('\n')}\n\`\`\``;
}

function toColumnText({ type, labels }: Column): string {
  return labels === undefined ? t`${type} (unlabelled: the most restricted)` : `${type} [${labels.join(', ')}]`;
}

function describeWorkflow(model: WorkspaceModel, name: string): string {
  const workflow = model.workflows.get(name)?.value;
  if (workflow === undefined) return '';
  const outputs = toContract(model, { use: { kind: 'workflow', workflow: name } })?.outputs ?? [];
  const steps = toStepCount(workflow.steps.length);
  const contract = toContractText({ inputs: workflow.inputs, params: workflow.params, outputs });
  return join([`**${name}** · ${toKindWord('workflow')} · ${steps}`, workflow.description, contract, toUseText(model, 'workflow', name)]);
}

function describeEnvironment(model: WorkspaceModel, name: string): string {
  const environment = model.environments.get(name)?.value;
  if (environment === undefined) return '';
  const runtime = environment.node === undefined ? t`Python ${environment.python ?? t('newest')}` : t`Node ${environment.node}`;
  const users = [...model.modules.values()].filter(
    ({ value }) => (value?.environment ?? model.manifest.defaults.environment) === name,
  ).length;
  const facts = [runtime, environment.lock === undefined ? t('no packages') : t`lock ${environment.lock}`, environment.image ?? ''];
  return join([
    `**${name}** · ${toKindWord('environment')} · ${facts.filter((fact) => fact !== '').join(' · ')}`,
    environment.description,
    t`Used by ${users} modules.`,
  ]);
}

function describeLibrary(model: WorkspaceModel, name: string): string {
  const library = model.libraries.get(name)?.value;
  if (library === undefined) return '';
  const users = [...model.modules.values()].filter(({ value }) => value?.uses.some((use) => use.split('@', 1)[0] === name)).length;
  return join([`**${name}** · ${toKindWord('library')} · ${library.language}`, library.description, t`Used by ${users} modules.`]);
}

function describeStep(model: WorkspaceModel, file: string, id: string): string {
  const workflow = [...model.workflows.values()].find((definition) => definition.file === file)?.value;
  const step = workflow?.steps.find((one) => one.id === id);
  if (step === undefined) return '';
  const [kind = '', name = ''] = toUsed(step.use).split(' ');
  const contract = toContract(model, step);
  const fan = step.foreach === undefined ? '' : t`One task for each of ${step.foreach.names.map((one) => `\`${one}\``).join(', ')}.`;
  return join([
    `**${id}** · ${toKindWord('step')} · ${toKindWord(kind)} ${name}`,
    step.description,
    fan,
    contract === undefined ? '' : toContractText(contract),
  ]);
}

function describePort(model: WorkspaceModel, within: string, name: string): string {
  const port = findPort(model, within, name);
  if (port === undefined) return '';
  const [kind = '', owner = '', direction = ''] = within.split(' ');
  const labels = 'accepts' in port && port.accepts !== undefined ? t`accepts ${port.accepts.join(', ')}` : '';
  return join([
    `**${name}**: ${toPortTypeText(port.type)} · ${toPlaceText(direction, `${toKindWord(kind)} ${owner}`)}`,
    port.description ?? '',
    labels,
  ]);
}

function findPort(model: WorkspaceModel, within: string, name: string): InputPort | OutputPort | undefined {
  const [kind = '', owner = '', direction = ''] = within.split(' ');
  const contract = toContract(model, { use: toUse(kind, owner) });
  return (direction === 'in' ? contract?.inputs : contract?.outputs)?.find((port) => port.name === name);
}

function toUse(kind: string, name: string): Workflow['steps'][number]['use'] {
  if (kind === 'module') return { kind: 'module', module: name, tag: undefined };
  return kind === 'dataset' ? { kind: 'dataset', dataset: name } : { kind: 'workflow', workflow: name };
}

function describeParam(model: WorkspaceModel, within: string, name: string): string {
  const [kind = '', owner = ''] = within.split(' ');
  const param = toContract(model, { use: toUse(kind, owner) })?.params.find((one) => one.name === name);
  return param === undefined
    ? ''
    : join([`**${toParamText(param)}** · ${t`parameter of ${`${toKindWord(kind)} ${owner}`}`}`, param.description ?? '']);
}

function describeColumn(model: WorkspaceModel, within: string, name: string): string {
  const [kind = '', owner = '', direction = '', port = ''] = within.split(' ');
  if (kind === 'dataset') {
    const column = model.datasets.get(owner)?.value?.columns.find((one) => one.name === name);
    return column === undefined ? '' : `**${name}**: ${toColumnText(column)} · ${t`column of dataset ${owner}`}`;
  }
  const type = findPort(model, `${kind} ${owner} ${direction}`, port)?.type;
  const column = type === undefined ? undefined : toColumns(type).find((one) => one.name === name);
  if (column === undefined) return '';
  const sources = [...(column.from ?? []).map((one) => t`from \`${one}\``), ...(column.using ?? []).map((one) => t`using \`${one}\``)];
  return join([`**${name}**: ${column.type} · ${t`column of \`${port}\` of ${`${toKindWord(kind)} ${owner}`}`}`, sources.join(', ')]);
}

function toColumns(type: PortType): readonly Column[] {
  const table = type.kind === 'list' ? type.of : type;
  return table.kind === 'table' ? table.columns : [];
}

function join(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
