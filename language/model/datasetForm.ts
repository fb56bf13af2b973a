import { z } from 'zod';
import { DATASET_FORMATS } from './dataset.ts';
import {
  ColumnNameForm,
  ColumnTypeForm,
  DescriptionForm,
  DomainForm,
  LabelForm,
  QualifiedNameForm,
  RelativePathForm,
  SimpleNameForm,
} from './fieldForms.ts';
import { EntryForm } from './moduleForm.ts';

const LabelledColumnForm = z.union([
  ColumnTypeForm,
  z.strictObject({
    type: ColumnTypeForm,
    labels: z.array(LabelForm).optional().describe('Unlabelled = treated as the most restricted.'),
    description: DescriptionForm.optional(),
  }),
]);

const environment = SimpleNameForm.optional().describe('Name of the environment that it is read in.');
// Whether it is a name is for the parser to say: its message must not repeat what may be the secret itself.
const SecretNameForm = z.string().min(1).max(8192).describe('Name of a secret; the value comes from the agent’s provider of secrets.');

const SourceForm = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('python'), entry: EntryForm, environment }),
  z.strictObject({ kind: z.literal('file'), path: RelativePathForm.describe('Relative to this file’s folder.'), environment }),
  z.strictObject({
    kind: z.literal('http'),
    url: z
      .string()
      .max(4096)
      .regex(/^https?:\/\/[^\s/?#][^\s#]*$/, 'must be a URL that begins with `https://` or `http://`, without `#`'),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'must be the name of a header'), SecretNameForm)
      .optional()
      .describe('Header → name of the secret that is its value.'),
    environment,
  }),
  z.strictObject({
    kind: z.literal('s3'),
    bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket: lower-case letters, digits, `.` and `-`'),
    key: z.string().min(1).max(1024).describe('Of one object.'),
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, 'must be a region such as `eu-central-1`')
      .optional(),
    endpoint: z
      .string()
      .max(1024)
      .regex(/^https?:\/\/[^\s/?#@]+\/?$/, 'must be a URL without a path, such as `https://s3.example.com`')
      .optional()
      .describe('The region’s own where nothing is said.'),
    credentials: z
      .strictObject({ accessKeyId: SecretNameForm, secretAccessKey: SecretNameForm })
      .optional()
      .describe('Names of secrets; the agent’s own credentials where nothing is said.'),
    environment,
  }),
  z.strictObject({
    kind: z.literal('postgres'),
    connection: SecretNameForm.describe('Name of the secret that holds the connection URI.'),
    table: z
      .string()
      .max(256)
      .regex(/^[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)?$/, 'must be `table` or `schema.table`')
      .optional(),
    query: z.string().min(1).max(65_536).optional().describe('A query in place of a table.'),
    version: z.string().min(1).max(65_536).optional().describe('A query of one value that changes when the rows do.'),
    environment,
  }),
]);

/** `*.dataset.yaml`, as it is written. */
export const DatasetForm = z
  .strictObject({
    dataset: QualifiedNameForm.describe('`namespace/name`.'),
    description: DescriptionForm.optional(),
    source: SourceForm.describe('Where the table comes from.'),
    format: z.enum(DATASET_FORMATS).optional().describe('Of the source’s bytes; `parquet` where nothing is said.'),
    owner: z.string().min(1).max(128).optional(),
    domain: DomainForm.optional(),
    residency: z.string().min(1).max(64).optional().describe('Where the data may be; `any` where nothing is said.'),
    retention: z.string().min(1).max(64).optional(),
    columns: z.record(ColumnNameForm, LabelledColumnForm).describe('Name of the column → its Arrow type and labels.'),
  })
  .describe('A Cairn dataset: a named table. Labels are born here and nowhere else.');

export type DatasetForm = z.output<typeof DatasetForm>;
