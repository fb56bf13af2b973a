import * as vscode from 'vscode';
import { toSignal } from '../platform/abortSignals.ts';

/** Runs work that a person waits for: named, and to be cancelled. Cancelling stops the work in the agent, not only the waiting. */
export function withProgress<T>(title: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return Promise.resolve(vscode.window.withProgress(options, (_progress, token) => work(toSignal(token))));
}
