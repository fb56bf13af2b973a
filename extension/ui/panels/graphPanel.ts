import { join } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { PlanDocument } from '../../../rde-agent/protocol/documents.ts';
import type { Reason } from '../../../rde-agent/protocol/reason.ts';
import type { RunView } from '../../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import type { WorkflowView } from '../../../rde-agent/protocol/workspaceView.ts';
import { FromGraphPanel, type GraphPanelModel } from '../../../webviews/protocol/graphPanel.ts';
import { findNested, findStep } from '../../../webviews/protocol/nestedSteps.ts';
import { toPlanStatuses } from '../../../webviews/protocol/planStatus.ts';
import { toStepPath } from '../../../webviews/protocol/stepPaths.ts';
import type { Disposable } from '../../agent/emitter.ts';
import { followWholeRun, type Followed, type InnerTask } from '../../../rde-agent/protocol/wholeRun.ts';
import type { UiContext } from '../context.ts';
import { attempt } from '../errors.ts';
import type { ShownWorkflows } from '../plans/shownWorkflows.ts';
import { toShortName } from '../texts.ts';
import { toLinkView } from './linkView.ts';
import { toRunSubject, type PanelSubject } from './panelSubject.ts';
import { PanelWire } from './panelWire.ts';
import { openAt, openEntry, openReason } from './places.ts';
import { openTaskError, toRunPlace } from './runPlaces.ts';
import { saveGraph } from './saveGraph.ts';

/** of a run that changes: what page and host can take of it without falling behind */
const TASKS_A_MILLISECOND = 10;

/** What a restored panel is made of again; what else the page keeps is the page's. */
export const GraphPanelState = z.object({ root: z.string().check(z.maxLength(4096)), file: z.string().check(z.maxLength(4096)) });
export type GraphPanelState = z.infer<typeof GraphPanelState>;

/**
 * The graph of one workflow file, with its newest run drawn over it, or what a run would do now: as soon as what is saved is not what that
 * run ran, and where a person asked for it.
 */
export class GraphPanel implements Disposable {
  readonly #context: UiContext;
  readonly #shown: ShownWorkflows;
  readonly #panel: vscode.WebviewPanel;
  readonly #place: GraphPanelState;
  readonly #wire: PanelWire<GraphPanelModel, FromGraphPanel>;
  readonly #listening: readonly Disposable[];
  #followed: { readonly run: string; readonly following: Followed } | undefined;
  /** with the tasks of runs inside it */
  #run: RunView | null = null;
  #telling: NodeJS.Timeout | undefined;
  #nested: readonly WorkflowView[] = [];
  /** asked for by a person, with the run that was the newest then: the next one ends it, and so does the next save */
  #asked: { readonly document: PlanDocument; readonly after: string | undefined } | null = null;
  #watched: { readonly workflow: string; readonly subscription: Disposable } | undefined;
  #drawnPlan: PlanDocument | null = null;

  constructor(context: UiContext, shown: ShownWorkflows, panel: vscode.WebviewPanel, place: GraphPanelState) {
    this.#context = context;
    this.#shown = shown;
    this.#panel = panel;
    this.#place = place;
    this.#wire = new PanelWire<GraphPanelModel, FromGraphPanel>(panel.webview, {
      schema: FromGraphPanel,
      model: () => this.#toModel(),
      onMessage: (message) => this.#onMessage(message),
      onRefused: () => context.log.warn('The graph panel sent something that is not a message of its Api.'),
    });
    this.#listening = [
      this.#wire,
      context.link.onDidChangeState(() => this.#wire.change({ link: toLinkView(context.link) })),
      context.link.onDidChangeWorkspace(() => this.#onDidChangeWorkspace()),
      context.link.onDidChangeRuns(() => this.#followNewest()),
      shown.onDidChange(() => this.#drawPlan()),
    ];
    context.link.followRoot(place.root);
    this.#onDidChangeWorkspace();
  }

  /** The workflow, and the run that is drawn over it. */
  get subject(): PanelSubject {
    const name = this.#workflow()?.name;
    const run = this.#run?.run;
    const workflow = name === undefined ? {} : { workflow: { name } };
    return { panel: true, ...(run === undefined ? {} : toRunSubject(this.#context, run)), root: this.#place.root, ...workflow };
  }

  /** Draws what a run would do, until the next run starts or something else is saved. */
  showPlan(plan: PlanDocument): void {
    this.#asked = { document: plan, after: this.#newest() };
    this.#drawPlan();
  }

  dispose(): void {
    clearTimeout(this.#telling);
    this.#followed?.following.dispose();
    this.#watched?.subscription.dispose();
    for (const one of this.#listening) one.dispose();
  }

  #toModel(): GraphPanelModel {
    const workflow = this.#workflow();
    const { link } = this.#context;
    const isKnown = link.workspace(this.#place.root) !== undefined;
    const message = !isKnown
      ? vscode.l10n.t('Waiting for the agent…')
      : workflow === null
        ? vscode.l10n.t('{0} defines no workflow that can be drawn. The problems are marked in the file.', this.#place.file)
        : '';
    return { workflow, nested: this.#toNested(workflow), message, run: this.#run, plan: this.#toPlan(), link: toLinkView(link) };
  }

  #workflow(): WorkflowView | null {
    return this.#context.link.workspace(this.#place.root)?.workflows.find((one) => one.file === this.#place.file) ?? null;
  }

  /** The same list for as long as its workflows are the same: the page lays out again only for another. */
  #toNested(workflow: WorkflowView | null): readonly WorkflowView[] {
    const found = workflow === null ? [] : findNested(workflow, this.#context.link.workspace(this.#place.root)?.workflows ?? []);
    if (found.length !== this.#nested.length || found.some((one, index) => one !== this.#nested[index])) this.#nested = found;
    return this.#nested;
  }

  #onDidChangeWorkspace(): void {
    const { workflow, nested, message } = this.#toModel();
    if (workflow !== null) this.#panel.title = vscode.l10n.t('{0} · graph', toShortName(workflow.name));
    this.#wire.change({ workflow, nested, message });
    if (workflow !== null) this.#watch(workflow.name);
    this.#followNewest();
  }

  #watch(workflow: string): void {
    if (this.#watched?.workflow === workflow) return;
    this.#watched?.subscription.dispose();
    this.#watched = { workflow, subscription: this.#shown.watch({ root: this.#place.root, workflow }) };
  }

  /** `null`: what the newest run did says more. */
  #toPlan(): PlanDocument | null {
    const workflow = this.#workflow();
    const live = workflow === null ? undefined : this.#shown.plan({ root: this.#place.root, workflow: workflow.name });
    const asked = this.#asked?.document;
    if (asked !== undefined && (live === undefined || live.tree === asked.tree)) return asked;
    if (live === undefined) return null;
    return this.#run === null || (this.#run.finished !== null && this.#run.tree !== live.tree) ? live : null;
  }

  #drawPlan(): void {
    const plan = this.#toPlan();
    if (plan === this.#drawnPlan) return;
    this.#drawnPlan = plan;
    this.#wire.change({ plan });
  }

  #followNewest(): void {
    const newest = this.#newest();
    if (this.#asked !== null && newest !== this.#asked.after) {
      this.#asked = null;
      this.#drawPlan();
    }
    if (newest === undefined || newest === this.#followed?.run) return;
    this.#followed?.following.dispose();
    this.#followed = { run: newest, following: followWholeRun(this.#context.link, newest, (run) => this.#show(run)) };
  }

  #newest(): string | undefined {
    const name = this.#workflow()?.name;
    return this.#context.link.runs.runs.find((run) => run.workflow === name)?.run;
  }

  /** A run of thousands of tasks is told of less often than one of ten: the page is given all of it each time. */
  #show(run: RunView): void {
    if (run.workspace !== this.#context.link.workspace(this.#place.root)?.name) return;
    this.#run = run;
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      this.#wire.change({ run: this.#run });
      this.#drawPlan();
    }, run.order.length / TASKS_A_MILLISECOND);
  }

  #onMessage(message: FromGraphPanel): void {
    if ('step' in message) return this.#onStepMessage(message);
    switch (message.type) {
      case 'ready':
        return;
      case 'run':
      case 'plan':
        return this.#withWorkflow(
          (workflow) => void vscode.commands.executeCommand(`cairn.${message.type}`, { root: this.#place.root, workflow }),
        );
      case 'cancel':
      case 'showRun':
        return void (
          this.#run !== null && vscode.commands.executeCommand(`cairn.${message.type}`, { kind: 'run', run: { run: this.#run.run } })
        );
      case 'export':
        return this.#withWorkflow((workflow) =>
          this.#attempt(() => saveGraph(join(this.#place.root, workflow.file), workflow.name, message)),
        );
    }
  }

  #onStepMessage(message: Extract<FromGraphPanel, { readonly step: string }>): void {
    switch (message.type) {
      case 'showLog':
      case 'fork':
        return this.#withTask(message.step, ({ run, task }) => {
          void vscode.commands.executeCommand(`cairn.${message.type}`, { kind: 'task', run: run.run, task: { id: task.id } });
        });
      case 'preview':
        return this.#withTask(message.step, ({ run, task }) => {
          void vscode.commands.executeCommand('cairn.showOutput', {
            kind: 'output',
            run: run.run,
            task: { id: task.id },
            port: message.port,
          });
        });
      case 'openReason':
        return this.#withTask(message.step, ({ task }) => this.#attempt(() => this.#openReason(task.reasons[message.index])));
      case 'openError':
        return this.#withTask(message.step, ({ run, task }) => this.#openError(run, task));
      case 'openPlanReason':
        return this.#attempt(() => this.#openReason(this.#findPlanReason(message.step, message.index)));
      case 'openStep':
        return this.#withWorkflow((workflow) => this.#attempt(() => this.#openStep(workflow, message.step)));
      case 'openCode':
        return this.#withWorkflow((workflow) => this.#attempt(() => this.#openCode(workflow, message.step)));
    }
  }

  #withWorkflow(act: (workflow: WorkflowView) => void): void {
    const workflow = this.#workflow();
    if (workflow !== null) act(workflow);
  }

  #attempt(work: () => Promise<void>): void {
    void attempt(this.#context.log, vscode.l10n.t('Open'), work);
  }

  /** `id` is a task, or the path of a step: then its first task. */
  #withTask(id: string, act: (found: InnerTask) => void): void {
    const run = this.#run;
    const task = run?.tasks[id] === undefined ? run?.order.find((one) => toStepPath(one) === id) : id;
    const found = task === undefined ? undefined : this.#followed?.following.find(task);
    if (found !== undefined) act(found);
  }

  #openError(run: RunView, task: TaskView): void {
    const place = toRunPlace(this.#context, run.workspace);
    if (place !== undefined) this.#attempt(() => openTaskError(this.#panel, place, run, task));
  }

  #findPlanReason(step: string, index: number): Reason | undefined {
    const plan = this.#toPlan();
    return plan === null ? undefined : toPlanStatuses(plan).get(step)?.reasons[index];
  }

  #openReason(reason: Reason | undefined): Promise<void> {
    return openReason(this.#context, this.#panel, this.#place.root, reason);
  }

  async #openStep(workflow: WorkflowView, path: string): Promise<void> {
    const found = findStep(workflow, this.#nested, path);
    if (found !== undefined) await openAt(this.#panel, join(this.#place.root, found.workflow.file), found.step.line);
  }

  async #openCode(workflow: WorkflowView, path: string): Promise<void> {
    const step = findStep(workflow, this.#nested, path)?.step;
    const module = this.#context.link.workspace(this.#place.root)?.modules.find((one) => step?.kind === 'module' && one.name === step.name);
    if (module === undefined) return this.#openStep(workflow, path);
    await openEntry(this.#panel, this.#place.root, module);
  }
}
