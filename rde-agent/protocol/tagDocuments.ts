import { z } from 'zod';

const v = z.literal(1);

/** A move of a tag. `from: null` = the tag was new. */
export const TagMove = z.object({
  generation: z.int(),
  from: z.string().nullable(),
  to: z.string(),
  at: z.string(),
  by: z.string(),
  /** how it came to move */
  how: z.enum(['push', 'tag', 'promote', 'rollback']),
  /** promotions: the clean commit that the artifact was built from, and who has reviewed it */
  commit: z.string().optional(),
  reviewer: z.string().optional(),
});
export type TagMove = z.infer<typeof TagMove>;

export const TagSummary = z.object({
  module: z.string(),
  tag: z.string(),
  artifact: z.string(),
  /** of its last move; grows with every move of a tag of the module, and is what `--expect` compares with */
  generation: z.int(),
  at: z.string(),
  by: z.string(),
  /** the clean commit that the artifact was built from; `null` = it was pushed from a dirty tree only */
  commit: z.string().nullable(),
  /** newest first; only where it was asked for */
  history: z.array(TagMove).optional(),
});
export type TagSummary = z.infer<typeof TagSummary>;

/** `cairn tags [MODULE] [--history] --json`, by module and tag */
export const TagsDocument = z.object({ v, tags: z.array(TagSummary) });
export type TagsDocument = z.infer<typeof TagsDocument>;

/** What follows a tag of a module: new runs of them would take the new artifact. */
export const Affected = z.object({
  /** pushed workflows, and those of open workspaces, that name the module by this tag, nested and through libraries included */
  workflows: z.array(z.string()),
  /** of these, the ones that a schedule or a webhook starts */
  scheduled: z.array(z.string()),
  /** runs in flight: they keep what they have resolved */
  running: z.array(z.string()),
  /** modules that use it as a library by this tag */
  modules: z.array(z.string()),
});
export type Affected = z.infer<typeof Affected>;

/** `cairn tag|promote|rollback … --json`. `dryRun`: nothing was moved. */
export const TagMovedDocument = z.object({
  v,
  dryRun: z.boolean(),
  moved: z.array(
    z.object({
      module: z.string(),
      tag: z.string(),
      from: z.string().nullable(),
      to: z.string(),
      generation: z.int(),
      commit: z.string().optional(),
      reviewer: z.string().optional(),
      affected: Affected,
    }),
  ),
  seconds: z.number(),
});
export type TagMovedDocument = z.infer<typeof TagMovedDocument>;
