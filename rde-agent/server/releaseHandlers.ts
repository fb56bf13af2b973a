import type { RunRole, WorkspaceRole } from '../protocol/roles.ts';
import type { TagMovedDocument } from '../protocol/tagDocuments.ts';
import type { Handlers } from './dispatcher.ts';

type ReleaseHandlers = Pick<Handlers, 'tag.list' | 'tag.move' | 'tag.promote' | 'tag.rollback'>;

/** Moves of tags are the run role's; what is beside the files knows commits, and what else takes a tag. */
export function toReleaseHandlers(runRole: RunRole, workspaceRole: WorkspaceRole): ReleaseHandlers {
  const withOpen = (document: TagMovedDocument): Promise<TagMovedDocument> => withFollowers(document, workspaceRole);
  return {
    'tag.list': (params, who) => runRole.releases.tags(params, who),
    'tag.move': async (params, who) => withOpen(await runRole.releases.move(params, who)),
    'tag.rollback': async (params, who) => withOpen(await runRole.releases.rollback(params, who)),
    'tag.promote': async ({ root, ...params }, who) => {
      const { reviewer } = params;
      const verify: Parameters<RunRole['releases']['promote']>[2] = (candidates) =>
        workspaceRole.verifyPromotion({ root, reviewer }, candidates, who);
      return withOpen(await runRole.releases.promote(params, who, verify));
    },
  };
}

/** Workflows of open workspaces are pinned when they are run, so they follow too. */
async function withFollowers(document: TagMovedDocument, workspaceRole: WorkspaceRole): Promise<TagMovedDocument> {
  if (!document.dryRun) await workspaceRole.tagsMoved();
  const moved: TagMovedDocument['moved'] = [];
  for (const each of document.moved) {
    const { workflows, modules } = await workspaceRole.followers(each.module, each.tag);
    const { affected } = each;
    moved.push({
      ...each,
      affected: { ...affected, workflows: toUnion(affected.workflows, workflows), modules: toUnion(affected.modules, modules) },
    });
  }
  return { ...document, moved };
}

function toUnion(some: readonly string[], others: readonly string[]): string[] {
  return [...new Set([...some, ...others])].sort();
}
