import type * as vscode from 'vscode';

/**
 * Line (from 0) of a step's key in a document that may have been typed in since it was read; `undefined` = it is not there. `line` (from 1) is
 * where it was; from there on it is looked for upwards and downwards.
 */
export function findStepLine(document: vscode.TextDocument, step: string, line: number): number | undefined {
  const key = new RegExp(`^\\s*(["']?)${step.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\1\\s*:`);
  const isStep = (at: number): boolean => at >= 0 && at < document.lineCount && key.test(document.lineAt(at).text);
  const start = line - 1;
  for (let distance = 0; distance < document.lineCount; distance++) {
    if (isStep(start + distance)) return start + distance;
    if (isStep(start - distance)) return start - distance;
  }
  return undefined;
}
