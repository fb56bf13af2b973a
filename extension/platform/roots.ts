import { dirname, sep } from 'node:path';
import * as vscode from 'vscode';

const EXCLUDED = '**/{node_modules,.git,.venv,venv,build,dist}/**';
const MOST_ROOTS = 20;

/** The Cairn workspaces of the open folders: every folder that holds a `cairn.yaml`. */
export class Roots implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<readonly string[]>();
  readonly #watcher = vscode.workspace.createFileSystemWatcher('**/cairn.yaml', false, true, false);
  #roots: readonly string[] = [];
  #looking: Promise<readonly string[]> | undefined;
  readonly #looked = new vscode.EventEmitter<readonly string[]>();
  readonly onDidChange = this.#changed.event;
  /** after every look, whether or not it found something new */
  readonly onDidLook = this.#looked.event;

  constructor(subscriptions: vscode.Disposable[]) {
    const again = (): void => void this.refresh();
    subscriptions.push(
      this.#watcher,
      this.#changed,
      this.#looked,
      this.#watcher.onDidCreate(again),
      this.#watcher.onDidDelete(again),
      vscode.workspace.onDidChangeWorkspaceFolders(again),
    );
  }

  /** As last found. */
  get all(): readonly string[] {
    return this.#roots;
  }

  async refresh(): Promise<readonly string[]> {
    this.#looking ??= this.#look();
    try {
      return await this.#looking;
    } finally {
      this.#looking = undefined;
    }
  }

  /** The root that holds a file: the nearest one above it. */
  rootOf(uri: vscode.Uri | undefined): string | undefined {
    if (uri?.scheme !== 'file') return undefined;
    const holds = this.#roots.filter((root) => uri.fsPath === root || uri.fsPath.startsWith(root + sep));
    return holds.toSorted((a, b) => b.length - a.length)[0];
  }

  /** The root that a command means: that of the active editor, else the only or first one. */
  async current(): Promise<string | undefined> {
    if (this.#roots.length === 0) await this.refresh();
    return this.rootOf(vscode.window.activeTextEditor?.document.uri) ?? this.#roots[0];
  }

  dispose(): void {
    this.#watcher.dispose();
    this.#changed.dispose();
    this.#looked.dispose();
  }

  async #look(): Promise<readonly string[]> {
    const found = await vscode.workspace.findFiles('**/cairn.yaml', EXCLUDED, MOST_ROOTS);
    const roots = found.map((uri) => dirname(uri.fsPath)).sort();
    const isSame = roots.join('\n') === this.#roots.join('\n');
    this.#roots = roots;
    this.#looked.fire(roots);
    if (!isSame) this.#changed.fire(roots);
    return roots;
  }
}
