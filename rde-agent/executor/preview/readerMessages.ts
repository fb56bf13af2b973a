import { z } from 'zod';
import { PreviewCell } from '../../protocol/previewDocument.ts';

/** What the reading process is asked. It gets the path of one file and nothing else of the agent. */
export interface ReaderRequest {
  /** absolute path of the content, read-only */
  readonly path: string;
  /** what the output was declared to be; bytes of a `file` decide themselves */
  readonly type: 'table' | 'json' | 'metrics' | 'file';
  readonly offset: number;
  readonly limit: number;
  /** columns whose values are not to be read; `others` = so is every column that `known` does not name */
  readonly masked: readonly string[];
  readonly known: readonly string[];
  readonly maskOthers: boolean;
  /** instead of a page, the statistics of these columns */
  readonly statistics: readonly string[] | null;
}

export const ColumnStatistics = z.object({
  nulls: z.int(),
  min: PreviewCell,
  max: PreviewCell,
  mean: z.number().nullable(),
  distinct: z.int().nullable(),
  histogram: z.array(z.int()),
});
export type ColumnStatistics = z.infer<typeof ColumnStatistics>;

/** What it answers, checked by the agent: the file may have taken the process over. */
export const ReaderAnswer = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('table'),
    rows: z.int(),
    columns: z.array(z.object({ name: z.string(), type: z.string(), masked: z.boolean() })),
    page: z.array(z.array(PreviewCell)),
  }),
  z.object({ kind: z.literal('statistics'), columns: z.record(z.string(), ColumnStatistics) }),
  z.object({ kind: z.literal('figure'), mime: z.string(), base64: z.string() }),
  z.object({ kind: z.enum(['text', 'json']), text: z.string(), cut: z.boolean() }),
  z.object({ kind: z.literal('metrics'), metrics: z.record(z.string(), z.number()) }),
  z.object({ kind: z.literal('opaque'), reason: z.string() }),
]);
export type ReaderAnswer = z.infer<typeof ReaderAnswer>;
