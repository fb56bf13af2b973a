import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Connection, TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { EditorWorkspace } from '../service/editorWorkspace.ts';
import type { ServerWorkspace } from './serverWorkspace.ts';
import type { Workspaces } from './workspaces.ts';

/** What handlers work with. */
export interface ServerContext {
  readonly connection: Connection;
  readonly documents: TextDocuments<TextDocument>;
  readonly workspaces: Workspaces;
  /** requests that this client has said to answer */
  readonly asks: { moduleFacts: boolean };
  /** RFC 3339 */
  readonly now: () => string;
}

/** A document with its checked workspace. */
export interface Target {
  readonly workspace: ServerWorkspace;
  readonly editor: EditorWorkspace;
  readonly path: string;
  readonly text: string;
}

/** `undefined`: not a document of a workspace. */
export function toTarget({ workspaces }: ServerContext, uri: string): Target | undefined {
  if (!uri.startsWith('file:')) return undefined;
  const found = workspaces.find(fileURLToPath(uri));
  const text = found?.workspace.textOf(found.path);
  if (found === undefined || text === undefined) return undefined;
  const { workspace, path } = found;
  const checked = workspace.check();
  return { workspace, path, text, editor: { checked, texts: workspace.texts, abilities: workspace.abilities } };
}

export function toUri(workspace: ServerWorkspace, path: string): string {
  return pathToFileURL(workspace.toFile(path)).href;
}
