import type { Param } from '../../../language/model/module.ts';
import type { PushedGraphDocument } from '../../protocol/portalDocuments.ts';
import type { CommandContext } from '../commandContext.ts';
import { toTable } from '../table.ts';

export async function listWorkflows(context: CommandContext): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('workflow.list', {}, context.interrupted);
  context.answer(document, () => {
    if (document.workflows.length === 0) return 'no workflows: `cairn push` publishes those of a workspace\n';
    const rows = document.workflows.map(({ workflow, workspace, steps, params, at, by }) => [
      workflow,
      workspace,
      String(steps),
      params.map(toParamText).join(' '),
      at,
      by,
    ]);
    return toTable([['WORKFLOW', 'WORKSPACE', 'STEPS', 'PARAMETERS', 'PUSHED', 'BY'], ...rows], [2]);
  });
  return 0;
}

/** One as it was pushed. */
export async function showWorkflow(context: CommandContext, workflow: string): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('workflow.show', { workflow }, context.interrupted);
  context.answer(document, () => toGraphText(document));
  return 0;
}

function toGraphText({ pushed, graph, nested }: PushedGraphDocument): string {
  const { workflow, workspace, at, by } = pushed;
  const head = `${workflow} of ${workspace}, pushed ${at} by ${by}${graph.file === '' ? '' : `, ${graph.file}`}\n`;
  return [head, toStepTable(graph), ...nested.map((inner) => `\n${inner.name}, nested\n${toStepTable(inner)}`)].join('');
}

function toStepTable({ steps, edges }: PushedGraphDocument['graph']): string {
  const rows = steps.map(({ id, name, elements, isDynamic }) => {
    const from = new Set(edges.flatMap((edge) => (edge.to.step === id ? [edge.from.step] : [])));
    const tasks = isDynamic === true ? '?' : String(elements?.length ?? 1);
    return [id, name, tasks, [...from].join(' ')];
  });
  return toTable([['STEP', 'USES', 'TASKS', 'AFTER'], ...rows], [2]);
}

export async function listWorkspaces(context: CommandContext): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('workspace.list', {}, context.interrupted);
  context.answer(document, () => {
    if (document.workspaces.length === 0) return 'no workspace is open\n';
    return toTable([['WORKSPACE', 'FOLDER'], ...document.workspaces.map(({ name, root }) => [name, root])]);
  });
  return 0;
}

export async function openWorkspace(context: CommandContext): Promise<number> {
  const root = context.root();
  const agent = await context.agent();
  const document = await agent.request('workspace.open', { root }, context.interrupted);
  context.answer(document, () => `open: ${document.workspace}\n`);
  return 0;
}

export async function closeWorkspace(context: CommandContext): Promise<number> {
  const root = context.root();
  const agent = await context.agent();
  const document = await agent.request('workspace.close', { root }, context.interrupted);
  context.answer(document, () => `closed: ${root}\n`);
  return 0;
}

/** `alpha=0.5`; without a default `seed` alone. */
function toParamText({ name, default: value }: Param): string {
  return value === undefined ? name : `${name}=${JSON.stringify(value)}`;
}
