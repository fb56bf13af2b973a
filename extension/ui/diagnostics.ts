import { join, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import type { DiagnosticDocument } from '../../rde-agent/protocol/documents.ts';
import { toCairnError } from '../../rde-agent/protocol/errors.ts';
import type { UiContext } from './context.ts';

/** milliseconds after the last key before unsaved texts are checked */
const DEBOUNCE = 150;

/** Found in a document at a version: places are true for that version only. */
interface Findings {
  readonly diagnostics: readonly DiagnosticDocument[];
  readonly versions: ReadonlyMap<string, number>;
}

/**
 * What the agent finds in the files, in the editor's own list. Saved files come from the workspace's subscription; while something is
 * unsaved, the agent checks with those texts in place of the files, and a newer keystroke ends an older check.
 */
export class Diagnostics implements vscode.Disposable {
  readonly #context: UiContext;
  readonly #collection = vscode.languages.createDiagnosticCollection('cairn');
  readonly #findings = new Map<string, Findings>();
  readonly #listening: readonly vscode.Disposable[];
  #timer: NodeJS.Timeout | undefined;
  #checking: AbortController | undefined;

  constructor(context: UiContext) {
    this.#context = context;
    this.#listening = [
      this.#collection,
      context.link.onDidChangeWorkspace(() => this.#showSaved()),
      vscode.workspace.onDidOpenTextDocument((document) => this.#begin(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#onDidType(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.#onDidType(document)),
      context.roots.onDidChange(() => vscode.workspace.textDocuments.forEach((document) => this.#begin(document))),
    ];
    for (const document of vscode.workspace.textDocuments) this.#begin(document);
  }

  /** The findings of a document whose places are still true, each with its edits. */
  of(document: vscode.TextDocument): readonly DiagnosticDocument[] {
    const root = this.#context.roots.rootOf(document.uri);
    const findings = root === undefined ? undefined : this.#findings.get(root);
    if (root === undefined || findings === undefined) return [];
    const version = findings.versions.get(document.uri.fsPath);
    if (version !== document.version) return [];
    const file = toFile(root, document.uri);
    return findings.diagnostics.filter((diagnostic) => diagnostic.file === file);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#checking?.abort();
    for (const one of this.#listening) one.dispose();
  }

  /** A file of ours was opened: from now on its workspace is followed. */
  #begin(document: vscode.TextDocument): void {
    if (!isOurs(document) || !vscode.workspace.isTrusted) return;
    void this.#follow(document);
  }

  async #follow(document: vscode.TextDocument): Promise<void> {
    const { roots, link } = this.#context;
    if (roots.all.length === 0) await roots.refresh();
    const root = roots.rootOf(document.uri);
    if (root !== undefined && !document.isClosed) link.followRoot(root);
  }

  #onDidType(document: vscode.TextDocument): void {
    const root = this.#context.roots.rootOf(document.uri);
    if (root === undefined || !isOurs(document) || this.#context.link.workspace(root) === undefined) return;
    this.#checkSoon(root);
  }

  #checkSoon(root: string): void {
    this.#checking?.abort();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#check(root), DEBOUNCE);
  }

  async #check(root: string): Promise<void> {
    const unsaved = unsavedOf(root);
    if (unsaved.length === 0) return this.#showSaved();
    const checking = new AbortController();
    this.#checking = checking;
    const versions = toVersions();
    const overlays = Object.fromEntries(unsaved.map((document) => [toFile(root, document.uri), document.getText()]));
    try {
      const { diagnostics } = await this.#context.link.request('workspace.check', { root, overlays }, checking.signal);
      if (!checking.signal.aborted) this.#show(root, { diagnostics, versions });
    } catch (thrown) {
      const error = toCairnError(thrown);
      if (error.code !== 'cancelled') this.#context.log.warn(`check: ${error.code}: ${error.message}`);
    }
  }

  #showSaved(): void {
    for (const root of this.#context.roots.all) {
      const view = this.#context.link.workspace(root);
      if (view === undefined) continue;
      // Files beside the unsaved ones have changed, or one was changed before the agent was there.
      if (unsavedOf(root).length > 0) this.#checkSoon(root);
      else this.#show(root, { diagnostics: view.diagnostics, versions: toVersions() });
    }
  }

  #show(root: string, findings: Findings): void {
    const before = this.#findings.get(root)?.diagnostics ?? [];
    this.#findings.set(root, findings);
    const files = new Set([...before, ...findings.diagnostics].map((diagnostic) => diagnostic.file));
    for (const file of files) {
      const ofFile = findings.diagnostics.filter((diagnostic) => diagnostic.file === file);
      this.#collection.set(vscode.Uri.file(join(root, file)), ofFile.map(toDiagnostic));
    }
  }
}

function isOurs(document: vscode.TextDocument): boolean {
  return document.uri.scheme === 'file' && /\.(ya?ml|py)$/.test(document.uri.fsPath);
}

function unsavedOf(root: string): readonly vscode.TextDocument[] {
  return vscode.workspace.textDocuments.filter(
    (document) => document.isDirty && isOurs(document) && document.uri.fsPath.startsWith(root + sep),
  );
}

function toVersions(): ReadonlyMap<string, number> {
  return new Map(vscode.workspace.textDocuments.map((document) => [document.uri.fsPath, document.version]));
}

function toFile(root: string, uri: vscode.Uri): string {
  return relative(root, uri.fsPath).replaceAll(sep, '/');
}

const SEVERITIES = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
} as const;

function toDiagnostic(document: DiagnosticDocument): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(toRange(document.range), document.message, SEVERITIES[document.severity]);
  diagnostic.source = 'cairn';
  diagnostic.code = document.code;
  return diagnostic;
}

/** Ours count from 1, the editor's from 0. */
export function toRange({ start, end }: DiagnosticDocument['range']): vscode.Range {
  return new vscode.Range(start.line - 1, start.column - 1, end.line - 1, end.column - 1);
}
