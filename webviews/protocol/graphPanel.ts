import * as z from 'zod/mini';
import type { PlanDocument } from '../../rde-agent/protocol/documents.ts';
import type { RunView } from '../../rde-agent/protocol/runView.ts';
import type { WorkflowView } from '../../rde-agent/protocol/workspaceView.ts';
import type { LinkView } from './runPanel.ts';

/** What the host tells the graph panel: the workflow as written, and the run or plan drawn over it. */
export type ToGraphPanel =
  { readonly type: 'model'; readonly model: GraphPanelModel } | { readonly type: 'changed'; readonly model: Partial<GraphPanelModel> };

export interface GraphPanelModel {
  /** `null` = the file has no graph (message says why) */
  readonly workflow: WorkflowView | null;
  /** those that it nests, and those that they nest */
  readonly nested: readonly WorkflowView[];
  readonly message: string;
  /** the newest run of this workflow, live, with the tasks of the runs inside it (`check/score`); `null` = none yet */
  readonly run: RunView | null;
  /** what a run would do now: asked for, or of a tree that is not the one of the newest run; `null` = the run is what counts */
  readonly plan: PlanDocument | null;
  readonly link: LinkView;
}

/** A step by its path (`check/score`), or a task of it (`check/score[a]`). */
const step = z.string().check(z.maxLength(1024));
const index = z.int().check(z.gte(0), z.lte(10_000));
/** of one exported picture, in characters: 32 MB */
const MOST_EXPORTED = 32 * 1024 * 1024;

/** What the graph panel asks of the host; validated there, anything else is ignored. */
export const FromGraphPanel = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('run') }),
  z.strictObject({ type: z.literal('plan') }),
  z.strictObject({ type: z.literal('cancel') }),
  z.strictObject({ type: z.literal('showRun') }),
  z.strictObject({ type: z.literal('openStep'), step }),
  z.strictObject({ type: z.literal('openCode'), step }),
  z.strictObject({ type: z.literal('openError'), step }),
  z.strictObject({ type: z.literal('showLog'), step }),
  z.strictObject({ type: z.literal('fork'), step }),
  /** what a task gave at one of its ports */
  z.strictObject({ type: z.literal('preview'), step, port: z.string().check(z.maxLength(256)) }),
  /** the place that a reason names: of a task of the run, or of what the plan says of a step */
  z.strictObject({ type: z.literal('openReason'), step, index }),
  z.strictObject({ type: z.literal('openPlanReason'), step, index }),
  /** the graph as a file, which the host asks a name for; a PNG as base64 */
  z.strictObject({
    type: z.literal('export'),
    format: z.enum(['svg', 'png', 'mermaid', 'json']),
    content: z.string().check(z.maxLength(MOST_EXPORTED)),
  }),
]);
export type FromGraphPanel = z.infer<typeof FromGraphPanel>;
