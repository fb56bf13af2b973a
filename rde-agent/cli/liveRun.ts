import type { RunDocument } from '../protocol/documents.ts';
import { toRunDocument } from '../protocol/runDocument.ts';
import type { Recorded, RunEvent } from '../protocol/runEvents.ts';
import { NO_RUN, reduceRun, type RunView } from '../protocol/runView.ts';
import type { TaskView } from '../protocol/taskView.ts';
import { toRunUri } from '../protocol/wire.ts';
import type { AgentClient } from '../client/agentClient.ts';
import type { CommandContext } from './commandContext.ts';
import { toStepCells } from './runText.ts';
import { toTable } from './table.ts';

/** Shows a run while it goes on: what lasts, line by line, and what is under way on the progress line. */
export interface LiveRun {
  /** Resolves when the run has ended and that is on disk; rejects when it cannot be followed. */
  readonly ended: Promise<RunDocument>;
  dispose(): void;
}

export function followRun(context: CommandContext, agent: AgentClient, run: string): LiveRun {
  const { promise, resolve, reject } = Promise.withResolvers<RunDocument>();
  const told = new Set<string>();
  const following = agent.subscribe<RunView, Recorded<RunEvent>>({
    uri: toRunUri(run),
    reduce: reduceRun,
    from: { state: NO_RUN, seq: 0 },
    onDidChange: (view, change) => {
      for (const recorded of change.actions) tellEvent(context, run, recorded);
      if (!context.options.json) tellSteps(context, view, told);
      if (view.finished !== null && change.durable >= change.seq) resolve(toRunDocument(view));
    },
    onDidFail: reject,
  });
  return { ended: promise, dispose: () => following.dispose() };
}

/** Machines get each recorded event once, in order. */
function tellEvent(context: CommandContext, run: string, recorded: Recorded<RunEvent>): void {
  if (context.options.json) context.line({ v: 1, run, seq: recorded.seq, at: recorded.at, event: recorded.event });
}

/** People get each step when it has ended, and what is running beneath. */
function tellSteps(context: CommandContext, view: RunView, told: Set<string>): void {
  const width = Math.max(0, ...view.order.map((id) => id.length));
  const document = toRunDocument(view);
  for (const step of document.steps) {
    if (told.has(step.step) || step.state === 'queued' || step.state === 'running') continue;
    told.add(step.step);
    const needs = toNeeds(view, step.step);
    const [name = '', outcome = '', mode = '', time = '', reason = '', metrics = ''] = toStepCells(context.paint, step);
    const row = toTable([[name + ' '.repeat(width - step.step.length), pad(outcome, 9), pad(mode, 14), time.padStart(7), reason + needs]]);
    const measured = metrics === '' ? '' : `    ${context.paint('dim', metrics)}\n`;
    if (!context.options.quiet) context.progress.around(() => context.stdout.write(row + measured));
  }
  const running = view.order.flatMap((id) => toRunning(view.tasks[id]));
  if (view.finished !== null) context.progress.clear();
  else context.progress.show(`${String(told.size)}/${String(view.order.length)} ${running.length === 0 ? 'waiting' : running.join(', ')}`);
}

function toNeeds(view: RunView, task: string): string {
  const step = view.steps.find((candidate) => candidate.tasks.includes(task));
  return step === undefined || step.needs.length === 0 ? '' : `  ← ${step.needs.join(', ')}`;
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
