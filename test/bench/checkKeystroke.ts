/**
 * From a changed text to diagnostics in a workspace of 2,000 modules and 200 workflows: one character is typed into a module, into a
 * workflow and into a Python file in turn. Prints the whole, and how much of it is parsing, reading Python and checking; then the same
 * from outside: from a change to its findings, over stdio.
 *
 *     node test/bench/checkKeystroke.ts [keystrokes] [modules] [workflows]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SERVER_ARGUMENTS } from '../../extension/ui/language/serverArguments.ts';
import { createCheckCache } from '../../language/service/checkCache.ts';
import { checkWorkspace } from '../../language/service/checkWorkspace.ts';
import { wantedFiles } from '../../language/service/wantedFiles.ts';
import { createLargeWorkspace, toModulePath } from '../support/largeWorkspace.ts';
import { LanguageClient } from '../support/languageClient.ts';
import { readPython, toAbilities } from '../support/languageWorkspace.ts';
import { SmallWorkspace } from '../support/smallWorkspace.ts';
import { withCpu } from './processFigures.ts';
import { alternate, printTable, summarize, type Contestant, type Summary } from './samples.ts';

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

/** Each edit sends the whole text of one document; a sample ends with the findings of that version. */
function toContestant(client: LanguageClient, texts: Map<string, string>, { name, path, apply }: Edit): Contestant {
  let index = 0;
  const document = path(0);
  return {
    name: `over stdio: ${name}`,
    once: async () => {
      texts.set(document, apply(texts.get(document) ?? '', index));
      index += 1;
      const began = performance.now();
      const version = await client.change(document, texts.get(document) ?? '');
      await client.until(document, (told) => told.version === version, 60);
      return performance.now() - began;
    },
  };
}

async function measureServer(): Promise<void> {
  const repository = join(import.meta.dirname, '../..');
  execFileSync(process.execPath, [join(repository, 'tools/build.mjs'), 'languageServer'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const texts = createLargeWorkspace({ modules, workflows });
  const workspace = new SmallWorkspace({});
  for (const [path, text] of texts) {
    mkdirSync(dirname(join(workspace.root, path)), { recursive: true });
    writeFileSync(join(workspace.root, path), text);
  }
  const args = [...SERVER_ARGUMENTS, join(repository, 'dist/languageServer/main.mjs'), '--stdio'];
  const client = await LanguageClient.start(workspace.root, { program: process.execPath, args });
  try {
    const documents = new Set(EDITS.map(({ path }) => path(0)));
    for (const path of documents) await client.open(path, texts.get(path) ?? '');
    const counted = EDITS.map((edit) => withCpu(toContestant(client, texts, edit), client.process.pid));
    const waited = await alternate(
      counted.map(({ contestant }) => contestant),
      keystrokes,
      10,
    );
    printTable([...waited, ...counted.map((one) => one.toCpu())]);
  } finally {
    await client[Symbol.asyncDispose]();
    workspace.dispose();
  }
}

await measureServer();
