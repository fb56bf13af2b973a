import * as z from 'zod/mini';
import type { DiffDocument } from '../../rde-agent/protocol/comparisons.ts';
import type { Problem } from './dataPanel.ts';
import type { LinkView } from './runPanel.ts';

/** What the host tells the panel of a comparison. */
export type ToComparePanel =
  { readonly type: 'model'; readonly model: ComparePanelModel } | { readonly type: 'changed'; readonly model: Partial<ComparePanelModel> };

export interface ComparePanelModel {
  /** `null` = not yet, or `problem` says why not */
  readonly diff: DiffDocument | null;
  readonly problem: Problem | null;
  readonly link: LinkView;
}

const step = z.string().check(z.maxLength(1024));

/** What the panel of a comparison asks of the host; validated there, anything else is ignored. */
export const FromComparePanel = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('again') }),
  /** what was before becomes what is after */
  z.strictObject({ type: z.literal('swap') }),
  z.strictObject({ type: z.literal('showRun'), side: z.enum(['before', 'after']) }),
  z.strictObject({ type: z.literal('openCode'), step }),
  /** the place that a reason of a step names */
  z.strictObject({ type: z.literal('openReason'), step, index: z.int().check(z.gte(0), z.lte(10_000)) }),
]);
export type FromComparePanel = z.infer<typeof FromComparePanel>;
