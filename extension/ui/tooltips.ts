import * as vscode from 'vscode';
import { toPlainText } from './logText.ts';

/** A name and what is said of it; nothing to say = the row is left out. */
export type Fact = readonly [name: string, value: string | null | undefined | false];

/** What a row of a tree says when it is pointed at. Every text comes from files and tasks and is escaped: it is never Markdown, nor a link. */
export function toTooltip(title: string, facts: readonly Fact[], notes: readonly string[] = []): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  tooltip.appendMarkdown('**').appendText(toPlainText(title)).appendMarkdown('**\n\n');
  for (const note of notes.filter((text) => text !== '')) tooltip.appendText(toPlainLines(note)).appendMarkdown('\n\n');
  for (const [name, value] of facts) {
    if (value == null || value === false || value === '') continue;
    tooltip.appendText(`${name}: `).appendText(toPlainText(value)).appendMarkdown('  \n');
  }
  return tooltip;
}

/** Parts of a row's description that there are. */
export function toDescription(...parts: readonly (string | null | undefined | false)[]): string {
  return parts.filter((part): part is string => typeof part === 'string' && part !== '').join(' · ');
}

function toPlainLines(text: string): string {
  return text.split('\n').map(toPlainText).join('\n');
}
