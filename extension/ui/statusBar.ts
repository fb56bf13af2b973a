import * as vscode from 'vscode';
import type { LedgerRow } from '../../rde-agent/protocol/ledgerDocument.ts';
import type { RunView } from '../../rde-agent/protocol/runView.ts';
import type { LinkState } from '../agent/agentLink.ts';
import type { Disposable } from '../agent/emitter.ts';
import { toHours } from './commands/ledgerText.ts';
import type { UiContext } from './context.ts';
import { Fetched } from './fetched.ts';
import { toTotalText } from './plans/planTexts.ts';
import type { ShownWorkflows } from './plans/shownWorkflows.ts';

/**
 * The one item: how the agent stands; while something runs, how far it is; else what a run of the workflow in sight would take and save,
 * or what reuse has saved today. A click shows the runs.
 */
export function createStatusBar({ link }: UiContext, shown: ShownWorkflows): Disposable {
  const item = vscode.window.createStatusBarItem('cairn.status', vscode.StatusBarAlignment.Left, 10);
  item.name = 'Cairn';
  item.command = 'cairn.runs.focus';
  const following = new ActiveRun(
    (run, listener) => link.followRun(run, listener),
    () => show(),
  );
  const today = new Fetched({ ask: () => link.request('ledger.show', { by: 'day', since: toDay(), limit: 1 }) });
  const show = (): void => {
    const spent = today.last?.total;
    const text =
      following.view === undefined
        ? (toPlanText(link.state, shown) ?? toAgentText(link.state, spent?.savedSeconds ?? 0))
        : toRunText(following.view);
    const tooltip = spent === undefined || spent.runs === 0 ? text.tooltip : `${text.tooltip}\n${toTodayText(spent)}`;
    item.text = text.text;
    item.tooltip = tooltip;
    item.accessibilityInformation = { label: tooltip };
    item.backgroundColor = link.state.kind === 'refused' ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  };
  const listening = [
    today,
    today.onDidChange(show),
    link.onDidChangeState(({ kind }) => {
      today.show(kind === 'open');
      show();
    }),
    shown.onDidChange(show),
    link.onDidChangeRuns(({ runs }) => {
      const active = runs.find((run) => run.state === 'running' || run.state === 'queued')?.run;
      following.follow(active);
      if (active === undefined) today.invalidate();
      show();
    }),
  ];
  show();
  item.show();
  return { dispose: () => [item, following, ...listening].forEach((one) => void one.dispose()) };
}

/** Follows one run at a time. */
class ActiveRun implements Disposable {
  readonly #follow: (run: string, listener: (view: RunView) => void) => Disposable;
  readonly #onDidChange: () => void;
  #run: string | undefined;
  #subscription: Disposable | undefined;
  view: RunView | undefined;

  constructor(follow: (run: string, listener: (view: RunView) => void) => Disposable, onDidChange: () => void) {
    this.#follow = follow;
    this.#onDidChange = onDidChange;
  }

  follow(run: string | undefined): void {
    if (run === this.#run) return;
    this.dispose();
    this.#run = run;
    if (run === undefined) return;
    this.#subscription = this.#follow(run, (view) => {
      this.view = view.finished === null ? view : undefined;
      this.#onDidChange();
    });
  }

  dispose(): void {
    this.#subscription?.dispose();
    this.#subscription = undefined;
    this.#run = undefined;
    this.view = undefined;
  }
}

interface StatusText {
  readonly text: string;
  readonly tooltip: string;
}

function toRunText(view: RunView): StatusText {
  const done = view.order.filter((id) => view.tasks[id]?.finished != null && view.tasks[id].state !== 'queued').length;
  const running = view.order.filter((id) => view.tasks[id]?.state === 'running').join(', ');
  return {
    text: `$(sync~spin) Cairn ${done}/${view.order.length}`,
    tooltip: vscode.l10n.t('Cairn: {0} runs, {1} of {2} tasks done. {3}', view.workflow, done, view.order.length, running),
  };
}

/** `undefined` = nothing is known of what is in sight. */
function toPlanText(state: LinkState, shown: ShownWorkflows): StatusText | undefined {
  const { current } = shown;
  const plan = state.kind === 'open' && current !== undefined ? shown.plan(current) : undefined;
  if (plan === undefined || current === undefined) return undefined;
  const total = toTotalText(plan);
  return { text: `$(layers) Cairn: ${total}`, tooltip: vscode.l10n.t('Cairn: a run of {0} now: {1}', current.workflow, total) };
}

/** The present day as the ledger counts days. */
function toDay(): string {
  return new Date().toISOString().slice(0, 10);
}

function toTodayText({ savedSeconds, spentSeconds, reused, executed }: LedgerRow): string {
  const [saved, spent] = [toHours(savedSeconds), toHours(spentSeconds)];
  return vscode.l10n.t('Today: {0} saved, {1} spent; {2} of {3} steps reused.', saved, spent, reused, reused + executed);
}

/** `saved`: seconds of today; less than one is not worth telling. */
function toAgentText(state: LinkState, saved: number): StatusText {
  switch (state.kind) {
    case 'idle':
      return { text: '$(layers) Cairn', tooltip: vscode.l10n.t('Cairn: the agent is not in use yet.') };
    case 'connecting':
      return { text: '$(loading~spin) Cairn', tooltip: vscode.l10n.t('Cairn: connecting to the agent…') };
    case 'open':
      return {
        text: saved < 1 ? '$(layers) Cairn' : `$(layers) ${vscode.l10n.t('Cairn: {0} saved today', toHours(saved))}`,
        tooltip: vscode.l10n.t('Cairn: the agent is ready. Click to see the runs.'),
      };
    case 'waiting':
    case 'refused':
      return { text: `$(warning) ${vscode.l10n.t('Cairn: no agent')}`, tooltip: `${state.problem.message} ${state.problem.next}` };
    case 'stopped':
      return { text: '$(layers) Cairn', tooltip: vscode.l10n.t('Cairn: stopped.') };
  }
}
