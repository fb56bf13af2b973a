import type { LedgerDocument, LedgerRow } from '../../../rde-agent/protocol/ledgerDocument.ts';
import { t } from '../../../webviews/protocol/words.ts';
import { toPlainText } from '../logText.ts';
import { toDuration } from '../texts.ts';

interface Ledgers {
  readonly days: LedgerDocument;
  readonly workflows: LedgerDocument;
  readonly namespaces: LedgerDocument;
}

/** What reuse has saved, as Markdown: the whole first, then by day, workflow and namespace. */
export function toLedgerText({ days, workflows, namespaces }: Ledgers): string {
  const { total, reusingWorkflows } = days;
  const head = [`# ${t('Saved by reuse')}`, ''];
  if (total.runs === 0) return [...head, t('Nothing has run yet.'), ''].join('\n');
  const share = reusingWorkflows === null ? '' : ` ${t('{0} % of the workflows reuse.', Math.round(reusingWorkflows * 100))}`;
  const summary = t(
    '{0} saved, {1} spent. {2} of {3} steps were reused.',
    toHours(total.savedSeconds),
    toHours(total.spentSeconds),
    total.reused,
    total.reused + total.executed,
  );
  return [
    ...head,
    `**${escapeMarkdown(summary)}**${share}`,
    '',
    ...toTable(t('Day'), days.rows),
    ...toTable(t('Workflow'), workflows.rows),
    ...toTable(t('Namespace'), namespaces.rows),
    t('Counted is what a reused step took when it was executed. What would not have run counts nothing.'),
    '',
  ].join('\n');
}

function toTable(name: string, rows: readonly LedgerRow[]): readonly string[] {
  if (rows.length === 0) return [];
  const heads = [name, t('Saved'), t('Spent'), t('Reused'), t('Executed'), t('Runs')];
  return [
    `| ${heads.join(' | ')} |`,
    '| :--- | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map((row) => `| ${toCells(row).map(escapeMarkdown).join(' | ')} |`),
    '',
  ];
}

function toCells({ name, savedSeconds, spentSeconds, reused, executed, runs }: LedgerRow): readonly string[] {
  return [toPlainText(name), toHours(savedSeconds), toHours(spentSeconds), String(reused), String(executed), String(runs)];
}

/** `3 h 12 min` past an hour. */
export function toHours(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return seconds < 3600 ? toDuration(seconds) : t('{0} h {1} min', Math.floor(minutes / 60), minutes % 60);
}

/** Names come from files: none of them is markup here. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>&~$]/g, '\\$&');
}
