import { Asked } from '../../../webviews/protocol/asked.ts';
import type { ComparePanelModel, FromComparePanel, ToComparePanel } from '../../../webviews/protocol/comparePanel.ts';
import { findNested, findStep } from '../../../webviews/protocol/nestedSteps.ts';
import { toStepPath } from '../../../webviews/protocol/stepPaths.ts';
import { t } from '../../../webviews/protocol/words.ts';
import type { PanelHost } from '../../../webviews/shared/panelHost.ts';
import type { DiffDocument, DiffStep } from '../../protocol/comparisons.ts';
import type { Disposable } from '../../protocol/roles.ts';
import type { WorkspaceView } from '../../protocol/workspaceView.ts';
import type { Portal } from '../app/portalContext.ts';
import { toLinkView } from '../app/useLinkState.ts';
import { readWorkspaces } from '../dialogs/startWorkflow.tsx';
import { createLocalHost, type LocalHost } from './localHost.ts';
import { showModule, showReason, showStep } from './codePlaces.ts';

/** What stands behind the comparison of two runs, which have ended and so are asked for once. */
export class CompareHost implements Disposable {
  readonly #portal: Portal;
  readonly #before: string;
  readonly #after: string;
  readonly #local: LocalHost<ToComparePanel, FromComparePanel>;
  readonly #listening: Disposable;
  readonly #ended = new AbortController();
  readonly #asked: Asked<DiffDocument>;

  constructor(portal: Portal, before: string, after: string) {
    this.#portal = portal;
    this.#before = before;
    this.#after = after;
    this.#local = createLocalHost(`compare ${before} ${after}`, (message) => this.#onMessage(message));
    this.#asked = new Asked(
      () => portal.link.request('run.diff', { run: before, other: after }, this.#ended.signal),
      ({ value, problem }) => this.#change({ diff: value, problem }),
    );
    this.#listening = portal.link.onDidChangeState(({ kind }) => {
      this.#change({ link: toLinkView(portal.link) });
      if (kind === 'open') void this.#asked.askIfMissing();
    });
    void this.#asked.ask();
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
        const model = { diff: this.#asked.value, problem: this.#asked.problem, link: toLinkView(portal.link) };
        return this.#local.send({ type: 'model', model });
      }
      case 'again':
        return void this.#asked.ask();
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
    const step = this.#asked.value?.steps.find((one) => one.step === message.step);
    const workspace = await this.#findWorkspace();
    if (step === undefined) return;
    if (message.type === 'openReason') showReason(this.#portal, workspace, step.reasons[message.index]);
    else this.#showCode(workspace, step);
  }

  /** Its module; of a step without one where it is written. */
  #showCode(workspace: WorkspaceView | null, { module, step }: DiffStep): void {
    const workflows = workspace?.workflows ?? [];
    const workflow = workflows.find((one) => one.name === this.#asked.value?.after.workflow);
    const written = workflow === undefined ? undefined : findStep(workflow, findNested(workflow, workflows), toStepPath(step));
    if (module !== undefined || written === undefined) showModule(this.#portal, workspace, module ?? step);
    else showStep(this.#portal, workspace, written.workflow, written.step);
  }

  /** The runs do not say of which workspace they are: it is the one that knows their workflow. */
  async #findWorkspace(): Promise<WorkspaceView | null> {
    const workspaces = await readWorkspaces(this.#portal);
    return workspaces.find(({ workflows }) => workflows.some((one) => one.name === this.#asked.value?.after.workflow)) ?? null;
  }
}
