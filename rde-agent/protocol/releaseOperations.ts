import { z } from 'zod';
import { key, name, operation, root } from './operation.ts';
import { TagMovedDocument, TagsDocument } from './tagDocuments.ts';

const dryRun = z.boolean().default(false);
/** an artifact's digest, the beginning of it (eight digits at least), or a tag of the module */
const target = z.string().min(1).max(256);
/** of the tag, as `tag.list` has it: another one is a `conflict`; 0 = the tag must be new */
const expect = z.int().min(0).optional();

/** What is asked of tags: names of versions that move. Part of the registry in `operations.ts`. */
export const RELEASE_OPERATIONS = {
  'tag.list': operation({
    summary: 'Tags of modules and libraries; with `history` every move of them',
    params: z.strictObject({ module: name.optional(), history: z.boolean().default(false) }),
    result: TagsDocument,
    action: 'read',
    mutates: false,
  }),
  'tag.move': operation({
    summary: 'Move a tag of the team; what follows it is told before',
    params: z.strictObject({ module: name, tag: name, to: target.default('latestAlpha'), expect, dryRun, key }),
    result: TagMovedDocument,
    action: 'write',
    mutates: true,
  }),
  'tag.promote': operation({
    summary: 'Move `latest` of modules to what a tag of theirs names, which must be built from a clean commit of the protected branch',
    params: z.strictObject({
      /** a checkout of the repository that the modules come from */
      root,
      modules: z.array(name).min(1).max(1000),
      from: name.default('latestAlpha'),
      /** who has reviewed it */
      reviewer: name,
      dryRun,
      key,
    }),
    result: TagMovedDocument,
    action: 'write',
    mutates: true,
  }),
  'tag.rollback': operation({
    summary: 'Move a tag back to what it named before; runs in flight keep what they have resolved',
    params: z.strictObject({ module: name, tag: name.default('latest'), to: target.optional(), expect, dryRun, key }),
    result: TagMovedDocument,
    action: 'write',
    mutates: true,
  }),
} as const;
