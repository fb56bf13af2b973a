import type { InputPort, OutputPort } from '../model/module.ts';
import { t } from '../model/words.ts';
import { toSuggestion } from './findings.ts';
import type { FormReading } from './formReading.ts';
import type { ValuePath } from './sourceMap.ts';

/** Declared sources of output columns (`from`, `using`) must be columns of inputs. */
export function checkLineage(reading: FormReading, inputs: readonly InputPort[], outputs: readonly OutputPort[]): void {
  for (const output of outputs) {
    const isList = output.type.kind === 'list';
    const type = output.type.kind === 'list' ? output.type.of : output.type;
    if (type.kind !== 'table') continue;
    const base = ['outputs', output.name, ...(isList ? ['list'] : []), 'table', 'columns'];
    for (const column of type.columns) {
      column.from?.forEach((source, index) => checkSource(reading, [...base, column.name, 'from', index], source, inputs));
      column.using?.forEach((source, index) => checkSource(reading, [...base, column.name, 'using', index], source, inputs));
    }
  }
}

function checkSource(reading: FormReading, path: ValuePath, written: string, inputs: readonly InputPort[]): void {
  const { findings, source } = reading.yaml;
  const dot = written.indexOf('.');
  const port = written.slice(0, dot);
  const column = written.slice(dot + 1);
  const input = inputs.find((candidate) => candidate.name === port);
  if (input === undefined) {
    if (source.has(['inputs', port])) return;
    const range = source.textRange(path, 0, dot);
    const names = inputs.map((candidate) => candidate.name);
    const { hint, options } = toSuggestion({ file: source.file, range }, port, names);
    findings.add('unknown-port', range, t`This module has no input \`${port}\`${hint || '.'}`, options);
    return;
  }
  const type = input.type.kind === 'list' ? input.type.of : input.type;
  if (type.kind !== 'table') {
    findings.add('type-mismatch', source.textRange(path, 0, dot), t`Input \`${port}\` is no table: it has no columns.`);
    return;
  }
  const columns = type.columns.map((candidate) => candidate.name);
  const isBroken = source.has(['inputs', port, ...(input.type.kind === 'list' ? ['list'] : []), 'table', 'columns', column]);
  if (type.open || columns.includes(column) || isBroken) return;
  const range = source.textRange(path, dot + 1, written.length);
  const { hint, options } = toSuggestion({ file: source.file, range }, column, columns);
  findings.add('column-mismatch', range, t`Input \`${port}\` declares no column \`${column}\`${hint || '.'}`, options);
}
