import type { RunStepDocument } from '../protocol/documents.ts';
import { toRunDocument, type RunLookup } from '../protocol/runDocument.ts';
import type { Recorded, RunEvent } from '../protocol/runEvents.ts';
import { NO_RUN, reduceRun, reduceRunEvents, type RunView } from '../protocol/runView.ts';
import type { TaskView } from '../protocol/taskView.ts';
import { toRunUri } from '../protocol/wire.ts';
import type { AgentClient } from '../client/agentClient.ts';
import type { Change } from '../client/subscription.ts';
import type { CommandContext } from './commandContext.ts';
import { toStepCells } from './runText.ts';
import { toTable } from './table.ts';

/** Shows a run while it goes on: what lasts, line by line, and what is under way on the progress line. */
export interface LiveRun {
  /** Resolves when the run, and every run nested in it, has ended and that is on disk; rejects when it cannot be followed. */
  readonly ended: Promise<RunView['state']>;
  dispose(): void;
}

export function followRun(context: CommandContext, agent: AgentClient, run: string): LiveRun {
  const live = new NestedRuns(context, agent, run);
  live.follow(run);
  return { ended: live.ended, dispose: () => live.dispose() };
}

/** A run and those that its tasks turn out to be, each followed from its first event. */
class NestedRuns {
  readonly ended: Promise<RunView['state']>;
  readonly #settle: { readonly resolve: (state: RunView['state']) => void; readonly reject: (error: Error) => void };
  readonly #context: CommandContext;
  readonly #agent: AgentClient;
  readonly #root: string;
  readonly #views = new Map<string, RunView>();
  readonly #over = new Set<string>();
  readonly #following = new Map<string, { dispose(): void }>();
  readonly #told = new Set<string>();

  constructor(context: CommandContext, agent: AgentClient, root: string) {
    const { promise, resolve, reject } = Promise.withResolvers<RunView['state']>();
    this.ended = promise;
    this.#settle = { resolve, reject };
    this.#context = context;
    this.#agent = agent;
    this.#root = root;
  }

  follow(run: string): void {
    if (this.#following.has(run)) return;
    const following = this.#agent.subscribe<RunView, Recorded<RunEvent>>({
      uri: toRunUri(run),
      reduce: reduceRun,
      reduceAll: reduceRunEvents,
      from: { state: NO_RUN, seq: 0 },
      onDidChange: (view, change) => this.#changed(run, view, change),
      onDidFail: (error) => this.#failed(run, error),
    });
    this.#following.set(run, following);
  }

  dispose(): void {
    for (const following of this.#following.values()) following.dispose();
  }

  #changed(run: string, view: RunView, { actions, durable, seq }: Change<Recorded<RunEvent>>): void {
    this.#views.set(run, view);
    for (const recorded of actions) {
      tellEvent(this.#context, run, recorded);
      if (recorded.event.type === 'task.delegated') this.follow(recorded.event.run);
    }
    const root = this.#views.get(this.#root);
    if (view.finished !== null && durable >= seq) this.#leave(run);
    if (!this.#context.options.json && root !== undefined)
      tellSteps(this.#context, root, { viewOf: (id) => this.#views.get(id), isOver: (id) => this.#over.has(id) }, this.#told);
    this.#settleWhenOver();
  }

  /** Of very many at once some cannot be followed; their tasks are told by the run that they belong to. */
  #failed(run: string, error: Error): void {
    if (run === this.#root) return this.#settle.reject(error);
    this.#leave(run);
    this.#settleWhenOver();
  }

  #leave(run: string): void {
    this.#over.add(run);
    // Not from within the subscription's own call.
    if (run !== this.#root) queueMicrotask(() => this.#following.get(run)?.dispose());
  }

  #settleWhenOver(): void {
    const root = this.#views.get(this.#root);
    const isOver = [...this.#following.keys()].every((id) => this.#over.has(id));
    if (isOver && root !== undefined && this.#over.has(this.#root)) this.#settle.resolve(root.state);
  }
}

/** Machines get each recorded event once, in order. */
function tellEvent(context: CommandContext, run: string, recorded: Recorded<RunEvent>): void {
  if (context.options.json) context.line({ v: 1, run, seq: recorded.seq, at: recorded.at, event: recorded.event });
}

/** Whether a nested workflow was reused is known when its own run has ended. */
function hasEnded({ state, run }: RunStepDocument, isOver: Nested['isOver']): boolean {
  return state !== 'queued' && state !== 'running' && (run === undefined || isOver(run));
}

interface Nested {
  readonly viewOf: RunLookup;
  /** it has ended, or cannot be followed */
  readonly isOver: (run: string) => boolean;
}

/** People get each step when it has ended, and what is running beneath. */
function tellSteps(context: CommandContext, view: RunView, { viewOf, isOver }: Nested, told: Set<string>): void {
  const document = toRunDocument(view, viewOf);
  const width = document.steps.reduce((widest, { step }) => Math.max(widest, step.length), 0);
  for (const step of document.steps) {
    if (told.has(step.step) || !hasEnded(step, isOver)) continue;
    told.add(step.step);
    const needs = toNeeds(view, step.step);
    const [name = '', outcome = '', mode = '', time = '', reason = '', metrics = ''] = toStepCells(context.paint, step);
    const row = toTable([[name + ' '.repeat(width - step.step.length), pad(outcome, 9), pad(mode, 14), time.padStart(7), reason + needs]]);
    const measured = metrics === '' ? '' : `    ${context.paint('dim', metrics)}\n`;
    if (!context.options.quiet) context.progress.around(() => context.stdout.write(row + measured));
  }
  const running = toRunningOf(view, viewOf, '');
  if (view.finished !== null) context.progress.clear();
  else
    context.progress.show(`${String(told.size)}/${String(document.steps.length)} ${running.length === 0 ? 'waiting' : running.join(', ')}`);
}

function toNeeds(view: RunView, task: string): string {
  const step = view.steps.find((candidate) => candidate.tasks.includes(task));
  return step === undefined || step.needs.length === 0 ? '' : `  ← ${step.needs.join(', ')}`;
}

/** What runs now, with its progress; instead of a nested workflow what runs in it. */
function toRunningOf(view: RunView, nested: RunLookup, prefix: string): string[] {
  return view.order.flatMap((id) => {
    const task = view.tasks[id];
    const child = task?.run === undefined ? undefined : nested(task.run);
    if (task?.state === 'running' && child !== undefined) return toRunningOf(child, nested, `${prefix}${id}/`);
    return toRunning(task).map((text) => prefix + text);
  });
}

function toRunning(task: TaskView | undefined): string[] {
  if (task?.state !== 'running') return [];
  const { progress } = task;
  if (progress === null) return [task.id];
  const share =
    progress.total === null ? String(progress.done) : `${String(Math.round((100 * progress.done) / Math.max(progress.total, 1)))} %`;
  return [`${task.id} ${share}${progress.message === '' ? '' : ` ${progress.message}`}`];
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - text.replace(/\x1b\[[\d;]*m/g, '').length));
}
