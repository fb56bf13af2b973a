import * as z from 'zod/mini';
import type { PreviewCell, PreviewDocument } from '../../rde-agent/protocol/previewDocument.ts';
import type { LinkView } from './runPanel.ts';

/** What the host tells the panel of one output: the whole model, then changes, and pages of a table as they are asked for. */
export type ToDataPanel =
  | { readonly type: 'model'; readonly model: DataPanelModel }
  | { readonly type: 'changed'; readonly model: Partial<DataPanelModel> }
  | PageMessage;

export interface DataPanelModel {
  /** which output of which run */
  readonly run: string;
  readonly step: string;
  readonly port: string;
  /** with the first page of a table; `null` = not yet, or `problem` says why not */
  readonly preview: PreviewDocument | null;
  readonly problem: Problem | null;
  readonly link: LinkView;
}

/** An error as it is shown: what is wrong, and what to do. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

export interface PageMessage {
  readonly type: 'page';
  /** index of the first row */
  readonly offset: number;
  readonly rows: readonly (readonly PreviewCell[])[];
  /** why there are none */
  readonly problem: string;
}

/** What the panel of one output asks of the host; validated there, anything else is ignored. */
export const FromDataPanel = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  /** rows from `offset`, at most PAGE_ROWS */
  z.strictObject({ type: z.literal('readPage'), offset: z.int().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER)) }),
  z.strictObject({ type: z.literal('again') }),
  z.strictObject({ type: z.literal('showRun') }),
]);
export type FromDataPanel = z.infer<typeof FromDataPanel>;
