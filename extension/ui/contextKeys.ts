import * as vscode from 'vscode';
import type { Disposable } from '../agent/emitter.ts';
import type { LinkState } from '../agent/agentLink.ts';
import type { UiContext } from './context.ts';
import { toEntryPath } from './modulesView.ts';

/** Keeps the keys that menus and welcome views ask for: `cairn.looked`, `cairn.hasWorkspace`, `cairn.agent`, `cairn.loaded`, `cairn.runsLoaded`, `cairn.entryFiles`. */
export function keepContextKeys({ link, roots }: UiContext): Disposable {
  const onRoots = (): void => {
    set('looked', true);
    set('hasWorkspace', roots.all.length > 0);
  };
  const onWorkspace = (): void => {
    const views = roots.all.flatMap((root) => link.workspace(root) ?? []);
    set('loaded', views.length > 0);
    set(
      'entryFiles',
      roots.all.flatMap((root) => (link.workspace(root)?.modules ?? []).map((module) => toEntryPath(root, module))),
    );
  };
  const listening = [
    roots.onDidLook(onRoots),
    link.onDidChangeWorkspace(onWorkspace),
    link.onDidChangeRuns(() => set('runsLoaded', true)),
    link.onDidChangeState((state) => set('agent', toAgentKey(state))),
  ];
  return { dispose: () => listening.forEach((one) => void one.dispose()) };
}

function toAgentKey(state: LinkState): string {
  switch (state.kind) {
    case 'open':
      return 'up';
    case 'waiting':
    case 'refused':
      return 'down';
    case 'idle':
    case 'connecting':
    case 'stopped':
      return 'unknown';
  }
}

function set(key: string, value: unknown): void {
  void vscode.commands.executeCommand('setContext', `cairn.${key}`, value);
}
