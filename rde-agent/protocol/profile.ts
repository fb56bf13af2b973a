import { z } from 'zod';

/**
 * What one version of a dataset looks like. Counts are of rows; `distinct` counts values that are not null, `null` where such values cannot be compared (lists, structs).
 * `min`/`max` as JSON, null where none; times in ISO 8601, numbers that JSON cannot hold as text, long text cut.
 */
export const ColumnProfile = z.object({
  name: z.string(),
  type: z.string(),
  nulls: z.int(),
  min: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  max: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  distinct: z.int().nullable(),
});
export type ColumnProfile = z.infer<typeof ColumnProfile>;

export const TableProfile = z.object({ rows: z.int(), columns: z.array(ColumnProfile) });
export type TableProfile = z.infer<typeof TableProfile>;
