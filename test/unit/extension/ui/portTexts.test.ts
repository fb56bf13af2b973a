import assert from 'node:assert/strict';
import { splitPorts } from '../../../../extension/ui/commands/portTexts.ts';

const cases: readonly (readonly [string, readonly string[]])[] = [
  ['', []],
  ['  ', []],
  ['report', ['report']],
  ['a: json, b: model', ['a: json', 'b: model']],
  ['flights: table(carrier: string, delay: float64), report: json', ['flights: table(carrier: string, delay: float64)', 'report: json']],
  ['all: list(table(a: int64, b: int64)),', ['all: list(table(a: int64, b: int64))']],
  ['broken: table(a, b', ['broken: table(a, b']],
  ['a), b', ['a)', 'b']],
];

describe('ports in one line', () => {
  for (const [text, expected] of cases) it(JSON.stringify(text), () => assert.deepEqual(splitPorts(text), expected));
});
