import { atAttempt } from '../../../webviews/protocol/failures.ts';
import type { FromRunPanel, RunPanelModel, ToRunPanel } from '../../../webviews/protocol/runPanel.ts';
import { t } from '../../../webviews/protocol/words.ts';
import type { PanelHost } from '../../../webviews/shared/panelHost.ts';
import { LogFollower } from '../../client/logFollower.ts';
import { toCairnError } from '../../protocol/errors.ts';
import type { Disposable } from '../../protocol/roles.ts';
import type { RunView } from '../../protocol/runView.ts';
import type { WorkflowView } from '../../protocol/workspaceView.ts';
import { followWholeRun, type Followed, type InnerTask } from '../../protocol/wholeRun.ts';
import { toLinkView } from '../app/useLinkState.ts';
import type { Portal } from '../app/portalContext.ts';
import { cancelRun, forkRun, rerunRun } from '../dialogs/runActions.tsx';
import { createLocalHost, type LocalHost } from './localHost.ts';
import { findWorkspaceOf, toPushedCode, type CodeFolder, showLogPlace, showReason, showTaskCode, showTaskError } from './codePlaces.ts';

/** What stands behind the panel of one run in the portal: its model from the agent, and what it asks for. */
export class RunHost implements Disposable {
  readonly #portal: Portal;
  readonly #local: LocalHost<ToRunPanel, FromRunPanel>;
  readonly #log: LogFollower;
  readonly #following: Followed;
  readonly #listening: Disposable;
  readonly #ended = new AbortController();
  readonly #onRun: (run: RunView) => void;
  #run: RunView | null = null;
  #code: CodeFolder | null = null;
  #written: readonly WorkflowView[] = [];
  #followedWorkspace: Disposable | undefined;

  constructor(portal: Portal, run: string, onRun: (run: RunView) => void, onFail: (error: Error) => void) {
    this.#portal = portal;
    this.#onRun = onRun;
    this.#local = createLocalHost(`run ${run}`, (message) => this.#onMessage(message));
    this.#log = new LogFollower(portal.link, (part) => Promise.resolve(this.#local.send({ type: 'log', ...part })));
    this.#listening = portal.link.onDidChangeState(() => this.#change({ link: toLinkView(portal.link) }));
    const link = {
      followRun: (id: string, listener: (view: RunView) => void) => portal.link.followRun(id, listener, id === run ? onFail : undefined),
    };
    this.#following = followWholeRun(link, run, (whole) => this.#show(whole));
  }

  get host(): PanelHost<ToRunPanel, FromRunPanel> {
    return this.#local;
  }

  dispose(): void {
    this.#ended.abort();
    for (const one of [this.#following, this.#listening, this.#log, this.#followedWorkspace]) one?.dispose();
  }

  #show(view: RunView): void {
    const isFirst = this.#run === null;
    this.#run = view;
    this.#onRun(view);
    this.#change({ run: view });
    // Without it a place in the code is the name of a file, no more.
    if (isFirst) this.#findCode(view).catch(() => undefined);
  }

  /** Of the workspace that the run is of, if it is open: the graph as it is written, and where its files are. Else where they were pushed. */
  async #findCode(run: RunView): Promise<void> {
    const root = await findWorkspaceOf(this.#portal, run.workspace);
    const { signal } = this.#ended;
    if (signal.aborted) return;
    if (root === undefined) {
      const pushed = await this.#portal.link.request('workflow.show', { workflow: run.workflow }, signal);
      if (pushed.pushed.workspace === run.workspace) this.#code = toPushedCode(pushed, null);
      return;
    }
    this.#followedWorkspace = this.#portal.link.followWorkspace(root, (view) => {
      this.#code = view;
      this.#written = view.workflows;
      this.#change({ workflow: this.#toModel().workflow });
    });
  }

  #toModel(): RunPanelModel {
    const workflow = this.#written.find((one) => one.name === this.#run?.workflow) ?? null;
    return { run: this.#run, workflow, link: toLinkView(this.#portal.link) };
  }

  #change(model: Partial<RunPanelModel>): void {
    this.#local.send({ type: 'changed', model });
  }

  #onMessage(message: FromRunPanel): void {
    if (message.type === 'ready') return this.#local.send({ type: 'model', model: this.#toModel() });
    const run = this.#run;
    if (run !== null) this.#act(message, run);
  }

  #act(message: Exclude<FromRunPanel, { type: 'ready' }>, run: RunView): void {
    const portal = this.#portal;
    switch (message.type) {
      case 'cancel':
        return cancelRun(portal, run.run);
      case 'rerun':
        return rerunRun(portal, run);
      case 'compare':
        return this.#compare(run);
      case 'showGraph':
        return portal.go({ kind: 'workflow', workflow: run.workflow });
      case 'followLog':
        return this.#followLog(run, message.step);
      case 'leaveLog':
        return this.#log.leave();
      case 'openLogPlace':
        return showLogPlace(portal, this.#code, run, this.#log.lineAt(message.line));
      default:
        return this.#actOnTask(message);
    }
  }

  #actOnTask(message: Extract<FromRunPanel, { readonly step: string }>): void {
    const portal = this.#portal;
    const found = this.#following.find(message.step);
    if (found === undefined) return;
    switch (message.type) {
      case 'showLog':
        return this.#followLog(found.run, message.step);
      case 'fork':
        return forkRun(portal, this.#run ?? found.run, message.step);
      case 'openCode':
        return showTaskCode(portal, this.#code, found.run, found.task);
      case 'openReason':
        return showReason(portal, this.#code, found.task.reasons[message.index]);
      case 'openError':
        return showTaskError(portal, this.#code, found.run, atAttempt(found.task, message.attempt));
      case 'showOutput':
        return portal.go({ kind: 'output', run: found.run.run, step: found.task.id, port: message.port });
      case 'peek':
        return void this.#peek(found, message.step, message.port);
    }
  }

  #followLog(run: RunView, step: string | null): void {
    const found = step === null ? undefined : this.#following.find(step);
    if (step === null) this.#log.follow({ run: run.run, task: undefined, step });
    else if (found !== undefined) this.#log.follow({ run: found.run.run, task: found.task.id, step });
  }

  async #peek({ run, task }: InnerTask, step: string, port: string): Promise<void> {
    const peeked = { type: 'peeked', step, port } as const;
    if (!Object.hasOwn(task.outputs, port)) return;
    try {
      const asked = { run: run.run, step: task.id, port, offset: 0, limit: 1 };
      const { content } = await this.#portal.link.request('output.preview', asked, this.#ended.signal);
      this.#local.send({ ...peeked, content, problem: '' });
    } catch (thrown) {
      const { code, message } = toCairnError(thrown);
      if (code !== 'cancelled') this.#local.send({ ...peeked, content: null, problem: message });
    }
  }

  /** With the run of the same workflow before it. */
  #compare(run: RunView): void {
    this.#portal.attempt(t('Compare'), async () => {
      const { runs } = await this.#portal.link.request('run.list', { workflow: run.workflow, after: run.run, limit: 1 });
      const other = runs[0]?.run;
      if (other === undefined) this.#portal.notify({ kind: 'done', text: t('{0} has no earlier run to compare with.', run.workflow) });
      else this.#portal.go({ kind: 'compare', run: other, other: run.run });
    });
  }
}
