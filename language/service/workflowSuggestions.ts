import type { Position } from '../model/diagnostic.ts';
import type { ModuleContract } from '../model/module.ts';
import { toPortTypeText } from '../model/portType.ts';
import { toDatasetContract } from '../model/dataset.ts';
import { WORKFLOW_INPUTS, type Step, type Workflow } from '../model/workflow.ts';
import { later, t, translate } from '../model/words.ts';
import { parseWorkflow } from '../parse/parseWorkflow.ts';
import type { EditorWorkspace } from './editorWorkspace.ts';
import { toSuggested, type Suggestion } from './suggestion.ts';
import { timeZones } from './timeZones.ts';
import type { WorkspaceModel } from './workspaceModel.ts';
import type { YamlCursor } from './yamlCursor.ts';

type Path = YamlCursor['path'];

/** The workflow around the cursor: where the word that is being typed makes the text unreadable, the text without its line. */
export function toWorkflowAt({ checked }: EditorWorkspace, file: string, text: string, { line }: Position): Workflow | undefined {
  for (const { file: known, value } of checked.model.workflows.values()) if (known === file && value !== undefined) return value;
  const without = text.split('\n').map((written, index) => (index === line - 1 ? '' : written));
  return parseWorkflow(file, without.join('\n')).value;
}

/** Ports and parameters of what a step uses; names that the workflow itself declares. */
export function completeWorkflowKey(
  { checked: { model } }: EditorWorkspace,
  workflow: Workflow | undefined,
  path: Path,
): readonly Suggestion[] {
  const [top, id, key] = path;
  if (top === 'schedule' && id === 'params') return (workflow?.params ?? []).map((param) => toSuggested('param', param.name, param.type));
  const step = top === 'steps' && path.length === 3 ? workflow?.steps.find((one) => one.id === id) : undefined;
  const contract = step === undefined ? undefined : toContract(model, step);
  if (contract === undefined) return [];
  if (key === 'in')
    return contract.inputs.map(({ name, type, description }) => toSuggested('port', name, toPortTypeText(type), description));
  if (key === 'params') return contract.params.map(({ name, type, description }) => toSuggested('param', name, type, description));
  return [];
}

export function completeWorkflowValue(
  workspace: EditorWorkspace,
  workflow: Workflow | undefined,
  cursor: YamlCursor,
): readonly Suggestion[] {
  const { model } = workspace.checked;
  const [top, id, key] = cursor.path;
  if (top === 'outputs') return completeReference(model, workflow, undefined);
  if (top === 'schedule') return completeSchedule(id);
  if (top !== 'steps') return [];
  switch (key) {
    case 'module':
      return completeModule(model);
    case 'dataset':
      return [...model.datasets.values()].map(({ name, value }) => toSuggested('dataset', name, value?.owner, value?.description));
    case 'workflow':
      return [...model.workflows.values()]
        .filter(({ name }) => name !== workflow?.name)
        .map(({ name, value }) => toSuggested('workflow', name, `${value?.steps.length ?? 0} steps`, value?.description));
    case 'in':
    case 'foreach':
      return completeReference(model, workflow, String(id));
    case 'params':
      return completeSubstitution(workflow, String(id));
    case 'when':
      return completeCondition(workflow, String(id));
    case 'join':
      return ['all', 'any', 'quorum(2)'].map((word) => toSuggested('value', word));
    case 'cluster':
      return toClusters(model).map((name) => toSuggested('value', name));
    default:
      return [];
  }
}

/** Without a version the working tree counts, with a tag what the agent knows by it. */
function completeModule(model: WorkspaceModel): readonly Suggestion[] {
  return [...model.modules.values()].flatMap(({ name, value }): readonly Suggestion[] => {
    const plain = toSuggested('module', name, value?.kind, value?.description);
    const tags = ['latest', 'latestAlpha'].map((tag) => ({ ...toSuggested('module', `${name}@${tag}`, value?.kind), rank: 3 }));
    return [plain, ...tags];
  });
}

/** Outputs of the other steps, and the inputs of the workflow. */
function completeReference(model: WorkspaceModel, workflow: Workflow | undefined, own: string | undefined): readonly Suggestion[] {
  const inputs = (workflow?.inputs ?? []).map(({ name, type }) => toSuggested('port', `${WORKFLOW_INPUTS}.${name}`, toPortTypeText(type)));
  const outputs = (workflow?.steps ?? [])
    .filter(({ id }) => id !== own)
    .flatMap((step) => {
      const element = step.foreach === undefined ? '' : '[*]';
      const contract = toContract(model, step);
      if (contract === undefined) return [toSuggested('step', `${step.id}${element}`)];
      return contract.outputs.map(({ name, type }) => toSuggested('port', `${step.id}${element}.${name}`, toPortTypeText(type)));
    });
  return [...outputs, ...inputs];
}

function completeSubstitution(workflow: Workflow | undefined, id: string): readonly Suggestion[] {
  const step = workflow?.steps.find((one) => one.id === id);
  const params = (workflow?.params ?? []).map(({ name, type }) => toSuggested('param', `\${params.${name}}`, type));
  const elements = (step?.foreach?.names ?? []).map((name) => toSuggested('param', `\${foreach.${name}}`, 'foreach'));
  const run = toSuggested('param', '${run.nominalTime}', 'string', t('The fire time of a scheduled run.'));
  return [...elements, ...params, run];
}

function completeCondition(workflow: Workflow | undefined, own: string): readonly Suggestion[] {
  const params = (workflow?.params ?? []).map(({ name, type }) => toSuggested('param', `params.${name}`, type));
  const metrics = (workflow?.steps ?? [])
    .filter(({ id }) => id !== own)
    .map(({ id }) => toSuggested('step', `${id}.metrics.`, t('a metric')));
  return [...metrics, ...params];
}

const CRONS = [
  ['0 3 * * *', later('every day at 03:00')],
  ['0 * * * *', later('every hour')],
  ['*/15 * * * *', later('every 15 minutes')],
  ['0 3 * * 1', later('Mondays at 03:00')],
  ['0 3 1 * *', later('the first of every month at 03:00')],
] as const;

function completeSchedule(key: string | number | undefined): readonly Suggestion[] {
  if (key === 'timezone') return timeZones().map((zone) => toSuggested('value', zone));
  if (key !== 'cron') return [];
  return CRONS.map(([cron, detail]) => ({ ...toSuggested('value', cron, translate(detail)), insert: JSON.stringify(cron) }));
}

/** Clusters are the agent's to know; here are those that the files speak of. */
function toClusters(model: WorkspaceModel): readonly string[] {
  const named = [...model.workflows.values()].flatMap(({ value }) => (value?.steps ?? []).flatMap(({ cluster }) => cluster ?? []));
  return [...new Set(['local', model.manifest.defaults.cluster, ...named])].sort();
}

/** What a step takes and gives, as far as the workspace tells. */
export function toContract(
  model: WorkspaceModel,
  { use }: Pick<Step, 'use'>,
): Pick<ModuleContract, 'inputs' | 'outputs' | 'params'> | undefined {
  if (use.kind === 'module') return model.modules.get(use.module)?.value;
  if (use.kind === 'dataset') {
    const dataset = model.datasets.get(use.dataset)?.value;
    return dataset === undefined ? undefined : toDatasetContract(dataset);
  }
  const workflow = model.workflows.get(use.workflow)?.value;
  if (workflow === undefined) return undefined;
  const outputs = Object.entries(workflow.outputs).map(([name, reference]) => {
    const step = workflow.steps.find(({ id }) => id === reference.step);
    const inner = step === undefined || step.use.kind === 'workflow' ? undefined : toContract(model, step);
    const found = inner?.outputs.find((output) => output.name === reference.port) ?? inner?.outputs[0];
    return { name, type: found?.type ?? ({ kind: 'json' } as const), addLabels: [] };
  });
  return { inputs: workflow.inputs, params: workflow.params, outputs };
}
