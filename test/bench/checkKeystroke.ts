/**
 * From a changed text to diagnostics in a workspace of 2,000 modules and 200 workflows: one character is typed into a module, into a
 * workflow and into a Python file in turn. Prints the whole, and how much of it is parsing, reading Python and checking.
 *
 *     node test/bench/checkKeystroke.ts [keystrokes] [modules] [workflows]
 */
import { createCheckCache } from '../../language/service/checkCache.ts';
import { checkWorkspace } from '../../language/service/checkWorkspace.ts';
import { wantedFiles } from '../../language/service/wantedFiles.ts';
import { createLargeWorkspace, toModulePath } from '../support/largeWorkspace.ts';
import { readPython, toAbilities } from '../support/languageWorkspace.ts';
import { printTable, summarize, type Summary } from './samples.ts';

const given = process.argv.slice(2).map(Number);
const [keystrokes = 300, modules = 2000, workflows = 200] = given;

interface Edit {
  readonly name: string;
  path(index: number): string;
  apply(text: string, index: number): string;
}

const EDITS: readonly Edit[] = [
  {
    name: 'module.yaml',
    path: (index) => toModulePath((index * 37) % modules),
    apply: (text, index) => text.replace(/default: [\d.]+/, `default: ${index % 9}.5`),
  },
  {
    name: 'workflow',
    path: (index) => `workflows/w${(index * 7) % workflows}.workflow.yaml`,
    apply: (text, index) => text.replace(/factor: \{ type: float, default: [\d.]+/, `factor: { type: float, default: ${index % 9}.25`),
  },
  {
    name: 'workflow, every second with an unknown module',
    path: (index) => `workflows/w${(Math.floor(index / 2) * 7) % workflows}.workflow.yaml`,
    apply: (text, index) => text.replace(/many\/m\d+x*/, (name) => (index % 2 === 0 ? `${name}x` : name.replaceAll('x', ''))),
  },
  {
    name: 'entry.py',
    path: (index) => `modules/many/m${(index * 11) % modules}/scale.py`,
    apply: (text, index) => `${text}# ${index}\n`,
  },
  {
    name: 'comment in a dataset used by all',
    path: () => 'datasets/demo/numbers.dataset.yaml',
    apply: (text, index) => `${text}# ${index}\n`,
  },
  {
    name: 'column of a dataset used by all',
    path: () => 'datasets/demo/numbers.dataset.yaml',
    apply: (text, index) => text.replace(/ name\d*:/, ` name${index}:`),
  },
];

const files = createLargeWorkspace({ modules, workflows });
const abilities = toAbilities(files, await readPython());
const cache = createCheckCache();
const cold = performance.now();
const first = checkWorkspace(files, abilities, cache);
console.log(`${files.size} files, ${first.diagnostics.length} findings, first check ${(performance.now() - cold).toFixed(0)} ms`);

const rows: Summary[] = EDITS.map((edit) => {
  const took: number[] = [];
  for (let index = 0; index < keystrokes; index += 1) {
    const path = edit.path(index);
    files.set(path, edit.apply(files.get(path) ?? '', index));
    const start = performance.now();
    checkWorkspace(files, abilities, cache);
    took.push(performance.now() - start);
  }
  return summarize(edit.name, took);
});
const paths = [...files.keys()];
const wanted = Array.from({ length: 50 }, () => {
  const start = performance.now();
  wantedFiles(files, paths, abilities, cache);
  return performance.now() - start;
});
printTable([...rows, summarize('wantedFiles', wanted)]);
console.log(`parsed ${cache.counts.parsed}, Python read ${cache.counts.entriesRead}, files checked ${cache.counts.checked}`);
