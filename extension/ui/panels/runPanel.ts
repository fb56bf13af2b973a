import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { LogFollower } from '../../../rde-agent/client/logFollower.ts';
import { toCairnError } from '../../../rde-agent/protocol/errors.ts';
import type { RunView } from '../../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import type { WorkflowView } from '../../../rde-agent/protocol/workspaceView.ts';
import { atAttempt } from '../../../webviews/protocol/failures.ts';
import { FromRunPanel, type RunPanelModel } from '../../../webviews/protocol/runPanel.ts';
import type { Disposable } from '../../agent/emitter.ts';
import { followWholeRun, type Followed, type InnerTask } from '../../../rde-agent/protocol/wholeRun.ts';
import type { UiContext } from '../context.ts';
import { attempt } from '../errors.ts';
import { toStateText } from '../stateIcons.ts';
import { toShortName } from '../texts.ts';
import { toLinkView } from './linkView.ts';
import { toRunSubject, type PanelSubject } from './panelSubject.ts';
import { PanelWire } from './panelWire.ts';
import { openLogPlace, openTaskCode, openTaskError, openTaskReason, toRunPlace, type RunPlace } from './runPlaces.ts';

/** What a restored panel is made of again; what else the page keeps is the page's. */
export const RunPanelState = z.object({ run: z.string().check(z.maxLength(128)) });

type ReadingMessage = Extract<FromRunPanel, { type: 'followLog' | 'leaveLog' | 'openLogPlace' | 'openCode' | 'openReason' | 'openError' }>;

/** One run in a panel, live. */
export class RunPanel implements Disposable {
  readonly #context: UiContext;
  readonly #panel: vscode.WebviewPanel;
  readonly #wire: PanelWire<RunPanelModel, FromRunPanel>;
  readonly #log: LogFollower;
  readonly #listening: readonly Disposable[];
  readonly #ended = new AbortController();
  /** of the run */
  #id: string;
  #following: Followed;
  /** with the tasks of runs inside it */
  #run: RunView | null = null;

  constructor(context: UiContext, panel: vscode.WebviewPanel, run: string) {
    this.#context = context;
    this.#panel = panel;
    this.#id = run;
    this.#wire = new PanelWire<RunPanelModel, FromRunPanel>(panel.webview, {
      schema: FromRunPanel,
      model: () => ({ run: this.#run, workflow: this.#workflow(), link: toLinkView(context.link) }),
      onMessage: (message) => this.#onMessage(message),
      onRefused: () => context.log.warn('The run panel sent something that is not a message of its Api.'),
    });
    this.#log = new LogFollower(context.link, (part) => this.#wire.send({ type: 'log', ...part }));
    this.#listening = [
      this.#wire,
      this.#log,
      context.link.onDidChangeState(() => this.#wire.change({ link: toLinkView(context.link) })),
      context.link.onDidChangeWorkspace(() => this.#wire.change({ workflow: this.#workflow() })),
      // A page out of sight is gone, and asks again when it comes back.
      panel.onDidChangeViewState(() => panel.visible || this.#log.leave()),
    ];
    this.#following = followWholeRun(context.link, run, (whole) => this.#show(whole));
  }

  get run(): RunView | null {
    return this.#run;
  }

  /** of the run, whether or not anything is known of it yet */
  get id(): string {
    return this.#id;
  }

  get subject(): PanelSubject {
    return toRunSubject(this.#context, this.#id);
  }

  /** Goes on to another run, which stays in the same place on the screen. */
  follow(run: string): void {
    this.#log.leave();
    this.#following.dispose();
    this.#id = run;
    this.#following = followWholeRun(this.#context.link, run, (whole) => this.#show(whole));
  }

  dispose(): void {
    this.#ended.abort();
    for (const one of [this.#following, ...this.#listening]) one.dispose();
  }

  #show(view: RunView): void {
    const isOther = this.#run?.run !== view.run;
    this.#run = view;
    this.#panel.title = `${toShortName(view.workflow)} · ${toStateText(view.state)}`;
    this.#wire.change(isOther ? { run: view, workflow: this.#workflow() } : { run: view });
  }

  #workflow(): WorkflowView | null {
    const run = this.#run;
    if (run === null) return null;
    return toRunPlace(this.#context, run.workspace)?.view.workflows.find((one) => one.name === run.workflow) ?? null;
  }

  #onMessage(message: FromRunPanel): void {
    const run = this.#run;
    if (run === null) return;
    switch (message.type) {
      case 'ready':
        return;
      case 'cancel':
      case 'rerun':
      case 'showGraph':
        return this.#command(message.type, { kind: 'run', run: { run: run.run } });
      case 'compare':
        return this.#command('compareRuns', { kind: 'run', run: { run: run.run } });
      case 'showLog':
      case 'fork':
        return this.#withTask(message.step, ({ task, run: owner }) =>
          this.#command(message.type, { kind: 'task', run: owner.run, task: { id: task.id } }),
        );
      case 'showOutput':
        return this.#withTask(message.step, ({ task, run: owner }) =>
          this.#command('showOutput', { kind: 'output', run: owner.run, task: { id: task.id }, port: message.port }),
        );
      case 'peek':
        return this.#withTask(message.step, (found) => void this.#peek(found, message.step, message.port));
      default:
        return this.#onReading(run, message);
    }
  }

  /** What is read of the run: its logs, and the places in the code that it names. */
  #onReading(run: RunView, message: ReadingMessage): void {
    switch (message.type) {
      case 'followLog':
        return this.#followLog(run, message.step);
      case 'leaveLog':
        return this.#log.leave();
      case 'openLogPlace':
        return this.#openLogPlace(run, message.line);
      case 'openCode':
        return this.#withPlace(message.step, (place, owner, task) => openTaskCode(this.#panel, place, owner, task));
      case 'openReason':
        return this.#withPlace(message.step, (place, _, task) => openTaskReason(this.#context, this.#panel, place, task, message.index));
      case 'openError':
        return this.#withPlace(message.step, (place, owner, task) =>
          openTaskError(this.#panel, place, owner, atAttempt(task, message.attempt)),
        );
    }
  }

  #command(name: string, argument: object): void {
    void vscode.commands.executeCommand(`cairn.${name}`, argument);
  }

  /** The task with the run that it belongs to, which may be one inside this. */
  #withTask(id: string, act: (found: InnerTask) => void): void {
    const found = this.#following.find(id);
    if (found !== undefined) act(found);
  }

  #withPlace(id: string, open: (place: RunPlace, run: RunView, task: TaskView) => Promise<void>): void {
    this.#withTask(id, ({ run, task }) => {
      const place = toRunPlace(this.#context, run.workspace);
      if (place !== undefined) this.#attempt(() => open(place, run, task));
    });
  }

  #attempt(work: () => Promise<void>): void {
    void attempt(this.#context.log, vscode.l10n.t('Open'), work);
  }

  #followLog(run: RunView, step: string | null): void {
    const found = step === null ? undefined : this.#following.find(step);
    if (step === null) this.#log.follow({ run: run.run, task: undefined, step });
    else if (found !== undefined) this.#log.follow({ run: found.run.run, task: found.task.id, step });
  }

  #openLogPlace(run: RunView, index: number): void {
    const line = this.#log.lineAt(index);
    const place = toRunPlace(this.#context, run.workspace);
    if (line !== undefined && place !== undefined) this.#attempt(() => openLogPlace(this.#panel, place, run, line));
  }

  async #peek({ run, task }: InnerTask, step: string, port: string): Promise<void> {
    const peeked = { type: 'peeked', step, port } as const;
    if (!Object.hasOwn(task.outputs, port)) return;
    try {
      const asked = { run: run.run, step: task.id, port, offset: 0, limit: 1 };
      const { content } = await this.#context.link.request('output.preview', asked, this.#ended.signal);
      await this.#wire.send({ ...peeked, content, problem: '' });
    } catch (thrown) {
      const { code, message } = toCairnError(thrown);
      if (code !== 'cancelled') await this.#wire.send({ ...peeked, content: null, problem: message });
    }
  }
}
