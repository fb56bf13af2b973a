import { relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { toCairnError } from '../../../rde-agent/protocol/errors.ts';
import { findModuleOf } from '../../agent/concernedWorkflows.ts';
import { toSignal } from '../../platform/abortSignals.ts';
import type { UiContext } from '../context.ts';
import { debugTests, hasDebugger } from './debugTests.ts';
import { runTests } from './testRuns.ts';
import { TestTree } from './testTree.ts';

/** Python keeps tests in files of these names; only their opening makes the extension look for tests by itself. */
const TEST_FILE = /(?:^|[/\\])(?:test_[^/\\]*|[^/\\]*_test)\.py$/;

/** The tests of modules in the editor's own test view. Nothing is looked for before the view, or a file of tests, is shown. */
export class ModuleTests implements vscode.Disposable {
  readonly #context: UiContext;
  readonly #controller = vscode.tests.createTestController('cairn', 'Cairn');
  readonly #tree = new TestTree(this.#controller);
  readonly #listening: vscode.Disposable;
  #debugProfile: vscode.TestRunProfile | undefined;
  /** one look after another: the newest answer is the one that stays */
  #looking: Promise<void> = Promise.resolve();

  constructor(context: UiContext) {
    this.#context = context;
    this.#controller.resolveHandler = (item) => (item === undefined ? this.#lookEverywhere() : Promise.resolve());
    this.#controller.refreshHandler = (token) => this.#lookEverywhere(toSignal(token));
    this.#controller.createRunProfile(
      vscode.l10n.t('Run Tests'),
      vscode.TestRunProfileKind.Run,
      (request, token) => runTests(context, this.#controller, this.#tree, request, token),
      true,
    );
    this.#keepDebugProfile();
    this.#listening = vscode.Disposable.from(
      vscode.extensions.onDidChange(() => this.#keepDebugProfile()),
      vscode.window.onDidChangeVisibleTextEditors((editors) => editors.forEach(({ document }) => void this.#lookAt(document))),
      vscode.workspace.onDidSaveTextDocument((document) => void this.#lookAgain(document)),
    );
    for (const { document } of vscode.window.visibleTextEditors) void this.#lookAt(document);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#controller.dispose();
  }

  /** There to be chosen only while there is a debugger of Python. */
  #keepDebugProfile(): void {
    const isWanted = hasDebugger();
    if (isWanted === (this.#debugProfile !== undefined)) return;
    this.#debugProfile?.dispose();
    this.#debugProfile = isWanted
      ? this.#controller.createRunProfile(
          vscode.l10n.t('Debug Tests'),
          vscode.TestRunProfileKind.Debug,
          (request, token) => debugTests(this.#context, this.#controller, this.#tree, request, token),
          true,
        )
      : undefined;
  }

  async #lookEverywhere(signal?: AbortSignal): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    const roots = await this.#context.roots.refresh();
    this.#controller.items.replace(
      [...this.#controller.items].map(([, item]) => item).filter((item) => roots.includes(this.#tree.nodeOf(item)?.root ?? '')),
    );
    for (const root of roots) await this.#look(root, [], signal);
  }

  /** A file of tests came into sight: its module is looked into, once. */
  async #lookAt({ uri }: vscode.TextDocument): Promise<void> {
    if (uri.scheme !== 'file' || !TEST_FILE.test(uri.fsPath) || !vscode.workspace.isTrusted) return;
    const place = await this.#findModule(uri);
    if (place !== undefined && this.#tree.module(place.root, place.module) === undefined) await this.#look(place.root, [place.module]);
  }

  /** What a module's tests are can change with every file of it; modules that were never looked into are left alone. */
  async #lookAgain({ uri }: vscode.TextDocument): Promise<void> {
    const root = this.#context.roots.rootOf(uri);
    if (root === undefined) return;
    const known = this.#tree.modules(root);
    if (known.length === 0) return;
    const place = await this.#findModule(uri);
    if (place !== undefined && (known.includes(place.module) || TEST_FILE.test(uri.fsPath))) await this.#look(root, [place.module]);
  }

  async #findModule(uri: vscode.Uri): Promise<{ readonly root: string; readonly module: string } | undefined> {
    const { roots, link, log } = this.#context;
    if (roots.all.length === 0) await roots.refresh();
    const root = roots.rootOf(uri);
    if (root === undefined) return undefined;
    try {
      const view = await link.openWorkspace(root);
      const module = findModuleOf(view, relative(root, uri.fsPath).split(sep).join('/'))?.name;
      return module === undefined ? undefined : { root, module };
    } catch (error) {
      log.error(`tests: ${toCairnError(error).message}`);
      return undefined;
    }
  }

  #look(root: string, modules: readonly string[], signal?: AbortSignal): Promise<void> {
    this.#looking = this.#looking.then(() => this.#lookNow(root, modules, signal));
    return this.#looking;
  }

  async #lookNow(root: string, modules: readonly string[], signal?: AbortSignal): Promise<void> {
    const { link, saved, log } = this.#context;
    try {
      const documents = await saved.recent(root);
      const found = await link.request('workspace.test', { root, modules: [...modules], discover: true, documents }, signal);
      this.#tree.update(root, found);
      if (modules.length > 0) return;
      const there = new Set(found.modules.map(({ module }) => module));
      for (const module of this.#tree.modules(root)) if (!there.has(module)) this.#tree.forget(root, module);
    } catch (error) {
      const { code, message } = toCairnError(error);
      if (code !== 'cancelled' && code !== 'unknown-module') log.error(`tests of ${root}: ${code}: ${message}`);
    }
  }
}
