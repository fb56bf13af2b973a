import type { LedgerDocument, LedgerRow } from '../../protocol/ledgerDocument.ts';
import type { ParamsOf } from '../../protocol/operations.ts';
import type { CommandContext } from '../commandContext.ts';
import { toCount, toDuration } from '../numbers.ts';
import { toTable } from '../table.ts';

export type LedgerOptions = ParamsOf<'ledger.show'>;

/** What reuse has saved. */
export async function ledger(context: CommandContext, options: LedgerOptions): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('ledger.show', options, context.interrupted);
  context.answer(document, () => toText(document));
  return 0;
}

function toText({ by, total, reusingWorkflows, rows }: LedgerDocument): string {
  if (total.runs === 0) return 'no runs\n';
  const head = [by.toUpperCase(), 'RUNS', 'REUSING', 'EXECUTED', 'REUSED', 'SPENT', 'SAVED'];
  const share = `${String(Math.round(100 * (reusingWorkflows ?? 0)))} % of workflows reuse`;
  return `${toTable([head, ...rows.map(toCells), toCells(total)], [1, 2, 3, 4, 5, 6])}${toHours(total.savedSeconds)} saved in ${toCount(total.runs, 'run')}; ${share}\n`;
}

function toCells({ name, runs, reusing, executed, reused, spentSeconds, savedSeconds }: LedgerRow): string[] {
  return [name, ...[runs, reusing, executed, reused].map(String), toHours(spentSeconds), toHours(savedSeconds)];
}

/** Past an hour minutes are enough. */
function toHours(seconds: number): string {
  if (seconds === 0) return '0 s';
  return seconds < 3600 ? toDuration(seconds) : `${(seconds / 3600).toFixed(1)} h`;
}
