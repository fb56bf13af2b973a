// `node test/bench/analysis.ts [FILES] [MINOR]`: units of a workspace of FILES files of real source (192 lines each on average), all for the
// first time and after one line of one file has changed. Bars: 2,000 files in at most 10 s of CPU; one file p50 at most 5 ms.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createAnalyzer } from '../../rde-agent/analysis/createAnalyzer.ts';
import { createFindPython, toSource } from '../support/analysis.ts';
import { createTempFolder, removeFolder } from '../support/tempFolder.ts';
import { readCpu } from './processFigures.ts';
import { printTable, summarize } from './samples.ts';

const [files = 2000, minor = '3.13'] = [Number(process.argv[2] ?? 2000), process.argv[3]];
const LINES = 192;
const EDITS = 300;

const folder = createTempFolder();
const analyzer = createAnalyzer({ findPython: createFindPython(), folder });
const texts = makeWorkspace(await createFindPython()(minor), files);
const lines = texts.reduce((sum, text) => sum + text.split('\n').length - 1, 0);

await analyzer.ensure(minor, [toSource('warm = True\n')]);
const child = Number(readFileSync('/proc/thread-self/children', 'utf8').trim().split(' ')[0]);
const [ownBefore, before, started] = [readCpu(undefined), readCpu(child), performance.now()];
await analyzer.ensure(minor, texts.map(toSource));
const [took, cpu, own] = [performance.now() - started, readCpu(child) - before, readCpu(undefined) - ownBefore];
console.log(
  `${String(files)} files, ${String(lines)} lines, Python ${minor}, cold: ${toSeconds(cpu)} CPU of Python, ${toSeconds(own)} of Node, ${toSeconds(took)} wall`,
);

const [wall, busy]: [number[], number[]] = [[], []];
for (let edit = 0; edit < EDITS; edit += 1) {
  const source = toSource(`${texts[(edit * 37) % texts.length] ?? ''}edited = ${String(edit)}\n`);
  const [cpuBefore, at] = [readCpu(child), performance.now()];
  await analyzer.ensure(minor, [source]);
  wall.push(performance.now() - at);
  busy.push(readCpu(child) - cpuBefore);
}
printTable([summarize('one changed file', wall), summarize('CPU of one changed file', busy)]);
await analyzer.dispose();
removeFolder(folder);

/** Real source, each file another content; short and long ones in turn, so that the mean is LINES. */
function makeWorkspace(python: string, count: number): readonly string[] {
  const library = execFileSync(python, ['-I', '-c', 'import os; print(os.path.dirname(os.__file__))'], { encoding: 'utf8' }).trim();
  const names = readdirSync(library, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.py') && !name.includes('test'),
  );
  const sources = names.sort().map((name) => readFileSync(path.join(library, name), 'utf8'));
  const byLength = sources.map((text) => ({ text, lines: text.split('\n').length })).sort((left, right) => left.lines - right.lines);
  const made: string[] = [];
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    const wanted = LINES * (index + 1) - total;
    const place = byLength.findIndex((source) => source.lines >= wanted + (index % 7) * 20 - 60);
    const source = byLength[place < 0 ? byLength.length - 1 : place] ?? { text: '', lines: 0 };
    made.push(`${source.text}\nnumber_of_file = ${String(index)}\n`);
    total += source.lines + 2;
  }
  return made;
}

function toSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
