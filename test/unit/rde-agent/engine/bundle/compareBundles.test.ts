import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { toBundleOptions } from '../../../../../rde-agent/builder/typescript/bundleOptions.ts';
import { compareBundles } from '../../../../../rde-agent/engine/bundle/compareBundles.ts';
import { splitStatements } from '../../../../../rde-agent/engine/bundle/statements.ts';
import { createTempFolder, removeFolder } from '../../../../support/tempFolder.ts';

const FILES = {
  'm/main.ts': `import { readFileSync } from 'node:fs';
import { order, Sorter } from './order.ts';
import { shout } from 'words';
import { tiny } from 'pkg';

const TABLE = { a: 1, b: [1, 2] };
const LIMIT = [3];
const plain = (text: string): boolean => /[/}'"\`]/.test(text) && text.length / 2 / 1 > 1;

export async function run({ numbers, text }: { numbers: number[]; text: string }) {
  const said = shout(\`\${TABLE.a}} \${plain(\`\${text}{\`) ? 'a' : "b"}\`);
  return { out: order(numbers), said, size: readFileSync(text).length, sorter: new Sorter(), limit: LIMIT, tiny };
}
`,
  'm/order.ts': `interface Unused { a: number }
function helper(a: number, b: number): number { return a - b; }
export function order(numbers: number[]): number[] {
  if (numbers.length === 0) { return []; } else { numbers.push(1); }
  return numbers.toSorted(helper);
}
export class Sorter<T> { sort(list: T[]): T[] { return list; } }
export function unused() { return 1; }
console.log('loaded');
`,
  'lib/index.ts': 'export const shout = (text: string): string => text.toUpperCase();\n',
  'node_modules/pkg/package.json': '{ "name": "pkg", "type": "module", "exports": "./index.js" }',
  'node_modules/pkg/index.js': 'export const tiny = [1];\n',
};
const TARGET = {
  kind: 'module',
  name: 'n/m',
  folder: 'm',
  entry: { file: 'main.ts', function: 'run' },
  skip: new Set<string>(),
  libraries: [{ import: 'words', folder: 'lib' }],
} as const;

describe('unit/rde-agent/engine/bundle', () => {
  let root: string;
  before(() => (root = createTempFolder()));
  after(() => removeFolder(root));

  async function bundle(
    changes: { readonly [file: string]: readonly [from: string, to: string] } = {},
  ): Promise<readonly [code: string, map: string]> {
    for (const [file, text] of Object.entries(FILES)) {
      const change = changes[file];
      assert.ok(change === undefined || text.includes(change[0]), file);
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), change === undefined ? text : text.replace(change[0], () => change[1]));
    }
    const { outputFiles } = await build(toBundleOptions(root, TARGET));
    const text = (end: string): string => outputFiles.find((file) => file.path.endsWith(end))?.text ?? '';
    return [text('main.mjs'), text('.map')];
  }

  const cases: readonly (readonly [what: string, file: keyof typeof FILES, from: string, to: string, expected: readonly string[]])[] = [
    ['a function', 'm/order.ts', 'toSorted(helper)', 'toSorted(helper).reverse()', ['code order order.ts:3']],
    ['a function that it calls', 'm/order.ts', 'a - b', 'b - a', ['code helper order.ts:2']],
    ['the entry', 'm/main.ts', "'a' : ", "'c' : ", ['code run main.ts:10']],
    ['a class', 'm/order.ts', 'return list;', 'return [...list];', ['code Sorter order.ts:7']],
    ['a constant', 'm/main.ts', '[3]', '[4]', ['code LIMIT main.ts:7 [3] → [4]']],
    ['one of two constants in one declaration', 'm/main.ts', 'a: 1,', 'a: 2,', ['code TABLE main.ts:6 {a:1,b:[1,2]} → {a:2,b:[1,2]}']],
    ['a pattern', 'm/main.ts', `/[/}'"`, `/[/})'"`, ['code plain main.ts:8']],
    ['what runs when it is loaded', 'm/order.ts', "'loaded'", "'ready'", ['code  order.ts:9']],
    ['a library', 'lib/index.ts', 'toUpperCase', 'toLowerCase', ['code shout ../lib/index.ts:1']],
    ['a package', 'node_modules/pkg/index.js', '[1]', '[2]', ['package pkg ']],
    ['a comment', 'm/order.ts', 'function helper', '// a word\nfunction helper', []],
    ['a type', 'm/order.ts', 'a: number }', 'a: string }', []],
    ['an export that nobody uses', 'm/order.ts', 'return 1;', 'return 2;', []],
    [
      'a function that is new',
      'm/main.ts',
      'const said =',
      'function more() { return Symbol(); }\n  more();\n  const said =',
      ['code run main.ts:10'],
    ],
  ];
  for (const [what, file, from, to, expected] of cases)
    it(`names ${what}`, async () => {
      const [before] = await bundle();
      const [after, map] = await bundle({ [file]: [from, to] });
      const found = compareBundles(before, after, map).map(({ kind, symbol, name, file: at, line, before: old, after: now }) => {
        const values = old === undefined ? '' : ` ${old} → ${now ?? ''}`;
        return `${kind} ${symbol ?? name ?? ''} ${at === undefined ? '' : `${at}:${String(line)}`}${values}`;
      });
      assert.deepEqual(found, expected);
    });

  it('names nothing where a text is none that a bundler has written', () => {
    for (const text of ['function a(){', 'var a="b', 'var a=`${b', 'var a=(1];', '}', 'var a=/b'])
      assert.equal(splitStatements(text), undefined, text);
    assert.deepEqual(compareBundles('function a(){', 'function a(){return 1}', undefined), []);
    assert.deepEqual(
      compareBundles('function a(){}', 'function a(){return 1}', 'no map').map(({ symbol, file }) => [symbol, file]),
      [['a', undefined]],
    );
  });

  it('counts what is too much to be named', () => {
    const bundleOf = (value: number): string =>
      Array.from({ length: 9 }, (_, index) => `function f${String(index)}(){return ${String(value)}}`).join('');
    const reasons = compareBundles(bundleOf(1), bundleOf(2), undefined);
    assert.deepEqual([reasons.length, reasons.at(-1)?.message], [6, '4 more parts of it changed']);
  });
});
