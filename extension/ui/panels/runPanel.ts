import * as vscode from 'vscode';
import { z } from 'zod';
import type { RunView } from '../../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import { FromRunPanel, type RunPanelModel } from '../../../webviews/protocol/runPanel.ts';
import type { Disposable } from '../../agent/emitter.ts';
import { followWholeRun, type Followed } from '../../agent/nestedRuns.ts';
import type { UiContext } from '../context.ts';
import { attempt } from '../errors.ts';
import { toShortName } from '../texts.ts';
import { toLinkView } from './linkView.ts';
import { PanelWire } from './panelWire.ts';
import { findErrorFile, openAt, openEntry, openReason } from './places.ts';

/** What a restored panel is made of again. */
export const RunPanelState = z.strictObject({ run: z.string().max(128) });

/** One run in a panel, live. */
export class RunPanel implements Disposable {
  readonly #context: UiContext;
  readonly #panel: vscode.WebviewPanel;
  readonly #wire: PanelWire<RunPanelModel, FromRunPanel>;
  readonly #listening: readonly Disposable[];
  #following: Followed;
  /** with the tasks of runs inside it */
  #run: RunView | null = null;

  constructor(context: UiContext, panel: vscode.WebviewPanel, run: string) {
    this.#context = context;
    this.#panel = panel;
    this.#wire = new PanelWire<RunPanelModel, FromRunPanel>(panel.webview, {
      schema: FromRunPanel,
      model: () => ({ run: this.#run, link: toLinkView(context.link) }),
      onMessage: (message) => this.#onMessage(message),
      onRefused: () => context.log.warn('The run panel sent something that is not a message of its Api.'),
    });
    this.#listening = [this.#wire, context.link.onDidChangeState(() => this.#wire.change({ link: toLinkView(context.link) }))];
    this.#following = followWholeRun(context.link, run, (whole) => this.#show(whole));
  }

  get run(): RunView | null {
    return this.#run;
  }

  /** Goes on to another run, which stays in the same place on the screen. */
  follow(run: string): void {
    this.#following.dispose();
    this.#following = followWholeRun(this.#context.link, run, (whole) => this.#show(whole));
  }

  dispose(): void {
    for (const one of [this.#following, ...this.#listening]) one.dispose();
  }

  #show(view: RunView): void {
    this.#run = view;
    this.#panel.title = `${toShortName(view.workflow)} · ${view.state}`;
    this.#wire.change({ run: view });
  }

  #onMessage(message: FromRunPanel): void {
    const run = this.#run;
    if (run === null) return;
    switch (message.type) {
      case 'ready':
        return;
      case 'cancel':
        return void vscode.commands.executeCommand('cairn.cancel', { kind: 'run', run: { run: run.run } });
      case 'showGraph':
        return void vscode.commands.executeCommand('cairn.showGraph', { kind: 'run', run: { run: run.run } });
      case 'showLog':
      case 'fork':
        return this.#withTask(
          message.step,
          (task, owner) =>
            void vscode.commands.executeCommand(`cairn.${message.type}`, { kind: 'task', run: owner.run, task: { id: task.id } }),
        );
      case 'openCode':
        return this.#withTask(message.step, (task, owner) => this.#attempt(() => this.#openCode(owner, task)));
      case 'openReason':
        return this.#withTask(message.step, (task, owner) => this.#attempt(() => this.#openReason(owner, task, message.index)));
      case 'openError':
        return this.#withTask(message.step, (task, owner) => this.#attempt(() => this.#openError(owner, task)));
    }
  }

  /** The task with the run that it belongs to, which may be one inside this. */
  #withTask(id: string, act: (task: TaskView, owner: RunView) => void): void {
    const found = this.#following.find(id);
    if (found !== undefined) act(found.task, found.run);
  }

  #attempt(work: () => Promise<void>): void {
    void attempt(this.#context.log, vscode.l10n.t('Open'), work);
  }

  async #openCode(run: RunView, task: TaskView): Promise<void> {
    const root = this.#rootOf(run);
    const view = root === undefined ? undefined : this.#context.link.workspace(root);
    if (root === undefined || view === undefined) return;
    const name = run.steps.find((step) => step.id === task.step)?.name;
    const module = view.modules.find((one) => one.name === name);
    if (module !== undefined) return openEntry(this.#panel, root, module);
    const workflow = view.workflows.find((one) => one.name === run.workflow);
    const step = workflow?.steps.find((one) => one.id === task.step);
    if (workflow !== undefined)
      await openAt(this.#panel, vscode.Uri.joinPath(vscode.Uri.file(root), workflow.file).fsPath, step?.line ?? 1);
  }

  async #openReason(run: RunView, task: TaskView, index: number): Promise<void> {
    const root = this.#rootOf(run);
    if (root !== undefined) await openReason(this.#context, this.#panel, root, task.reasons[index]);
  }

  async #openError(run: RunView, task: TaskView): Promise<void> {
    const root = this.#rootOf(run);
    const view = root === undefined ? undefined : this.#context.link.workspace(root);
    const module = run.steps.find((step) => step.id === task.step)?.name ?? '';
    if (root === undefined || view === undefined || task.error?.file === undefined) return;
    const path = findErrorFile(root, view, module, task.error.file);
    if (path !== undefined) await openAt(this.#panel, path, task.error.line ?? 1);
  }

  /** The open root whose workspace the run belongs to. */
  #rootOf(run: RunView): string | undefined {
    const { roots, link } = this.#context;
    return roots.all.find((root) => link.workspace(root)?.name === run.workspace) ?? (roots.all.length === 1 ? roots.all[0] : undefined);
  }
}
