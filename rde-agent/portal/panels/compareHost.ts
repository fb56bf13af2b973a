import type { ComparePanelModel, FromComparePanel, ToComparePanel } from '../../../webviews/protocol/comparePanel.ts';
import type { Problem } from '../../../webviews/protocol/dataPanel.ts';
import { t } from '../../../webviews/protocol/words.ts';
import type { PanelHost } from '../../../webviews/shared/panelHost.ts';
import type { DiffDocument } from '../../protocol/comparisons.ts';
import { toCairnError } from '../../protocol/errors.ts';
import type { Disposable } from '../../protocol/roles.ts';
import type { WorkspaceView } from '../../protocol/workspaceView.ts';
import type { Portal } from '../app/portalContext.ts';
import { toLinkView } from '../app/useLinkState.ts';
import { readWorkspaces } from '../dialogs/startWorkflow.tsx';
import { createLocalHost, type LocalHost } from './localHost.ts';
import { showModule, showReason } from './codePlaces.ts';

/** What stands behind the comparison of two runs, which have ended and so are asked for once. */
export class CompareHost implements Disposable {
  readonly #portal: Portal;
  readonly #before: string;
  readonly #after: string;
  readonly #local: LocalHost<ToComparePanel, FromComparePanel>;
  readonly #listening: Disposable;
  readonly #ended = new AbortController();
  #diff: DiffDocument | null = null;
  #problem: Problem | null = null;

  constructor(portal: Portal, before: string, after: string) {
    this.#portal = portal;
    this.#before = before;
    this.#after = after;
    this.#local = createLocalHost(`compare ${before} ${after}`, (message) => this.#onMessage(message));
    this.#listening = portal.link.onDidChangeState(({ kind }) => {
      this.#change({ link: toLinkView(portal.link) });
      if (kind === 'open' && this.#diff === null) void this.#read();
    });
    void this.#read();
  }

  get host(): PanelHost<ToComparePanel, FromComparePanel> {
    return this.#local;
  }

  dispose(): void {
    this.#ended.abort();
    this.#listening.dispose();
  }

  #change(model: Partial<ComparePanelModel>): void {
    this.#local.send({ type: 'changed', model });
  }

  #onMessage(message: FromComparePanel): void {
    const portal = this.#portal;
    switch (message.type) {
      case 'ready': {
        const model = { diff: this.#diff, problem: this.#problem, link: toLinkView(portal.link) };
        return this.#local.send({ type: 'model', model });
      }
      case 'again':
        return void this.#read();
      case 'swap':
        return portal.go({ kind: 'compare', run: this.#after, other: this.#before });
      case 'showRun':
        return portal.go({ kind: 'run', run: message.side === 'before' ? this.#before : this.#after });
      case 'openCode':
      case 'openReason':
        return portal.attempt(t('Open'), () => this.#open(message));
    }
  }

  async #open(message: Extract<FromComparePanel, { readonly step: string }>): Promise<void> {
    const step = this.#diff?.steps.find((one) => one.step === message.step);
    const workspace = await this.#findWorkspace();
    if (step === undefined) return;
    if (message.type === 'openReason') showReason(this.#portal, workspace, step.reasons[message.index]);
    else showModule(this.#portal, workspace, step.module ?? step.step);
  }

  /** The runs do not say of which workspace they are: it is the one that knows their workflow. */
  async #findWorkspace(): Promise<WorkspaceView | null> {
    const workspaces = await readWorkspaces(this.#portal);
    return workspaces.find(({ workflows }) => workflows.some((one) => one.name === this.#diff?.after.workflow)) ?? null;
  }

  async #read(): Promise<void> {
    try {
      this.#diff = await this.#portal.link.request('run.diff', { run: this.#before, other: this.#after }, this.#ended.signal);
      this.#problem = null;
    } catch (thrown) {
      const { code, message, next } = toCairnError(thrown);
      if (code === 'cancelled') return;
      this.#problem = { code, message, next };
    }
    this.#change({ diff: this.#diff, problem: this.#problem });
  }
}
