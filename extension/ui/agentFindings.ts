import { join } from 'node:path';
import * as vscode from 'vscode';
import type { DiagnosticDocument } from '../../rde-agent/protocol/documents.ts';
import type { UiContext } from './context.ts';
import { isWatching } from './tasks/taskProvider.ts';

const SEVERITIES = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
} as const;

/**
 * What only the agent finds: errors of builds, and files that its index refuses. Everything that the texts alone tell is the language
 * server's to mark, which knows them as they are typed; while a watch is running, its problem matcher marks them.
 */
export class AgentFindings implements vscode.Disposable {
  readonly #context: UiContext;
  readonly #collection = vscode.languages.createDiagnosticCollection('cairn-agent');
  readonly #listening: vscode.Disposable;

  constructor(context: UiContext) {
    this.#context = context;
    this.#listening = vscode.Disposable.from(
      context.link.onDidChangeWorkspace(() => this.#show()),
      vscode.tasks.onDidStartTask(() => this.#show()),
      vscode.tasks.onDidEndTask(() => this.#show()),
    );
  }

  dispose(): void {
    this.#listening.dispose();
    this.#collection.dispose();
  }

  #show(): void {
    this.#collection.clear();
    if (isWatching()) return;
    for (const root of this.#context.roots.all) {
      const found = (this.#context.link.workspace(root)?.diagnostics ?? []).filter(isOfAgent);
      const files = new Set(found.map(({ file }) => file));
      for (const file of files) {
        const ofFile = found.filter((one) => one.file === file).map(toDiagnostic);
        this.#collection.set(vscode.Uri.file(join(root, file)), ofFile);
      }
    }
  }
}

/** `build-failed` is a builder's; what the index refuses is told of the whole file, at its very start. */
function isOfAgent({ code, range }: DiagnosticDocument): boolean {
  const { start, end } = range;
  const isWholeFile = start.line === 1 && start.column === 1 && end.line === 1 && end.column === 1;
  return code === 'build-failed' || (isWholeFile && (code === 'limit-exceeded' || code === 'invalid-value'));
}

function toDiagnostic({ range: { start, end }, message, severity, code }: DiagnosticDocument): vscode.Diagnostic {
  const range = new vscode.Range(start.line - 1, start.column - 1, end.line - 1, end.column - 1);
  const diagnostic = new vscode.Diagnostic(range, message, SEVERITIES[severity]);
  diagnostic.source = 'cairn';
  diagnostic.code = code;
  return diagnostic;
}
