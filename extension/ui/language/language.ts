import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { UiContext } from '../context.ts';

/**
 * The language server of this window. Started by the first document of a workspace that is shown; from then on it marks what is wrong,
 * completes, goes to, renames. It needs no agent.
 */
export class Language implements vscode.Disposable {
  readonly #context: UiContext;
  readonly #listening: readonly vscode.Disposable[];
  #starting: Promise<LanguageClient> | undefined;

  constructor(context: UiContext) {
    this.#context = context;
    this.#listening = [
      vscode.workspace.onDidOpenTextDocument((document) => this.#begin(document)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#beginAll()),
      context.roots.onDidChange(() => this.#beginAll()),
    ];
    this.#beginAll();
  }

  dispose(): void {
    for (const one of this.#listening) one.dispose();
    // The client waits for the server's farewell by itself; nobody is left who could be told of a failure.
    void this.#starting?.then((client) => client.dispose()).catch(() => undefined);
  }

  #beginAll(): void {
    for (const document of vscode.workspace.textDocuments) this.#begin(document);
  }

  #begin(document: vscode.TextDocument): void {
    if (isOurs(document) && vscode.workspace.isTrusted) void this.#follow(document);
  }

  /** A file of a workspace was opened: the agent follows its workspace from now on, and the server reads it. */
  async #follow(document: vscode.TextDocument): Promise<void> {
    const { roots, link, log } = this.#context;
    if (roots.all.length === 0) await roots.refresh();
    const root = roots.rootOf(document.uri);
    if (root === undefined || document.isClosed) return;
    link.followRoot(root);
    try {
      this.#starting ??= this.#start();
      await this.#starting;
    } catch (error) {
      this.#starting = undefined;
      log.error(error instanceof Error ? error : String(error));
    }
  }

  async #start(): Promise<LanguageClient> {
    // Read on first use: activation stays as short as it is without it.
    const { startLanguageClient } = await import('./languageClient.ts');
    return startLanguageClient(this.#context);
  }
}

function isOurs(document: vscode.TextDocument): boolean {
  return document.uri.scheme === 'file' && /\.(ya?ml|py)$/.test(document.uri.fsPath);
}
