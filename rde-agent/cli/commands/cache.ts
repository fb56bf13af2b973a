import type { AuditDocument, GarbageDocument } from '../../protocol/cacheDocuments.ts';
import type { CommandContext } from '../commandContext.ts';
import { toDuration, toSize } from '../numbers.ts';
import { toTable } from '../table.ts';

export interface CollectOptions {
  readonly dryRun?: boolean;
  readonly days?: number;
  readonly bytes?: number;
}

/** Throws old results away. */
export async function collectGarbage(context: CommandContext, { dryRun = false, days, bytes }: CollectOptions): Promise<number> {
  const agent = await context.agent();
  context.progress.show(dryRun ? 'looking for old results' : 'collecting old results');
  const limits = { ...(days === undefined ? {} : { days }), ...(bytes === undefined ? {} : { bytes }) };
  const document = await agent.request('cache.collect', { dryRun, ...limits }, context.interrupted);
  context.answer(document, () => toGarbageText(document));
  return 0;
}

export interface AuditOptions {
  readonly check?: boolean;
  readonly all?: boolean;
  readonly trust?: string;
}

/** Shows what audits have shown; with modules, `--check` or `--all` it checks first. Exit code 1 = something differed this time. */
export async function auditResults(context: CommandContext, modules: readonly string[], options: AuditOptions): Promise<number> {
  const { check = false, all = false, trust } = options;
  const agent = await context.agent();
  if (trust !== undefined) {
    const document = await agent.request('cache.trust', { module: trust }, context.interrupted);
    context.answer(document, () => `${trust} is trusted again\n`);
    return 0;
  }
  const isAsked = check || all || modules.length > 0;
  if (isAsked) context.progress.show('executing stored results again');
  const document = isAsked
    ? await agent.request('cache.audit', { modules: [...modules], all }, context.interrupted)
    : await agent.request('cache.audits', {}, context.interrupted);
  context.answer(document, () => toAuditText(document));
  return isAsked && document.checked.some(({ result }) => result === 'differs') ? 1 : 0;
}

export async function pinRun(context: CommandContext, run: string, pinned: boolean): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('run.pin', { run, pinned }, context.interrupted);
  context.answer(document, () => (pinned ? `run ${run} is kept\n` : `run ${run} is kept no longer than others\n`));
  return 0;
}

function toGarbageText({ dryRun, entries, blobs, bytes, kept, seconds }: GarbageDocument): string {
  const verb = dryRun ? 'would go' : 'gone';
  return toTable([
    [verb, `${String(entries)} results, ${String(blobs)} blobs, ${toSize(bytes)}`],
    ['kept', `${String(kept.entries)} results, ${String(kept.blobs)} blobs, ${toSize(kept.bytes)}`],
    ['took', toDuration(seconds)],
  ]);
}

function toAuditText({ checked, waiting, demoted }: AuditDocument): string {
  const rows = checked.map(({ result, module, step, run, message }) => [
    result,
    module,
    `${run} ${step}`,
    result === 'equal' ? '' : message,
  ]);
  const checks = rows.length === 0 ? 'nothing was checked yet\n' : toTable([['result', 'module', 'run and step', ''], ...rows]);
  const waits = waiting === 0 ? '' : `${String(waiting)} wait for a place\n`;
  const known = demoted.map(({ module, message }) => `${module}: ${message}\n  trust it again: cairn agent audit --trust ${module}\n`);
  return `${checks}${waits}${known.join('')}`;
}
