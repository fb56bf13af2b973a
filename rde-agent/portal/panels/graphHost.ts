import type { FromGraphPanel, GraphPanelModel, ToGraphPanel } from '../../../webviews/protocol/graphPanel.ts';
import { findStep } from '../../../webviews/protocol/nestedSteps.ts';
import { toPlanStatuses } from '../../../webviews/protocol/planStatus.ts';
import { t } from '../../../webviews/protocol/words.ts';
import type { PanelHost } from '../../../webviews/shared/panelHost.ts';
import { readView } from '../../../webviews/workflowGraph/panelView.ts';
import type { PlanDocument } from '../../protocol/documents.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { Disposable } from '../../protocol/roles.ts';
import type { RunView } from '../../protocol/runView.ts';
import type { TaskView } from '../../protocol/taskView.ts';
import { followWholeRun, type Followed, type InnerTask } from '../../protocol/wholeRun.ts';
import type { WorkflowView } from '../../protocol/workspaceView.ts';
import type { Portal } from '../app/portalContext.ts';
import { toLinkView } from '../app/useLinkState.ts';
import { cancelRun, forkRun } from '../dialogs/runActions.tsx';
import { startWorkflow } from '../dialogs/startWorkflow.tsx';
import { createLocalHost, type LocalHost } from './localHost.ts';
import { showModule, showReason, showStep, showTaskError } from './codePlaces.ts';
import { downloadGraph } from './downloadGraph.ts';
import { LivePlan } from './livePlan.ts';
import { findMissingParams } from './missingParams.ts';
import type { ShownWorkflow, WorkflowSource } from './workflowSource.ts';

type Message<T extends FromGraphPanel['type']> = Extract<FromGraphPanel, { readonly type: T }>;
type StepMessage = Extract<FromGraphPanel, { readonly step: string }>;

/**
 * What stands behind the graph of a workflow: the workflow as its source has it, its newest run, and what a run would do now, which is drawn where
 * a person asked for it, and where the newest run was of something else.
 */
export class GraphHost implements Disposable {
  readonly #portal: Portal;
  readonly #source: WorkflowSource;
  readonly #name: string;
  readonly #local: LocalHost<ToGraphPanel, FromGraphPanel>;
  readonly #plan: LivePlan;
  readonly #listening: readonly Disposable[];
  #shown: ShownWorkflow | null = null;
  #nested: readonly WorkflowView[] = [];
  #followed: { readonly run: string; readonly following: Followed } | undefined;
  #run: RunView | null = null;
  /** with the run that was the newest then: the next one ends it */
  #asked: { readonly after: string | undefined } | null = null;
  #plans: number | undefined;
  /** the plan is to be made anew when the run that is drawn has ended */
  #isStale = false;

  constructor(portal: Portal, key: string, source: WorkflowSource, name: string) {
    this.#portal = portal;
    this.#source = source;
    this.#name = name;
    this.#local = createLocalHost(`graph ${key}`, (message) => this.#onMessage(message));
    this.#plan = new LivePlan(
      (signal) => this.#ask(signal),
      () => this.#change({ plan: this.#toPlan() }),
    );
    const { link } = portal;
    this.#listening = [
      this.#plan,
      link.onDidChangeState(({ kind }) => {
        this.#change({ link: toLinkView(link) });
        if (kind === 'open') this.#replan();
      }),
      source.follow((shown) => this.#onDidChangeSource(shown)),
      link.followRuns(({ runs }) => this.#follow(runs.find((one) => one.workflow === name)?.run)),
      link.followWorkflows(({ plans }) => {
        if (this.#plans !== undefined && this.#plans !== plans) this.#replan();
        this.#plans = plans;
      }),
    ];
  }

  get host(): PanelHost<ToGraphPanel, FromGraphPanel> {
    return this.#local;
  }

  dispose(): void {
    this.#followed?.following.dispose();
    for (const one of this.#listening) one.dispose();
  }

  #onDidChangeSource(shown: ShownWorkflow): void {
    const isOther = shown.tree !== this.#shown?.tree || shown.workflow !== this.#shown.workflow;
    this.#shown = shown;
    if (this.#run !== null && this.#run.workspace !== shown.workspace) this.#run = null;
    const { workflow, nested, message, run, plan } = this.#toModel();
    this.#change({ workflow, nested, message, run, plan });
    if (isOther) this.#replan();
  }

  #follow(run: string | undefined): void {
    if (run === undefined || run === this.#followed?.run) return;
    this.#followed?.following.dispose();
    if (this.#asked?.after !== run) this.#asked = null;
    this.#followed = { run, following: followWholeRun(this.#portal.link, run, (view) => this.#show(view)) };
  }

  /** Workflows of other workspaces can have the same name. */
  #show(view: RunView): void {
    if (this.#shown !== null && view.workspace !== this.#shown.workspace) return;
    const isFirst = this.#run === null;
    this.#run = view;
    this.#change({ run: view, plan: this.#toPlan() });
    // A workflow that needs values is planned with those of its newest run.
    if ((isFirst && this.#plan.plan === null) || (this.#isStale && view.finished !== null)) this.#replan();
  }

  #toModel(): GraphPanelModel {
    const shown = this.#shown;
    const message = shown === null ? t('Waiting for the agent…') : shown.message;
    return {
      workflow: shown?.workflow ?? null,
      nested: this.#toNested(),
      message,
      run: this.#run,
      plan: this.#toPlan(),
      link: toLinkView(this.#portal.link),
    };
  }

  /** The same list for as long as its workflows are the same: the page lays out again only for another. */
  #toNested(): readonly WorkflowView[] {
    const found = this.#shown?.nested ?? [];
    if (found.length !== this.#nested.length || found.some((one, index) => one !== this.#nested[index])) this.#nested = found;
    return this.#nested;
  }

  /** `null`: what the newest run did says more, or nobody knows. */
  #toPlan(): PlanDocument | null {
    const { plan } = this.#plan;
    const run = this.#run;
    // What has errors cannot run, and what was planned before is of something else.
    if (plan === null || this.#shown?.workflow?.errors !== 0) return null;
    if (this.#isWanted()) return plan;
    return run === null || (run.finished !== null && run.tree !== plan.tree) ? plan : null;
  }

  #isWanted(): boolean {
    return this.#asked !== null || readView(this.#local.kept).overlay === 'plan';
  }

  #ask(signal: AbortSignal): Promise<PlanDocument> {
    const workflow = this.#shown?.workflow ?? null;
    if (workflow === null) throw new CairnError('unknown-workflow', t('{0} cannot be drawn: its file has errors.', this.#name));
    return this.#source.plan(findMissingParams(workflow, this.#run), signal);
  }

  /** While a run is under way and drawn, nobody sees what would come after it. A workflow that cannot be planned has no plan: nobody has asked. */
  #replan(): void {
    const workflow = this.#shown?.workflow ?? null;
    this.#isStale = this.#run !== null && this.#run.finished === null && !this.#isWanted();
    if (!this.#isStale && workflow !== null && workflow.errors === 0) this.#plan.refresh().catch(() => undefined);
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
    const code = this.#shown?.code ?? null;
    const { step } = message;
    switch (message.type) {
      case 'openPlanReason': {
        const { plan } = this.#plan;
        return showReason(portal, code, plan === null ? undefined : toPlanStatuses(plan).get(step)?.reasons[message.index]);
      }
      case 'openReason':
        return this.#withTask(step, ({ task }) => showReason(portal, code, task.reasons[message.index]));
      case 'openError':
        return this.#withTask(step, ({ run, task }) => showTaskError(portal, code, run, task));
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
    const { workflow = null, code = null } = this.#shown ?? {};
    const found = workflow === null ? undefined : findStep(workflow, this.#nested, path);
    if (found === undefined) return;
    if (type === 'openStep' || found.step.kind !== 'module') showStep(this.#portal, code, found.workflow, found.step);
    else showModule(this.#portal, code, found.step.name);
  }

  /** `id` is a task, or a step: then its first task. */
  #withTask(id: string, act: (found: InnerTask) => unknown): void {
    const first = Object.values(this.#run?.tasks ?? {}).find((one: TaskView) => one.id.replace(/\[[^\]]*\]$/, '') === id);
    const found = this.#followed?.following.find(id) ?? (first === undefined ? undefined : this.#followed?.following.find(first.id));
    if (found !== undefined) act(found);
  }

  #drawPlan(): void {
    this.#asked = { after: this.#followed?.run };
    this.#portal.attempt(t('Plan'), async () => {
      await this.#plan.refresh();
      this.#change({ plan: this.#toPlan() });
    });
  }
}
