import * as vscode from 'vscode';
import type { Reason } from '../../../rde-agent/protocol/reason.ts';
import { toReasonParts } from '../../../webviews/protocol/reasonTexts.ts';
import { toPlainText } from '../logText.ts';
import { toShortName } from '../texts.ts';
import { toDecisionHead, toLastRunText } from './planTexts.ts';
import { OPEN_PLACE, toPlaceArgument } from './reasonPlaces.ts';
import type { ShownWorkflows } from './shownWorkflows.ts';
import { findStepPlaces, type StepPlace } from './stepPlaces.ts';

/** reasons that a hover lists before the rest is only counted */
const MOST_REASONS = 12;
const WHY = 'cairn.why';

/** Over a step's key and over an entry function: what a run would do with it and all reasons, and what the newest run did. */
export class PlanHovers implements vscode.HoverProvider {
  readonly #shown: ShownWorkflows;

  constructor(shown: ShownWorkflows) {
    this.#shown = shown;
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    const places = findStepPlaces(this.#shown, document).filter((place) => place.range.contains(position));
    const texts = places.flatMap((place) => toHoverText(place) ?? []);
    return texts.length === 0 ? undefined : new vscode.Hover(texts, places[0]?.range);
  }
}

/** Texts of files and tasks are appended as text; only our two commands can be links. */
function toHoverText({ place, title, plan, tasks, run }: StepPlace): vscode.MarkdownString | undefined {
  const text = new vscode.MarkdownString('', true);
  text.isTrusted = { enabledCommands: [OPEN_PLACE, WHY] };
  if (plan !== undefined) {
    text.appendMarkdown('**').appendText(title).appendMarkdown('** · ');
    text.appendText(toDecisionHead(plan)).appendMarkdown(' · _').appendText(toShortName(place.workflow)).appendMarkdown('_\n\n');
    appendReasons(text, place.root, plan.reasons);
  }
  const [task] = tasks;
  const last = task === undefined ? undefined : toLastRunText(task);
  if (task !== undefined && last !== undefined && run !== undefined) {
    const argument = encodeURIComponent(JSON.stringify([{ kind: 'task', run, task: { id: task.id } }]));
    text.appendText(last).appendMarkdown(` · [${vscode.l10n.t('Why?')}](command:${WHY}?${argument})\n\n`);
  }
  return text.value === '' ? undefined : text;
}

function appendReasons(text: vscode.MarkdownString, root: string, reasons: readonly Reason[]): void {
  for (const reason of reasons.slice(0, MOST_REASONS)) {
    const { text: before, place, rest } = toReasonParts(reason);
    const argument = toPlaceArgument(root, reason);
    text.appendMarkdown('- ').appendText(toPlainText(before));
    if (place !== undefined && argument !== undefined) {
      const target = `command:${OPEN_PLACE}?${encodeURIComponent(JSON.stringify([argument]))}`;
      text
        .appendMarkdown('[')
        .appendText(place)
        .appendMarkdown(`](${target} "${vscode.l10n.t('Open')}")`);
    }
    text.appendText(toPlainText(rest));
    text.appendMarkdown('\n');
  }
  const rest = reasons.length - MOST_REASONS;
  if (rest > 0) text.appendMarkdown(`- ${vscode.l10n.t('and {0} more', rest)}\n`);
  if (reasons.length > 0) text.appendMarkdown('\n');
}
