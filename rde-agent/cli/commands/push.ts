import { newKey } from '../../client/newKey.ts';
import type { CommandContext } from '../commandContext.ts';
import { toCount, toShortDigest, toSize } from '../numbers.ts';
import { toTable } from '../table.ts';

export async function push(context: CommandContext, options: { tag?: string; module: readonly string[] }): Promise<number> {
  const root = context.root();
  const agent = await context.agent();
  context.progress.show('pushing');
  const document = await agent.request('workspace.push', { root, key: newKey(), ...toAsked(options) }, context.interrupted);
  context.answer(document, () => {
    const rows = document.artifacts.map((artifact) => [artifact.module, toShortDigest(artifact.artifact), artifact.tags.join(', ')]);
    const table = rows.length === 0 ? '' : toTable([['MODULE', 'ARTIFACT', 'TAGS'], ...rows]);
    return `${table}tree ${toShortDigest(document.tree)}: ${toCount(document.changed, 'file')} changed, ${toSize(document.bytes)} sent\n`;
  });
  return 0;
}

function toAsked({ tag, module }: { tag?: string; module: readonly string[] }): { tag?: string; modules?: string[] } {
  return { ...(tag === undefined ? {} : { tag }), ...(module.length === 0 ? {} : { modules: [...module] }) };
}
