import * as vscode from 'vscode';
import type { TagMovedDocument } from '../../../rde-agent/protocol/tagDocuments.ts';
import { orCancel } from './orCancel.ts';

type Moved = TagMovedDocument['moved'][number];

/** Shows what would move and everything that follows it, and asks. Throws `cancelled`. */
export async function confirmMove(title: string, action: string, { moved }: TagMovedDocument): Promise<void> {
  const yes: vscode.QuickPickItem = { label: `$(check) ${action}`, detail: moved.map(toMoveText).join(', ') };
  const items = [yes, ...moved.flatMap(toAffectedItems)];
  const options = { title, placeHolder: toBlastText(moved), ignoreFocusOut: true };
  // What is affected is there to be read: taking one of these rows asks again.
  while (orCancel(await vscode.window.showQuickPick(items, options)) !== yes);
}

export function tellMoved({ moved }: TagMovedDocument): void {
  const text = moved.length === 0 ? vscode.l10n.t('Nothing was to be moved.') : moved.map(toMoveText).join(', ');
  void vscode.window.showInformationMessage(text);
}

export function toShortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

function toMoveText({ module, tag, from, to }: Moved): string {
  const before = from === null ? vscode.l10n.t('new') : toShortDigest(from);
  return `${module} · ${tag}: ${before} → ${toShortDigest(to)}`;
}

/** In one line: how much follows. */
function toBlastText(moved: readonly Moved[]): string {
  const count = (pick: (affected: Moved['affected']) => readonly string[]): number =>
    new Set(moved.flatMap(({ affected }) => pick(affected))).size;
  const workflows = count((affected) => affected.workflows);
  const scheduled = count((affected) => affected.scheduled);
  const running = count((affected) => affected.running);
  if (workflows + running === 0) return vscode.l10n.t('Nothing follows it.');
  return vscode.l10n.t('{0} workflows take it, {1} of them by themselves; {2} runs keep what they have.', workflows, scheduled, running);
}

/** To be read: none of them can be taken. */
function toAffectedItems({ affected }: Moved): readonly vscode.QuickPickItem[] {
  const scheduled = new Set(affected.scheduled);
  return [
    ...toGroup(
      vscode.l10n.t('New runs of these take it'),
      affected.workflows.map((name) => ({
        label: `$(type-hierarchy-sub) ${name}`,
        description: scheduled.has(name) ? vscode.l10n.t('starts by itself') : '',
      })),
    ),
    ...toGroup(
      vscode.l10n.t('Modules that use it'),
      affected.modules.map((name) => ({ label: `$(symbol-method) ${name}` })),
    ),
    ...toGroup(
      vscode.l10n.t('Under way, with what they have'),
      affected.running.map((run) => ({ label: `$(sync) ${run}` })),
    ),
  ];
}

function toGroup(label: string, items: readonly vscode.QuickPickItem[]): readonly vscode.QuickPickItem[] {
  return items.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items];
}
