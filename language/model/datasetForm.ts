import { z } from 'zod';
import { DATASET_FORMATS } from './dataset.ts';
import { ColumnNameForm, ColumnTypeForm, DescriptionForm, DomainForm, LabelForm, QualifiedNameForm, SimpleNameForm } from './fieldForms.ts';
import { EntryForm } from './moduleForm.ts';

const LabelledColumnForm = z.union([
  ColumnTypeForm,
  z.strictObject({
    type: ColumnTypeForm,
    labels: z.array(LabelForm).optional().describe('Unlabelled = treated as the most restricted.'),
    description: DescriptionForm.optional(),
  }),
]);

/** `*.dataset.yaml`, as it is written. */
export const DatasetForm = z
  .strictObject({
    dataset: QualifiedNameForm.describe('`namespace/name`.'),
    description: DescriptionForm.optional(),
    source: z.strictObject({
      kind: z.literal('python'),
      entry: EntryForm,
      environment: SimpleNameForm.optional(),
    }),
    format: z.enum(DATASET_FORMATS).optional(),
    owner: z.string().min(1).max(128).optional(),
    domain: DomainForm.optional(),
    residency: z.string().min(1).max(64).optional().describe('Where the data may be; `any` where nothing is said.'),
    retention: z.string().min(1).max(64).optional(),
    columns: z.record(ColumnNameForm, LabelledColumnForm).describe('Name of the column → its Arrow type and labels.'),
  })
  .describe('A Cairn dataset: a named table. Labels are born here and nowhere else.');

export type DatasetForm = z.output<typeof DatasetForm>;
