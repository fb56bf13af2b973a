import * as vscode from 'vscode';
import type { TaskState, TaskView } from '../../rde-agent/protocol/taskView.ts';

const COLOURS: { readonly [state in TaskState]?: string } = {
  running: 'progressBar.background',
  succeeded: 'testing.iconPassed',
  failed: 'testing.iconFailed',
};

const ICONS: { readonly [state in TaskState]: string } = {
  queued: 'circle-large-outline',
  running: 'sync~spin',
  succeeded: 'pass',
  failed: 'error',
  cancelled: 'circle-slash',
  skipped: 'debug-step-over',
};

export function toStateIcon(state: TaskState): vscode.ThemeIcon {
  return toIcon(ICONS[state], COLOURS[state]);
}

export function toIcon(icon: string, colour?: string): vscode.ThemeIcon {
  return new vscode.ThemeIcon(icon, colour === undefined ? undefined : new vscode.ThemeColor(colour));
}

/** A state as people read it. */
export function toStateText(state: TaskState): string {
  switch (state) {
    case 'queued':
      return vscode.l10n.t('queued');
    case 'running':
      return vscode.l10n.t('running');
    case 'succeeded':
      return vscode.l10n.t('succeeded');
    case 'failed':
      return vscode.l10n.t('failed');
    case 'cancelled':
      return vscode.l10n.t('cancelled');
    case 'skipped':
      return vscode.l10n.t('skipped');
  }
}

/** Nothing before it is known. */
export function toDecisionText(decision: TaskView['decision']): string {
  if (decision === null) return '';
  return decision === 'reused' ? vscode.l10n.t('reused') : vscode.l10n.t('executed');
}
