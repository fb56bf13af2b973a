import assert from 'node:assert/strict';
import { toLenses } from '../../../../language/service/codeLenses.ts';
import { toDocumentSymbols } from '../../../../language/service/documentSymbols.ts';
import { toFolds } from '../../../../language/service/foldingRanges.ts';
import { toSemanticTokens } from '../../../../language/service/semanticTokens.ts';
import { FLIGHTS, toEditor } from '../../../support/editorWorkspace.ts';

const FLOW = 'workflows/train.workflow.yaml';
const CODE = 'modules/flights/clean/clean.py';
const NOW = '2026-11-21T00:00:00Z';

describe('code lenses', () => {
  it('stand on workflows: run, plan, graph, and the next fire time', async () => {
    const lenses = toLenses(await toEditor(), FLOW, NOW);
    assert.deepEqual(
      lenses.map(({ range, action }) => [range.start.line, action.kind]),
      [
        [1, 'runWorkflow'],
        [1, 'plan'],
        [1, 'graph'],
        [22, 'nextFire'],
      ],
    );
  });

  it('stand on entry functions: run, why, and who uses it', async () => {
    const lenses = toLenses(await toEditor(), CODE, NOW);
    assert.deepEqual(
      lenses.map(({ action }) => action),
      [
        { kind: 'run', module: 'flights/clean' },
        { kind: 'why', module: 'flights/clean' },
        { kind: 'users', count: 1, name: 'flights/clean' },
      ],
    );
    assert.deepEqual(toLenses(await toEditor(), 'modules/flights/clean/other.py', NOW), []);
  });
});

describe('semantic tokens', () => {
  it('tell what every name is, in the order of the text', async () => {
    const lines = (FLIGHTS[FLOW] ?? '').split('\n');
    const tokens = toSemanticTokens(await toEditor(), FLOW);
    const words = tokens.map(
      ({ line, column, length, type }) => `${lines[line - 1]?.slice(column - 1, column - 1 + length) ?? ''} ${type}`,
    );
    assert.deepEqual(words.slice(0, 8), [
      'flights/train-all class',
      'limit parameter',
      'raw variable',
      'flights/2013 class',
      'clean variable',
      'flights/clean function',
      'flights property',
      'raw variable',
    ]);
    assert.ok(words.includes('kind parameter') && words.includes('model property'));
    const places = tokens.map(({ line, column }) => line * 1000 + column);
    assert.deepEqual(
      places,
      places.toSorted((one, other) => one - other),
    );
  });
});

describe('outline and folds', () => {
  it('list the steps of a workflow and the ports of a module', async () => {
    const symbols = toDocumentSymbols(await toEditor(), FLOW);
    assert.deepEqual(
      symbols.map(({ label, children }) => [label, children.map((child) => child.label)]),
      [
        ['params', ['limit']],
        ['steps', ['raw', 'clean', 'train', 'pick']],
        ['outputs', ['model']],
        ['schedule', []],
      ],
    );
    const module = toDocumentSymbols(await toEditor(), 'modules/flights/clean/module.yaml');
    assert.deepEqual(
      module.flatMap(({ children }) => children.map((child) => child.label)),
      ['flights', 'limit', 'clean'],
    );
  });

  it('fold what stands further in, and comments of several lines', () => {
    assert.deepEqual(toFolds('# one\n# two\na:\n  b:\n    c: 1\n\nd: 2\n'), [
      { start: 1, end: 2, kind: 'comment' },
      { start: 3, end: 5, kind: 'region' },
      { start: 4, end: 5, kind: 'region' },
    ]);
  });
});
