import type { ModuleKind } from '../../../language/model/module.ts';
import type { PortType } from '../../../language/model/portType.ts';
import { type ModuleSpec, toContractText } from './moduleText.ts';
import type { PortSpec } from './portSpec.ts';
import { toPythonFile, toPythonName } from './pythonNames.ts';

/** What TypeScript modules import from `cairn`, for editors: the bundle brings its own. */
export const CAIRN_TYPES = `/** What TypeScript modules import from \`cairn\`. In a plain test, outside of a worker, every function does nothing but \`log\`. */
declare module 'cairn' {
  /** Says how far the task is: \`done\` of \`total\`. May be called as often as wanted. */
  export function progress(done: number, total?: number | null, message?: string): void;
  /** Reports one finite number. The last value of each name becomes the task's metric; with \`step\`, the values form a series. */
  export function logMetric(name: string, value: number, step?: number): void;
  /** Writes a line into the task's log. */
  export function log(...parts: readonly unknown[]): void;
}
`;

const RECORDS: PortSpec = { name: 'records', type: { kind: 'json' } };

/** Ports where none are asked for: there are neither tables nor models in TypeScript. */
export function toTypeScriptPorts(kind: ModuleKind): { readonly inputs: readonly PortSpec[]; readonly outputs: readonly PortSpec[] } {
  if (kind === 'data') return { inputs: [], outputs: [RECORDS] };
  return { inputs: [RECORDS], outputs: [{ name: 'metrics', type: { kind: 'metrics' } }] };
}

/** Files of a new module in TypeScript: path relative to its folder → text. It checks clean and runs as it is. */
export function toTypeScriptFiles(spec: ModuleSpec): ReadonlyMap<string, string> {
  const name = toPythonName(spec.name);
  const file = toPythonFile(name);
  const entry = toCamelCase(name);
  return new Map([
    ['module.yaml', toContractText(spec, { entry: `${file}.ts:${entry}`, params: [], tests: undefined })],
    [`${file}.ts`, toEntryText(entry, spec)],
    ['cairn.d.ts', CAIRN_TYPES],
  ]);
}

function toCamelCase(name: string): string {
  return name.replaceAll(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function toEntryText(name: string, { inputs, outputs }: ModuleSpec): string {
  const given = inputs.map((input) => `  readonly ${input.name}: ${toTypeText(input.type)};`);
  const values = outputs.map((output) => `    ${output.name}: ${toValue(output.type, inputs)},`);
  const taken = inputs.length === 0 ? '' : `{ ${inputs.map((input) => input.name).join(', ')} }: Given`;
  return [
    "import { log } from 'cairn';",
    '',
    ...(inputs.length === 0 ? [] : ['/** The inputs and parameters of module.yaml by name. */', 'interface Given {', ...given, '}', '']),
    '/** Say in one sentence what this module does. Returns the outputs by name. */',
    `export function ${name}(${taken}) {`,
    `  log('${name}'${inputs.map((input) => `, ${input.name}`).join('')});`,
    '  return {',
    ...values,
    '  };',
    '}',
    '',
  ].join('\n');
}

function toTypeText(type: PortType): string {
  switch (type.kind) {
    case 'list':
      return `readonly ${toTypeText(type.of)}[]`;
    case 'metrics':
      return '{ readonly [name: string]: number }';
    case 'file':
    case 'directory':
      return 'string';
    default:
      return 'unknown';
  }
}

function toValue(type: PortType, inputs: readonly PortSpec[]): string {
  const summary = inputs.length === 0 ? '[{ number: 1, square: 1 }]' : `[${inputs.map((input) => input.name).join(', ')}]`;
  switch (type.kind) {
    case 'metrics':
      return '{ done: 1 }';
    case 'file':
      return `new TextEncoder().encode(JSON.stringify(${summary}))`;
    case 'directory':
      return "process.env['TMPDIR'] ?? '.'";
    default:
      return summary;
  }
}
