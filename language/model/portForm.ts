import { z } from 'zod';
import { later } from './words.ts';
import { ArgumentNameForm, ColumnNameForm, ColumnTypeForm, DescriptionForm, LabelForm } from './fieldForms.ts';
import { PARAM_TYPES } from './module.ts';

/** How ports, columns and parameters are written. A text is the short form where nothing else needs saying. */

export const SIMPLE_PORT_KINDS = ['model', 'file', 'directory', 'json', 'metrics'] as const;
const SimplePortForm = z.enum(SIMPLE_PORT_KINDS);
const SourceColumnForm = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*\..+$/, 'must be `port.column`')
  .describe('`port.column` of an input');

const ColumnForm = z.union([
  ColumnTypeForm,
  z.strictObject({
    type: ColumnTypeForm,
    description: DescriptionForm.optional(),
    from: z.array(SourceColumnForm).optional().describe('Columns whose values it is made of.'),
    using: z.array(SourceColumnForm).optional().describe('Columns that only decide about its values (filters, groups, joins).'),
  }),
]);

const tableFields = {
  columns: z.record(ColumnNameForm, ColumnForm).describe('Name of the column → its Arrow type.'),
  open: z.boolean().optional().describe('More columns than these are welcome.'),
};

const InputTableForm = z.strictObject({
  ...tableFields,
  accepts: z.array(LabelForm).optional().describe('The most that this module may be given: a ceiling, not a claim.'),
});

const OutputTableForm = z.strictObject({
  ...tableFields,
  addLabels: z.array(LabelForm).optional().describe('An output may add labels, never remove them.'),
});

const ListedTableForm = z.strictObject({ table: z.strictObject(tableFields) });

export const ListItemForm = z.union([SimplePortForm, ListedTableForm]);

const EXACTLY_ONE = later('needs exactly one of `table`, `list` and `type`');

function hasOneKind(port: { readonly table?: unknown; readonly list?: unknown; readonly type?: unknown }): boolean {
  return [port.table, port.list, port.type].filter((kind) => kind !== undefined).length === 1;
}

const InputPortObjectForm = z
  .strictObject({
    table: InputTableForm.optional(),
    list: ListItemForm.optional().describe('What a join or `train[*].model` delivers: a list in foreach order.'),
    type: SimplePortForm.optional(),
    accepts: z.array(LabelForm).optional(),
    description: DescriptionForm.optional(),
  })
  .refine(hasOneKind, EXACTLY_ONE);

const OutputPortObjectForm = z
  .strictObject({
    table: OutputTableForm.optional(),
    list: ListItemForm.optional(),
    type: SimplePortForm.optional(),
    addLabels: z.array(LabelForm).optional(),
    description: DescriptionForm.optional(),
  })
  .refine(hasOneKind, EXACTLY_ONE);

export const InputsForm = z.record(ArgumentNameForm, z.union([SimplePortForm, InputPortObjectForm]));
export const OutputsForm = z.record(ArgumentNameForm, z.union([SimplePortForm, OutputPortObjectForm]));

const ParamTypeForm = z.enum(PARAM_TYPES);
const ParamObjectForm = z.strictObject({
  type: ParamTypeForm,
  default: z.json().optional().describe('Without a default it must be given.'),
  min: z.number().optional().describe('Smallest value, inclusive; `int` and `float` only.'),
  max: z.number().optional().describe('Largest value, inclusive; `int` and `float` only.'),
  description: DescriptionForm.optional(),
});

export const ParamsForm = z.record(ArgumentNameForm, z.union([ParamTypeForm, ParamObjectForm]));

export type InputsForm = z.output<typeof InputsForm>;
export type OutputsForm = z.output<typeof OutputsForm>;
export type ParamsForm = z.output<typeof ParamsForm>;
export type ColumnForm = z.output<typeof ColumnForm>;
export type ListItemForm = z.output<typeof ListItemForm>;
