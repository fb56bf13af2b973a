import * as z from 'zod/mini';
import type { LogLine } from '../../rde-agent/protocol/documents.ts';
import type { PreviewDocument } from '../../rde-agent/protocol/previewDocument.ts';
import type { RunView } from '../../rde-agent/protocol/runView.ts';
import type { WorkflowView } from '../../rde-agent/protocol/workspaceView.ts';

/**
 * What the host tells the run panel. The whole model first and whenever the panel asks for it, then changes; of a log the lines as they come,
 * and of an output what a page of it holds.
 */
export type ToRunPanel =
  | { readonly type: 'model'; readonly model: RunPanelModel }
  | { readonly type: 'changed'; readonly model: Partial<RunPanelModel> }
  | LogMessage
  | PeekedMessage;

export interface RunPanelModel {
  /** `null` until the first state has come */
  readonly run: RunView | null;
  /** the workflow as it is written now; `null` = not in the open workspace */
  readonly workflow: WorkflowView | null;
  /** `live` = in sync; otherwise what is shown is as old as `since` (RFC 3339) */
  readonly link: LinkView;
}

export interface LinkView {
  readonly state: 'live' | 'offline';
  readonly since: string;
  readonly message: string;
}

/** Lines of the log that the panel follows. */
export interface LogMessage {
  readonly type: 'log';
  /** as it was asked for: `null` = all steps */
  readonly step: string | null;
  /** the first lines: what was shown before is gone */
  readonly first: boolean;
  readonly lines: readonly LogLineView[];
  /** nothing more will come */
  readonly done: boolean;
  /** why nothing more comes though the log has not ended; `''` = it goes on, or has ended */
  readonly problem: string;
}

export type LogLineView = Pick<LogLine, 'step' | 'attempt' | 'stream' | 'text'>;

/** The content of one output, small enough to stand beside its name. */
export interface PeekedMessage {
  readonly type: 'peeked';
  readonly step: string;
  readonly port: string;
  /** `null` = it cannot be shown, and `problem` says why */
  readonly content: PreviewDocument['content'] | null;
  readonly problem: string;
}

const step = z.string().check(z.maxLength(1024));
const port = z.string().check(z.maxLength(256));
const index = z.int().check(z.gte(0), z.lte(10_000));

/** What the run panel asks of the host; validated there, anything else is ignored. */
export const FromRunPanel = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('cancel') }),
  z.strictObject({ type: z.literal('rerun') }),
  z.strictObject({ type: z.literal('compare') }),
  z.strictObject({ type: z.literal('showLog'), step }),
  z.strictObject({ type: z.literal('fork'), step }),
  z.strictObject({ type: z.literal('openCode'), step }),
  /** the line that a task failed at, in its newest attempt or an earlier one */
  z.strictObject({ type: z.literal('openError'), step, attempt: z.optional(z.int().check(z.gte(1), z.lte(10_000))) }),
  /** the place that a reason of a task names */
  z.strictObject({ type: z.literal('openReason'), step, index }),
  z.strictObject({ type: z.literal('showGraph') }),
  z.strictObject({ type: z.literal('showOutput'), step, port }),
  /** the content of a small output, to be drawn beside its name */
  z.strictObject({ type: z.literal('peek'), step, port }),
  /** from its beginning, then as it grows; ends the one that was followed. `null` = of all steps */
  z.strictObject({ type: z.literal('followLog'), step: z.nullable(step) }),
  z.strictObject({ type: z.literal('leaveLog') }),
  /** the place that a line of the followed log names: lines count from 0 since the first that was sent */
  z.strictObject({ type: z.literal('openLogPlace'), line: z.int().check(z.gte(0), z.lte(100_000_000)) }),
]);
export type FromRunPanel = z.infer<typeof FromRunPanel>;
