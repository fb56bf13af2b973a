import { resolve } from 'node:path';
import type { CreatedDocument } from '../../protocol/documents.ts';
import type { CommandContext } from '../commandContext.ts';

export interface ModuleOptions {
  readonly kind: 'data' | 'train' | 'package' | 'evaluate' | 'deploy';
  readonly language: 'python' | 'typescript';
  readonly environment?: string;
  readonly input: string[];
  readonly output: string[];
  readonly preview: boolean;
}

export async function init(context: CommandContext, options: { name?: string; example?: 'flights'; preview: boolean }): Promise<number> {
  const root = resolve(context.folder, context.options.workspace ?? '.');
  const agent = await context.agent();
  return answerCreated(
    context,
    await agent.request('workspace.init', { root, ...options }, context.interrupted),
    'Run it with `cairn run`.',
  );
}

export async function newModule(context: CommandContext, name: string, options: ModuleOptions): Promise<number> {
  const root = context.root();
  const { input: inputs, output: outputs, ...others } = options;
  const agent = await context.agent();
  const created = await agent.request('workspace.newModule', { root, name, inputs, outputs, ...others }, context.interrupted);
  return answerCreated(context, created, 'Put it into a workflow, or make one with `cairn new workflow`.');
}

export async function newLibrary(
  context: CommandContext,
  name: string,
  options: { language: 'python' | 'typescript'; preview: boolean },
): Promise<number> {
  const root = context.root();
  const agent = await context.agent();
  const created = await agent.request('workspace.newLibrary', { root, name, ...options }, context.interrupted);
  return answerCreated(context, created, `Use it in a module with \`uses: [${name}]\`.`);
}

export async function newWorkflow(
  context: CommandContext,
  name: string,
  modules: readonly string[],
  options: { preview: boolean },
): Promise<number> {
  const root = context.root();
  const agent = await context.agent();
  const created = await agent.request('workspace.newWorkflow', { root, name, modules: [...modules], ...options }, context.interrupted);
  return answerCreated(context, created, `Run it with \`cairn run ${name}\`.`);
}

function answerCreated(context: CommandContext, document: CreatedDocument, next: string): number {
  const { contents } = document;
  context.answer(document, () => {
    if (contents !== undefined) return document.created.map((path) => `${context.paint('bold', path)}\n${contents[path] ?? ''}\n`).join('');
    return `${document.created.map((path) => `${context.paint('green', '+')} ${path}`).join('\n')}\n${next}\n`;
  });
  return 0;
}
