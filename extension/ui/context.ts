import type * as vscode from 'vscode';
import type { AgentLink } from '../agent/agentLink.ts';
import type { Roots } from '../platform/roots.ts';
import type { SavedDocuments } from '../platform/savedDocuments.ts';

/** What views and commands work with; built once by `main.ts`. */
export interface UiContext {
  readonly extension: vscode.ExtensionContext;
  readonly link: AgentLink;
  readonly roots: Roots;
  readonly saved: SavedDocuments;
  readonly log: vscode.LogOutputChannel;
}
