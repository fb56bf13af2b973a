import type { ModuleKind } from '../../../language/model/module.ts';
import type { PortType } from '../../../language/model/portType.ts';
import { type EntrySpec, type ParamSpec, toEntryText } from './entryText.ts';
import type { PortSpec } from './portSpec.ts';
import { toPythonFile, toPythonName } from './pythonNames.ts';
import { toTestText } from './sampleValue.ts';

/** A module to be scaffolded. */
export interface ModuleSpec {
  readonly name: string;
  readonly kind: ModuleKind;
  readonly environment: string | undefined;
  readonly inputs: readonly PortSpec[];
  readonly outputs: readonly PortSpec[];
}

const COUNT: ParamSpec = { name: 'count', default: 10, min: 1 };

/** Ports where none are asked for: a chain of one module of each kind fits together. */
const DEFAULT_PORTS: { readonly [kind in ModuleKind]: { readonly inputs: readonly PortSpec[]; readonly outputs: readonly PortSpec[] } } = {
  data: { inputs: [], outputs: [json('records')] },
  train: {
    inputs: [json('records')],
    outputs: [
      { name: 'model', type: { kind: 'model' } },
      { name: 'metrics', type: { kind: 'metrics' } },
    ],
  },
  package: { inputs: [{ name: 'model', type: { kind: 'model' } }], outputs: [{ name: 'bundle', type: { kind: 'file' } }] },
  evaluate: { inputs: [{ name: 'model', type: { kind: 'model' } }], outputs: [{ name: 'metrics', type: { kind: 'metrics' } }] },
  deploy: { inputs: [{ name: 'bundle', type: { kind: 'file' } }], outputs: [json('receipt')] },
};

function json(name: string): PortSpec {
  return { name, type: { kind: 'json' } };
}

export function toDefaultPorts(kind: ModuleKind): { readonly inputs: readonly PortSpec[]; readonly outputs: readonly PortSpec[] } {
  return DEFAULT_PORTS[kind];
}

/** Files of a new module: path relative to its folder → text. It checks clean and runs as it is. */
export function toModuleFiles(spec: ModuleSpec): ReadonlyMap<string, string> {
  const pythonName = toPythonName(spec.name);
  const file = toPythonFile(pythonName);
  const params = spec.inputs.length === 0 ? [COUNT] : [];
  const entry: EntrySpec = { function: pythonName, inputs: spec.inputs, params, outputs: spec.outputs };
  return new Map([
    ['module.yaml', toContractText(spec, { entry: `${file}.py:${pythonName}`, params, tests: 'tests' })],
    [`${file}.py`, toEntryText(entry)],
    [`tests/test_${file}.py`, toTestText(file, entry)],
  ]);
}

interface ContractText {
  readonly entry: string;
  readonly params: readonly ParamSpec[];
  readonly tests: string | undefined;
}

export function toContractText(spec: ModuleSpec, { entry, params, tests }: ContractText): string {
  return [
    `module: ${spec.name}`,
    'description: Say in one sentence what this module does.',
    `kind: ${spec.kind}`,
    `entry: ${entry}`,
    ...(spec.environment === undefined ? [] : [`environment: ${spec.environment}`]),
    ...toPortLines('inputs', spec.inputs),
    ...(params.length === 0
      ? []
      : ['params:', ...params.map((param) => `  ${param.name}: { type: int, default: ${param.default}, min: ${param.min} }`)]),
    ...toPortLines('outputs', spec.outputs),
    'determinism: pure',
    ...(tests === undefined ? [] : [`tests: ${tests}`]),
    '',
  ].join('\n');
}

function toPortLines(key: string, ports: readonly PortSpec[]): readonly string[] {
  return ports.length === 0 ? [] : [`${key}:`, ...ports.flatMap(({ name, type }) => toPortText(name, type))];
}

function toPortText(name: string, type: PortType): readonly string[] {
  if (type.kind === 'table') return [`  ${name}:`, ...toTableLines(type, '    ')];
  if (type.kind !== 'list') return [`  ${name}: ${type.kind}`];
  return type.of.kind === 'table'
    ? [`  ${name}:`, '    list:', ...toTableLines(type.of, '      ')]
    : [`  ${name}: { list: ${type.of.kind} }`];
}

function toTableLines(type: Extract<PortType, { readonly kind: 'table' }>, indent: string): readonly string[] {
  const columns = type.columns.map(
    (column) => `${indent}    ${column.name}: ${/[[\](),<>]/.test(column.type) ? `'${column.type}'` : column.type}`,
  );
  return [
    `${indent}table:`,
    ...(type.open ? [`${indent}  open: true`] : []),
    ...(columns.length === 0 ? [`${indent}  columns: {}`] : [`${indent}  columns:`, ...columns]),
  ];
}
