import { newKey } from '../../client/newKey.ts';
import type { TagMovedDocument, TagsDocument, TagSummary } from '../../protocol/tagDocuments.ts';
import type { CommandContext } from '../commandContext.ts';
import { toCount, toDuration, toShortDigest } from '../numbers.ts';
import { toTable } from '../table.ts';
import { toPlainText } from '../terminal.ts';

export async function tags(context: CommandContext, module: string | undefined, options: { history: boolean }): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('tag.list', { ...options, ...(module === undefined ? {} : { module }) }, context.interrupted);
  context.answer(document, () => toTagsText(document));
  return 0;
}

interface MoveOptions {
  readonly to?: string;
  readonly expect?: number;
  readonly dryRun: boolean;
}

export async function tag(context: CommandContext, module: string, name: string, options: MoveOptions): Promise<number> {
  const agent = await context.agent();
  const asked = { module, tag: name, ...toTarget(options), dryRun: options.dryRun, key: newKey() };
  return answer(context, await agent.request('tag.move', asked, context.interrupted));
}

export async function rollback(
  context: CommandContext,
  module: string,
  { tag: name, ...options }: MoveOptions & { readonly tag: string },
): Promise<number> {
  const agent = await context.agent();
  const asked = { module, tag: name, ...toTarget(options), dryRun: options.dryRun, key: newKey() };
  return answer(context, await agent.request('tag.rollback', asked, context.interrupted));
}

export async function promote(
  context: CommandContext,
  modules: readonly string[],
  { reviewer, from, dryRun }: { readonly reviewer: string; readonly from: string; readonly dryRun: boolean },
): Promise<number> {
  const root = context.root();
  const agent = await context.agent();
  const asked = { root, modules: [...modules], reviewer, from, dryRun, key: newKey() };
  return answer(context, await agent.request('tag.promote', asked, context.interrupted));
}

function toTarget({ to, expect }: MoveOptions): { to?: string; expect?: number } {
  return { ...(to === undefined ? {} : { to }), ...(expect === undefined ? {} : { expect }) };
}

function answer(context: CommandContext, document: TagMovedDocument): number {
  context.answer(document, () => toMovedText(document));
  return 0;
}

function toTagsText({ tags: all }: TagsDocument): string {
  if (all.length === 0) return 'nothing was pushed yet\n';
  const rows = all.flatMap((each) => [toRow(each), ...toHistory(each)]);
  return toTable([['MODULE', 'TAG', 'ARTIFACT', 'GENERATION', 'MOVED', 'BY', 'COMMIT'], ...rows], [3]);
}

function toRow({ module, tag: name, artifact, generation, at, by, commit }: TagSummary): readonly string[] {
  return [module, name, toShortDigest(artifact), String(generation), at, toPlainText(by), commit?.slice(0, 12) ?? 'not committed'];
}

function toHistory({ history = [] }: TagSummary): readonly (readonly string[])[] {
  return history.map(({ how, to, generation, at, by, commit, reviewer }) => [
    '',
    `  ${how}`,
    toShortDigest(to),
    String(generation),
    at,
    toPlainText(by),
    `${commit?.slice(0, 12) ?? ''}${reviewer === undefined ? '' : ` reviewed by ${toPlainText(reviewer)}`}`.trim(),
  ]);
}

/** Who follows is told before what has moved. */
function toMovedText({ dryRun, moved, seconds }: TagMovedDocument): string {
  const parts = moved.map((each) => {
    const { module, tag: name, from, to, generation, affected, commit, reviewer } = each;
    const was = from === null ? 'new' : toShortDigest(from);
    const isSame = from === to;
    const verb = dryRun ? 'would move' : 'moved';
    const change = isSame ? `names ${toShortDigest(to)} already` : `${verb}: ${was} → ${toShortDigest(to)}`;
    const origin = commit === undefined ? '' : `  commit ${commit.slice(0, 12)}, reviewed by ${toPlainText(reviewer ?? '')}\n`;
    return `${toAffectedText(affected)}${module}@${name} ${change} (generation ${String(generation)})\n${origin}`;
  });
  return `${parts.join('\n')}${dryRun ? 'nothing was moved' : `done in ${toDuration(seconds)}`}\n`;
}

const SHOWN = 20;

function toAffectedText({ workflows, scheduled, running, modules }: TagMovedDocument['moved'][number]['affected']): string {
  const line = (noun: string, names: readonly string[], then: string): string => {
    if (names.length === 0) return '';
    const more = names.length > SHOWN ? `, and ${String(names.length - SHOWN)} more` : '';
    return `  ${toCount(names.length, noun)} ${then}: ${names.slice(0, SHOWN).join(', ')}${more}\n`;
  };
  const lines = [
    line('workflow', workflows, 'by this tag'),
    line('workflow', scheduled, 'started by a schedule or a webhook'),
    line('module', modules, 'using it as a library'),
    line('run', running, 'in flight, keeping what they have'),
  ].join('');
  return `affected:\n${lines === '' ? '  nothing\n' : lines}`;
}
