import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { DiffDocument, DiffStep } from '../../../rde-agent/protocol/comparisons.ts';
import { Asked } from '../../../webviews/protocol/asked.ts';
import { FromComparePanel, type ComparePanelModel } from '../../../webviews/protocol/comparePanel.ts';
import { findNested, findStep } from '../../../webviews/protocol/nestedSteps.ts';
import { toStepPath } from '../../../webviews/protocol/stepPaths.ts';
import type { Disposable } from '../../agent/emitter.ts';
import type { UiContext } from '../context.ts';
import { attempt } from '../errors.ts';
import { toShortName } from '../texts.ts';
import { toLinkView } from './linkView.ts';
import { toRunSubject, type PanelSubject } from './panelSubject.ts';
import { PanelWire } from './panelWire.ts';
import { openAt, openEntry, openReason } from './places.ts';

/** Which runs: what a restored panel is made of again. */
export const ComparePanelState = z.object({ before: z.string().check(z.maxLength(128)), after: z.string().check(z.maxLength(128)) });
export type ComparePanelState = z.infer<typeof ComparePanelState>;

/** In what two runs differ, in a panel. Runs that have ended do not change any more: it is asked for once. */
export class ComparePanel implements Disposable {
  readonly #context: UiContext;
  readonly #panel: vscode.WebviewPanel;
  readonly #runs: ComparePanelState;
  readonly #wire: PanelWire<ComparePanelModel, FromComparePanel>;
  readonly #listening: readonly Disposable[];
  readonly #ended = new AbortController();
  readonly #asked: Asked<DiffDocument>;

  constructor(context: UiContext, panel: vscode.WebviewPanel, runs: ComparePanelState) {
    this.#context = context;
    this.#panel = panel;
    this.#runs = runs;
    const { before: run, after: other } = runs;
    this.#asked = new Asked(
      () => context.link.request('run.diff', { run, other }, this.#ended.signal),
      (asked) => this.#show(asked),
    );
    this.#wire = new PanelWire<ComparePanelModel, FromComparePanel>(panel.webview, {
      schema: FromComparePanel,
      model: () => ({ diff: this.#asked.value, problem: this.#asked.problem, link: toLinkView(context.link) }),
      onMessage: (message) => this.#onMessage(message),
      onRefused: () => context.log.warn('The comparison panel sent something that is not a message of its Api.'),
    });
    this.#listening = [
      this.#wire,
      context.link.onDidChangeState(({ kind }) => {
        this.#wire.change({ link: toLinkView(context.link) });
        if (kind === 'open') void this.#asked.askIfMissing();
      }),
    ];
    void this.#asked.ask();
  }

  /** The later run: what it was compared with was there before. */
  get subject(): PanelSubject {
    return toRunSubject(this.#context, this.#runs.after);
  }

  dispose(): void {
    this.#ended.abort();
    for (const one of this.#listening) one.dispose();
  }

  #onMessage(message: FromComparePanel): void {
    switch (message.type) {
      case 'ready':
        return;
      case 'again':
        return void this.#asked.ask();
      case 'swap':
        return void vscode.commands.executeCommand('cairn.compareRuns', { before: this.#runs.after, after: this.#runs.before });
      case 'showRun':
        return void vscode.commands.executeCommand('cairn.showRun', { kind: 'run', run: { run: this.#runs[message.side] } });
      case 'openCode':
        return this.#withStep(message.step, (step) => this.#openCode(step));
      case 'openReason':
        return this.#withStep(message.step, (step) => this.#openReason(step, message.index));
    }
  }

  #show({ value: diff, problem }: Asked<DiffDocument>): void {
    if (diff !== null) this.#panel.title = vscode.l10n.t('{0} · compared', toShortName(diff.after.workflow));
    this.#wire.change({ diff, problem });
  }

  #withStep(id: string, open: (step: DiffStep) => Promise<void>): void {
    const step = this.#asked.value?.steps.find((one) => one.step === id);
    if (step !== undefined) void attempt(this.#context.log, vscode.l10n.t('Open'), () => open(step));
  }

  /** The runs do not say of which workspace they are: it is the one that knows their workflow. */
  #root(): string | undefined {
    const { roots, link } = this.#context;
    const name = this.#asked.value?.after.workflow;
    return roots.all.find((root) => link.workspace(root)?.workflows.some((one) => one.name === name) === true);
  }

  async #openCode({ step, module }: DiffStep): Promise<void> {
    const root = this.#root();
    const view = root === undefined ? undefined : this.#context.link.workspace(root);
    if (root === undefined || view === undefined) return;
    const found = view.modules.find((one) => one.name === module);
    if (found !== undefined) return openEntry(this.#panel, root, found);
    const workflow = view.workflows.find((one) => one.name === this.#asked.value?.after.workflow);
    if (workflow === undefined) return;
    const written = findStep(workflow, findNested(workflow, view.workflows), toStepPath(step)) ?? { workflow, step: { line: 1 } };
    await openAt(this.#panel, vscode.Uri.joinPath(vscode.Uri.file(root), written.workflow.file).fsPath, written.step.line);
  }

  async #openReason(step: DiffStep, index: number): Promise<void> {
    const root = this.#root();
    if (root !== undefined) await openReason(this.#context, this.#panel, root, step.reasons[index]);
  }
}
