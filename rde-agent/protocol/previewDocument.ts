import { z } from 'zod';

const v = z.literal(1);

/** As JSON holds it: long texts are cut, numbers beyond JSON are texts, nested values are JSON text; a masked column has `null` everywhere. */
export const PreviewCell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type PreviewCell = z.infer<typeof PreviewCell>;

export const PreviewColumn = z.object({
  name: z.string(),
  type: z.string(),
  /** classes of the data; `null` = nobody has classified it */
  labels: z.array(z.string()).nullable(),
  /** its values are not shown, because of its labels */
  masked: z.boolean(),
  /** like the following, over the whole table; all are `null` where the column is masked, the table is too large, or nobody asked for statistics */
  nulls: z.int().nullable(),
  /** `null` = there are none, they cannot be compared, or the column is masked */
  min: PreviewCell,
  max: PreviewCell,
  mean: z.number().nullable(),
  distinct: z.int().nullable(),
  /** counts of rows in equal steps from `min` to `max`; empty = not a number, or not counted */
  histogram: z.array(z.int()),
});
export type PreviewColumn = z.infer<typeof PreviewColumn>;

/**
 * `cairn preview RUN:STEP.PORT|DATASET[@VERSION] --json`: an output for people, of a dataset the one that its version arrived as. Content is read in a process of its own with limits, and never executed:
 * what could run when opened (a pickled model) is `opaque`.
 */
export const PreviewDocument = z.object({
  v,
  run: z.string(),
  step: z.string(),
  port: z.string(),
  /** only where a dataset was asked for; `version` is the one that is shown */
  dataset: z.string().optional(),
  version: z.string().optional(),
  type: z.string(),
  bytes: z.int(),
  content: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('table'),
      rows: z.int(),
      columns: z.array(PreviewColumn),
      /** index of the first row of the page */
      offset: z.int(),
      /** in the order of `columns` */
      page: z.array(z.array(PreviewCell)),
    }),
    /** a picture (PNG, JPEG, GIF, WebP; never SVG, which can hold scripts) */
    z.object({ kind: z.literal('figure'), mime: z.string(), base64: z.string() }),
    z.object({ kind: z.literal('text'), text: z.string(), cut: z.boolean() }),
    z.object({ kind: z.literal('json'), text: z.string(), cut: z.boolean() }),
    z.object({ kind: z.literal('metrics'), metrics: z.record(z.string(), z.number()) }),
    z.object({ kind: z.literal('files'), files: z.array(z.object({ path: z.string(), bytes: z.int() })), cut: z.boolean() }),
    z.object({ kind: z.literal('opaque'), reason: z.string() }),
  ]),
});
export type PreviewDocument = z.infer<typeof PreviewDocument>;
