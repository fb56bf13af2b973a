import * as vscode from 'vscode';

/** Program and arguments that run `agent.mjs`; empty = chosen by the extension. Machine scope: a workspace cannot name a program. */
export function readAgentCommand(): readonly string[] {
  const command = vscode.workspace.getConfiguration('cairn').get<unknown>('agent.command');
  return Array.isArray(command) ? command.filter((part): part is string => typeof part === 'string' && part !== '') : [];
}
