import type { InputPort, OutputPort } from '../model/module.ts';
import type { ColumnForm, InputsForm, ListItemForm, OutputsForm } from '../model/portForm.ts';
import type { Column, PortType } from '../model/portType.ts';
import type { FormReading } from './formReading.ts';
import { reportCaseTwins } from './readNames.ts';

interface TableForm {
  readonly columns: { readonly [name: string]: ColumnForm };
  readonly open?: boolean | undefined;
}

interface KindForm {
  readonly table?: TableForm | undefined;
  readonly list?: ListItemForm | undefined;
  readonly type?: Exclude<PortType['kind'], 'table' | 'list'> | undefined;
}

export function readInputs(reading: FormReading, form: InputsForm | undefined): readonly InputPort[] {
  const ports = Object.entries(form ?? {}).map(([name, written]): InputPort => {
    if (typeof written === 'string') return { name, type: { kind: written } };
    const accepts = written.table?.accepts ?? written.accepts;
    return { name, type: toPortType(written), ...(accepts === undefined ? {} : { accepts }), ...toDescription(written) };
  });
  reportCaseTwins(reading, ['inputs'], ports);
  return ports;
}

export function readOutputs(reading: FormReading, form: OutputsForm | undefined): readonly OutputPort[] {
  const ports = Object.entries(form ?? {}).map(([name, written]): OutputPort => {
    if (typeof written === 'string') return { name, type: { kind: written }, addLabels: [] };
    const addLabels = written.table?.addLabels ?? written.addLabels ?? [];
    return { name, type: toPortType(written), addLabels, ...toDescription(written) };
  });
  reportCaseTwins(reading, ['outputs'], ports);
  return ports;
}

function toPortType(form: KindForm): PortType {
  if (form.table !== undefined) return toTableType(form.table);
  if (form.list !== undefined)
    return { kind: 'list', of: typeof form.list === 'string' ? { kind: form.list } : toTableType(form.list.table) };
  return { kind: form.type ?? 'json' };
}

function toTableType(table: TableForm): PortType {
  return {
    kind: 'table',
    open: table.open ?? false,
    columns: Object.entries(table.columns).map(([name, written]) => toColumn(name, written)),
  };
}

function toColumn(name: string, written: ColumnForm): Column {
  if (typeof written === 'string') return { name, type: written };
  const { type, from, using } = written;
  return { name, type, ...(from === undefined ? {} : { from }), ...(using === undefined ? {} : { using }) };
}

function toDescription(written: { readonly description?: string | undefined }): { readonly description?: string } {
  return written.description === undefined ? {} : { description: written.description };
}
