import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { FromGraphPanel } from '../../../webviews/protocol/graphPanel.ts';

type Exported = Extract<FromGraphPanel, { readonly type: 'export' }>;

const KINDS: { readonly [format in Exported['format']]: { readonly name: string; readonly ending: string } } = {
  svg: { name: 'SVG', ending: 'svg' },
  png: { name: 'PNG', ending: 'png' },
  mermaid: { name: 'Mermaid', ending: 'mmd' },
  json: { name: 'JSON', ending: 'json' },
};

/** Writes an exported graph where a person says; beside the workflow's file by default. Nothing is written when they say nothing. */
export async function saveGraph(workflowFile: string, workflow: string, { format, content }: Exported): Promise<void> {
  const { name, ending } = KINDS[format];
  const file = `${workflow.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')}.${ending}`;
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export the graph'),
    defaultUri: vscode.Uri.file(join(dirname(workflowFile), file)),
    filters: { [name]: [ending] },
  });
  if (target === undefined) return;
  await vscode.workspace.fs.writeFile(target, Buffer.from(content, format === 'png' ? 'base64' : 'utf8'));
}
