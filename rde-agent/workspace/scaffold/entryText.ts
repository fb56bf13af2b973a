import type { Column, PortType } from '../../../language/model/portType.ts';
import type { PortSpec } from './portSpec.ts';

/** A parameter of a scaffolded module: always a small whole number, to be replaced by what the author needs. */
export interface ParamSpec {
  readonly name: string;
  readonly default: number;
  readonly min: number;
}

/** What a scaffolded entry is made from. */
export interface EntrySpec {
  readonly function: string;
  readonly inputs: readonly PortSpec[];
  readonly params: readonly ParamSpec[];
  readonly outputs: readonly PortSpec[];
}

/**
 * A Python file that works as it is, with the standard library alone: it hands on what it can of its inputs and fills the rest with
 * harmless values. Tables come as lists of rows, so that the function is a plain one.
 */
export function toEntryText(spec: EntrySpec): string {
  const values = spec.outputs.map((output) => toOutput(output, spec));
  const imports = [...new Set(values.flatMap((value) => value.imports))].sort();
  const statements = values.flatMap((value) => value.statements);
  const entries = spec.outputs.map((output, index) => `        "${output.name}": ${values[index]?.expression ?? 'None'},`);
  return [
    '"""Say in one sentence what this module does."""',
    '',
    ...(imports.length === 0 ? [] : [...imports, '']),
    '',
    `def ${spec.function}(${toParameters(spec)}):`,
    '    """Takes the inputs and parameters of module.yaml by name, returns the outputs by name."""',
    ...statements.map((statement) => `    ${statement}`),
    '    return {',
    ...entries,
    '    }',
    '',
  ].join('\n');
}

function toParameters({ inputs, params }: EntrySpec): string {
  return [
    ...inputs.map((input) => `${input.name}${toAnnotation(input.type)}`),
    ...params.map((param) => `${param.name}: int = ${param.default}`),
  ].join(', ');
}

/** A table whose parameter says `list` arrives as a list of rows. */
function toAnnotation(type: PortType): string {
  return type.kind === 'table' ? ': list' : '';
}

interface Value {
  readonly imports: readonly string[];
  readonly statements: readonly string[];
  readonly expression: string;
}

function toOutput(output: PortSpec, spec: EntrySpec): Value {
  switch (output.type.kind) {
    case 'table':
      return toTable(output.type.columns, spec.inputs);
    case 'file':
      return toFile(output.name, spec);
    case 'directory':
      return toDirectory(output.name, spec);
    case 'metrics':
      return { imports: [], statements: [], expression: toMetrics(spec.inputs) };
    case 'model':
      return { imports: [], statements: [], expression: `{"kind": "constant", "seen": ${toSummary(spec)}}` };
    case 'json':
    case 'list':
      return { imports: [], statements: [], expression: toSummary(spec) };
  }
}

/** Rows of the first input table that shares a column; one row of empty values where there is none. */
function toTable(columns: readonly Column[], inputs: readonly PortSpec[]): Value {
  const source = inputs.find((input) => input.type.kind === 'table' && input.type.columns.some((column) => hasColumn(columns, column)));
  const given = source?.type.kind === 'table' ? source.type.columns : [];
  const wanted = columns.length === 0 ? [{ name: 'row', type: 'int64' }] : columns;
  const cells = wanted.map((column) => `"${column.name}": ${hasColumn(given, column) ? `row["${column.name}"]` : toEmpty(column.type)}`);
  const imports = wanted.some((column) => !hasColumn(given, column) && /^(?:date|time|duration|decimal)/.test(column.type))
    ? ['import datetime', 'import decimal']
    : [];
  const used = imports.filter((line) => cells.some((cell) => cell.includes(`${line.slice('import '.length)}.`)));
  const row = `{${cells.join(', ')}}`;
  return { imports: used, statements: [], expression: source === undefined ? `[${row}]` : `[${row} for row in ${source.name}]` };
}

function hasColumn(columns: readonly Column[], wanted: Column): boolean {
  return columns.some((column) => column.name === wanted.name && column.type === wanted.type);
}

function toEmpty(type: string): string {
  if (type.startsWith('list<')) return '[]';
  if (type === 'bool') return 'False';
  if (/^u?int/.test(type)) return '0';
  if (type.startsWith('float')) return '0.0';
  if (type.endsWith('string')) return '""';
  if (type.endsWith('binary')) return 'b""';
  if (type.startsWith('date')) return 'datetime.date(2000, 1, 1)';
  if (type.startsWith('timestamp'))
    return type.includes('tz=') ? 'datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)' : 'datetime.datetime(2000, 1, 1)';
  if (type.startsWith('time')) return 'datetime.time(0, 0)';
  if (type.startsWith('duration')) return 'datetime.timedelta(0)';
  return 'decimal.Decimal(0)';
}

function toFile(name: string, spec: EntrySpec): Value {
  const statements = [
    `${name} = Path(tempfile.mkdtemp()) / "${name}.json"`,
    `${name}.write_text(json.dumps(${toSummary(spec)}), encoding="utf-8")`,
  ];
  return { imports: ['import json', 'import tempfile', 'from pathlib import Path'], statements, expression: name };
}

function toDirectory(name: string, spec: EntrySpec): Value {
  const statements = [
    `${name} = Path(tempfile.mkdtemp())`,
    `(${name} / "content.json").write_text(json.dumps(${toSummary(spec)}), encoding="utf-8")`,
  ];
  return { imports: ['import json', 'import tempfile', 'from pathlib import Path'], statements, expression: name };
}

function toMetrics(inputs: readonly PortSpec[]): string {
  const sizes = inputs.filter((input) => input.type.kind === 'table' || input.type.kind === 'list' || input.type.kind === 'json');
  if (sizes.length === 0) return '{"done": 1.0}';
  return `{${sizes.map((input) => `"${input.name}_size": float(len(${input.name}))`).join(', ')}}`;
}

/** What came in, as plain data. A module without inputs makes something of its own. */
function toSummary({ inputs, params }: EntrySpec): string {
  const [param] = params;
  if (inputs.length === 0)
    return param === undefined
      ? '{"hello": "world"}'
      : `[{"number": number, "square": number * number} for number in range(${param.name})]`;
  const [only] = inputs;
  if (inputs.length === 1 && only?.type.kind === 'json') return only.name;
  return `{${inputs.map((input) => `"${input.name}": ${toDescription(input)}`).join(', ')}}`;
}

function toDescription({ name, type }: PortSpec): string {
  switch (type.kind) {
    case 'table':
    case 'list':
      return `len(${name})`;
    case 'json':
    case 'metrics':
      return name;
    case 'model':
      return `type(${name}).__name__`;
    case 'file':
      return `${name}.stat().st_size`;
    case 'directory':
      return `sorted(path.name for path in ${name}.iterdir())`;
  }
}
