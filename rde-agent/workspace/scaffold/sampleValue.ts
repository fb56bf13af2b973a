import type { PortType } from '../../../language/model/portType.ts';
import type { EntrySpec } from './entryText.ts';
import type { PortSpec } from './portSpec.ts';

/** A test that works as it is: Python's own test library, found by `python -m unittest` and by pytest. */
export function toTestText(file: string, spec: EntrySpec): string {
  const setup = spec.inputs.flatMap(toSetup);
  const call = spec.inputs.map((input) => `${input.name}=${toSample(input)}`).join(', ');
  const names = spec.outputs.map((output) => `"${output.name}"`).join(', ');
  const imports = spec.inputs.some((input) => isPath(input.type)) ? ['import tempfile'] : [];
  const datetime = spec.inputs.some((input) => toSample(input).includes('datetime.')) ? ['import datetime'] : [];
  const decimal = spec.inputs.some((input) => toSample(input).includes('decimal.')) ? ['import decimal'] : [];
  const className = `${spec.function.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()).replaceAll('_', '')}Test`;
  return [
    ...[...datetime, ...decimal, 'import sys', ...imports, 'import unittest'],
    'from pathlib import Path',
    '',
    'sys.path.insert(0, str(Path(__file__).resolve().parents[1]))',
    '',
    `from ${file} import ${spec.function}  # noqa: E402`,
    '',
    '',
    `class ${className}(unittest.TestCase):`,
    `    def test_returns_its_outputs(self):`,
    ...setup.map((line) => `        ${line}`),
    `        result = ${spec.function}(${call})`,
    `        self.assertEqual(set(result), {${names}})`,
    '',
    '',
    'if __name__ == "__main__":',
    '    unittest.main()',
    '',
  ].join('\n');
}

function isPath(type: PortType): boolean {
  return type.kind === 'file' || type.kind === 'directory';
}

function toSetup({ name, type }: PortSpec): readonly string[] {
  if (type.kind === 'directory') return [`${name} = Path(tempfile.mkdtemp())`];
  if (type.kind === 'file') return [`${name} = Path(tempfile.mkdtemp()) / "${name}"`, `${name}.write_text("content", encoding="utf-8")`];
  return [];
}

function toSample({ name, type }: PortSpec): string {
  switch (type.kind) {
    case 'table':
      return `[{${type.columns.map((column) => `"${column.name}": ${toCell(column.type)}`).join(', ')}}]`;
    case 'list':
      return '[]';
    case 'json':
      return '[1, 2, 3]';
    case 'metrics':
      return '{"done": 1.0}';
    case 'model':
      return '{"kind": "constant"}';
    case 'file':
    case 'directory':
      return name;
  }
}

function toCell(type: string): string {
  if (type.startsWith('list<')) return '[]';
  if (type === 'bool') return 'True';
  if (/^u?int/.test(type)) return '1';
  if (type.startsWith('float')) return '1.5';
  if (type.endsWith('string')) return '"a"';
  if (type.endsWith('binary')) return 'b"a"';
  if (type.startsWith('date')) return 'datetime.date(2000, 1, 1)';
  if (type.startsWith('timestamp')) return 'datetime.datetime(2000, 1, 1)';
  if (type.startsWith('time')) return 'datetime.time(0, 0)';
  if (type.startsWith('duration')) return 'datetime.timedelta(0)';
  return 'decimal.Decimal(1)';
}
