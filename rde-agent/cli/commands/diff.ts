import type { DiffDocument, DiffStep } from '../../protocol/comparisons.ts';
import type { CommandContext } from '../commandContext.ts';
import { toCount, toDuration, toMetric } from '../numbers.ts';
import { toReasonText } from '../reasonText.ts';
import { toTable } from '../table.ts';

/** columns and metrics that a row names */
const NAMED = 4;

/** In what two runs differ. */
export async function diff(context: CommandContext, before: string, after: string): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('run.diff', { run: before, other: after }, context.interrupted);
  context.answer(document, () => toDiffText(context, document));
  return 0;
}

function toDiffText(context: CommandContext, document: DiffDocument): string {
  const { before, after, params, environments, steps, equal } = document;
  const title = before.workflow === after.workflow ? after.workflow : `${before.workflow} → ${after.workflow}`;
  const head = `${context.paint('bold', title)}  ${before.run} → ${after.run}\n`;
  const times = `${before.state} in ${toDuration(before.seconds)} → ${after.state} in ${toDuration(after.seconds)}\n`;
  const changes = [
    ...params.map((each) => ['parameter', each.name, toChange(each)]),
    ...environments.map((each) => [`${each.kind} of ${each.environment || 'default'}`, each.name ?? '', toChange(each)]),
  ];
  const rows = steps.filter((step) => !step.equal).map((step) => [step.step, toState(step), toReasonText(step.reasons), toResult(step)]);
  const table = rows.length === 0 ? '' : toTable([['STEP', 'STATE', 'BECAUSE', 'RESULT'], ...rows]);
  const same = steps.filter((step) => step.equal).length;
  const summary = equal ? 'nothing differs' : `${toCount(rows.length, 'step')} of ${String(steps.length)} differ`;
  return `${head}${times}${changes.length === 0 ? '' : toTable(changes)}${table}${summary}${equal || same === 0 ? '' : `, ${String(same)} are the same`}\n`;
}

function toChange({ before, after }: { readonly before: string | null; readonly after: string | null }): string {
  return `${before ?? 'none'} → ${after ?? 'none'}`;
}

function toState({ in: place, state }: DiffStep): string {
  if (place === 'before') return 'gone';
  if (place === 'after') return `new, ${state.after ?? ''}`;
  return state.before === state.after ? (state.after ?? '') : `${state.before ?? ''} → ${state.after ?? ''}`;
}

function toResult({ outputs, metrics }: DiffStep): string {
  const told = outputs.filter(({ equal }) => !equal).map((output) => `${output.name}${toColumns(output)}`);
  const changed = metrics.map(({ name, before, after }) => `${name} ${toNumber(before)} → ${toNumber(after)}`);
  return shorten([...told, ...changed]);
}

function toColumns({ columns = [] }: DiffStep['outputs'][number]): string {
  if (columns.length === 0) return '';
  const sign = { added: '+', removed: '-', type: '~', content: '' } as const;
  const parts = columns.map(
    ({ column, change, before, after }) => `${sign[change]}${column}${change === 'type' ? ` ${before ?? ''} → ${after ?? ''}` : ''}`,
  );
  return ` (${shorten(parts)})`;
}

function shorten(parts: readonly string[]): string {
  const more = parts.length - NAMED;
  return more > 0 ? `${parts.slice(0, NAMED).join(', ')} and ${String(more)} more` : parts.join(', ');
}

function toNumber(value: number | null): string {
  return value === null ? 'none' : toMetric(value);
}
