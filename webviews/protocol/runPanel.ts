import { z } from 'zod';
import type { RunView } from '../../rde-agent/protocol/runView.ts';

/** What the host tells the run panel. The whole model first and whenever the panel asks for it, then changes. */
export type ToRunPanel =
  { readonly type: 'model'; readonly model: RunPanelModel } | { readonly type: 'changed'; readonly model: Partial<RunPanelModel> };

export interface RunPanelModel {
  /** `null` until the first state has come */
  readonly run: RunView | null;
  /** `live` = in sync; otherwise what is shown is as old as `since` (RFC 3339) */
  readonly link: LinkView;
}

export interface LinkView {
  readonly state: 'live' | 'offline';
  readonly since: string;
  readonly message: string;
}

/** What the run panel asks of the host; validated there, anything else is ignored. */
export const FromRunPanel = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('cancel') }),
  z.strictObject({ type: z.literal('showLog'), step: z.string().max(256) }),
  z.strictObject({ type: z.literal('fork'), step: z.string().max(256) }),
  z.strictObject({ type: z.literal('openCode'), step: z.string().max(256) }),
  z.strictObject({ type: z.literal('openError'), step: z.string().max(256) }),
  /** the place that a reason of a task names */
  z.strictObject({ type: z.literal('openReason'), step: z.string().max(256), index: z.int().min(0).max(10_000) }),
  z.strictObject({ type: z.literal('showGraph') }),
]);
export type FromRunPanel = z.infer<typeof FromRunPanel>;
