import type { FromGraphPanel, GraphPanelModel, ToGraphPanel } from '../../../webviews/protocol/graphPanel.ts';
import { findNested, findStep } from '../../../webviews/protocol/nestedSteps.ts';
import { toPlanStatuses } from '../../../webviews/protocol/planStatus.ts';
import { t } from '../../../webviews/protocol/words.ts';
import type { PanelHost } from '../../../webviews/shared/panelHost.ts';
import type { PlanDocument } from '../../protocol/documents.ts';
import type { Disposable } from '../../protocol/roles.ts';
import type { RunView } from '../../protocol/runView.ts';
import type { TaskView } from '../../protocol/taskView.ts';
import { followWholeRun, type Followed, type InnerTask } from '../../protocol/wholeRun.ts';
import type { WorkflowView, WorkspaceView } from '../../protocol/workspaceView.ts';
import type { Portal } from '../app/portalContext.ts';
import { toLinkView } from '../app/useLinkState.ts';
import { cancelRun, forkRun } from '../dialogs/runActions.tsx';
import { startWorkflow } from '../dialogs/startWorkflow.tsx';
import { createLocalHost, type LocalHost } from './localHost.ts';
import { showModule, showReason, showStep, showTaskError } from './codePlaces.ts';
import { downloadGraph } from './downloadGraph.ts';

type Message<T extends FromGraphPanel['type']> = Extract<FromGraphPanel, { readonly type: T }>;
type StepMessage = Extract<FromGraphPanel, { readonly step: string }>;

/** What stands behind the graph of a workflow of an open workspace: the workflow as written, its newest run, and what a run would do. */
export class GraphHost implements Disposable {
  readonly #portal: Portal;
  readonly #root: string;
  readonly #name: string;
  readonly #local: LocalHost<ToGraphPanel, FromGraphPanel>;
  readonly #listening: readonly Disposable[];
  #workspace: WorkspaceView | null = null;
  #nested: readonly WorkflowView[] = [];
  #followed: { readonly run: string; readonly following: Followed } | undefined;
  #run: RunView | null = null;
  #plan: PlanDocument | null = null;

  constructor(portal: Portal, root: string, name: string) {
    this.#portal = portal;
    this.#root = root;
    this.#name = name;
    this.#local = createLocalHost(`graph ${root} ${name}`, (message) => this.#onMessage(message));
    const { link } = portal;
    this.#listening = [
      link.onDidChangeState(() => this.#change({ link: toLinkView(link) })),
      link.followWorkspace(root, (view) => this.#onDidChangeWorkspace(view)),
      link.followRuns(({ runs }) => this.#follow(runs.find((one) => one.workflow === name)?.run)),
    ];
  }

  get host(): PanelHost<ToGraphPanel, FromGraphPanel> {
    return this.#local;
  }

  dispose(): void {
    this.#followed?.following.dispose();
    for (const one of this.#listening) one.dispose();
  }

  /** A plan is of what was saved: another tree has another one. */
  #onDidChangeWorkspace(view: WorkspaceView): void {
    if (this.#workspace !== null && view.tree !== this.#workspace.tree) this.#plan = null;
    this.#workspace = view;
    const { workflow, nested, message, plan } = this.#toModel();
    this.#change({ workflow, nested, message, plan });
  }

  #follow(run: string | undefined): void {
    if (run === undefined || run === this.#followed?.run) return;
    this.#followed?.following.dispose();
    this.#plan = null;
    this.#followed = { run, following: followWholeRun(this.#portal.link, run, (view) => this.#show(view)) };
  }

  /** Workflows of other workspaces can have the same name. */
  #show(view: RunView): void {
    if (this.#workspace !== null && view.workspace !== this.#workspace.name) return;
    this.#run = view;
    this.#change({ run: view, plan: this.#plan });
  }

  #toModel(): GraphPanelModel {
    const workflow = this.#workspace?.workflows.find((one) => one.name === this.#name) ?? null;
    const isMissing = workflow === null && this.#workspace !== null;
    const message = isMissing
      ? t('{0} cannot be drawn: its file has errors.', this.#name)
      : workflow === null
        ? t('Waiting for the agent…')
        : '';
    return { workflow, nested: this.#toNested(workflow), message, run: this.#run, plan: this.#plan, link: toLinkView(this.#portal.link) };
  }

  /** The same list for as long as its workflows are the same: the page lays out again only for another. */
  #toNested(workflow: WorkflowView | null): readonly WorkflowView[] {
    const found = workflow === null ? [] : findNested(workflow, this.#workspace?.workflows ?? []);
    if (found.length !== this.#nested.length || found.some((one, index) => one !== this.#nested[index])) this.#nested = found;
    return this.#nested;
  }

  #change(model: Partial<GraphPanelModel>): void {
    this.#local.send({ type: 'changed', model });
  }

  #onMessage(message: FromGraphPanel): void {
    if ('step' in message) return this.#onStepMessage(message);
    switch (message.type) {
      case 'ready':
        return this.#local.send({ type: 'model', model: this.#toModel() });
      case 'run':
        return startWorkflow(this.#portal, this.#name);
      case 'plan':
        return this.#drawPlan();
      case 'cancel':
      case 'showRun':
        return this.#onRunMessage(message);
      case 'export':
        return downloadGraph(this.#name, message);
    }
  }

  #onRunMessage({ type }: Message<'cancel' | 'showRun'>): void {
    if (this.#run === null) return;
    if (type === 'cancel') cancelRun(this.#portal, this.#run.run);
    else this.#portal.go({ kind: 'run', run: this.#run.run });
  }

  #onStepMessage(message: StepMessage): void {
    const portal = this.#portal;
    const workspace = this.#workspace;
    const { step } = message;
    switch (message.type) {
      case 'openPlanReason':
        return showReason(
          portal,
          workspace,
          this.#plan === null ? undefined : toPlanStatuses(this.#plan).get(step)?.reasons[message.index],
        );
      case 'openReason':
        return this.#withTask(step, ({ task }) => showReason(portal, workspace, task.reasons[message.index]));
      case 'openError':
        return this.#withTask(step, ({ run, task }) => showTaskError(portal, workspace, run, task));
      case 'fork':
        return this.#withTask(step, () => this.#run !== null && forkRun(portal, this.#run, step));
      case 'showLog':
        return this.#withTask(step, ({ run }) => portal.go({ kind: 'run', run: run.run }));
      case 'preview':
        return this.#withTask(step, ({ run, task }) => portal.go({ kind: 'output', run: run.run, step: task.id, port: message.port }));
      case 'openStep':
      case 'openCode':
        return this.#openStep(step, message.type);
    }
  }

  #openStep(path: string, type: 'openStep' | 'openCode'): void {
    const { workflow } = this.#toModel();
    const found = workflow === null ? undefined : findStep(workflow, this.#nested, path);
    if (found === undefined) return;
    if (type === 'openStep' || found.step.kind !== 'module') showStep(this.#portal, this.#workspace, found.workflow, found.step);
    else showModule(this.#portal, this.#workspace, found.step.name);
  }

  /** `id` is a task, or a step: then its first task. */
  #withTask(id: string, act: (found: InnerTask) => unknown): void {
    const first = Object.values(this.#run?.tasks ?? {}).find((one: TaskView) => one.id.replace(/\[[^\]]*\]$/, '') === id);
    const found = this.#followed?.following.find(id) ?? (first === undefined ? undefined : this.#followed?.following.find(first.id));
    if (found !== undefined) act(found);
  }

  #drawPlan(): void {
    this.#portal.attempt(t('Plan'), async () => {
      this.#plan = await this.#portal.link.request('workspace.plan', { root: this.#root, workflow: this.#name });
      this.#change({ plan: this.#plan });
    });
  }
}
