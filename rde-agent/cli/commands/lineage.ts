import type { LineageDocument } from '../../protocol/documents.ts';
import type { CommandContext } from '../commandContext.ts';
import { toTable } from '../table.ts';
import { toPlainText } from '../terminal.ts';

export async function lineage(context: CommandContext, target: string): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('lineage.show', { target }, context.interrupted);
  context.answer(document, () => toText(document));
  return 0;
}

/** One line for each column of a dataset that feeds a column of the target. */
function toText({ columns }: LineageDocument): string {
  const rows = columns.flatMap(({ column, from, labels }) => {
    const [first, ...others] = from.map((source) => [`${source.dataset}.${source.column}`, source.evidence]);
    return [[column, labels.join(', '), ...(first ?? ['no dataset', ''])], ...others.map((other) => ['', '', ...other])];
  });
  return toTable([['COLUMN', 'LABELS', 'FROM', 'EVIDENCE'], ...rows].map((row) => row.map(toPlainText)));
}
