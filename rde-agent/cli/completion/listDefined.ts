import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toUseName } from '../../../language/model/workflow.ts';
import type { Candidate } from './complete.ts';

/** What files define, by the key that names it. */
export type DefinedKind = 'workflow' | 'module' | 'library' | 'dataset' | 'environment';

/** folders that hold none of our files, and would take long to look through */
const PASSED_OVER = new Set(['node_modules', '__pycache__', 'dist', 'build']);
const DEEPEST = 8;
const MOST_FILES = 5000;

const FILES: { readonly [kind in DefinedKind]: RegExp } = {
  workflow: /\.workflow\.ya?ml$/,
  module: /^module\.ya?ml$/,
  library: /^library\.ya?ml$/,
  dataset: /\.dataset\.ya?ml$/,
  environment: /\.environment\.ya?ml$/,
};

/** A workspace that does not check has names all the same: they are read off the lines that give them. */
export async function listDefined(kinds: readonly DefinedKind[], root: string): Promise<readonly Candidate[]> {
  const files = await listFiles(root, (name) => kinds.some((kind) => FILES[kind].test(name)));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const names = texts.flatMap((text) => readName(text) ?? []);
  return [...new Set(names)].sort().map((value) => ({ value, description: '' }));
}

/** Of the named workflow, or of the only one. */
export async function listSteps(root: string, workflow: string | undefined): Promise<readonly Candidate[]> {
  const files = await listFiles(root, (name) => FILES.workflow.test(name));
  const texts = await Promise.all(files.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
  const wanted = texts.filter(({ file, text }) => workflow === undefined || isNamed(workflow, file, readName(text)));
  const [found] = wanted;
  if (found === undefined || wanted.length > 1) return [];
  const { parseWorkflow } = await import('../../../language/parse/parseWorkflow.ts');
  const { value } = parseWorkflow(found.file, found.text);
  return (value?.steps ?? []).map(({ id, use }) => ({ value: id, description: toUseName(use) }));
}

/** As the command takes it: the name, its last part, or the file. */
function isNamed(wanted: string, file: string, name: string | undefined): boolean {
  return name === wanted || name?.endsWith(`/${wanted}`) === true || file.endsWith(`/${wanted.replace(/^\.\//, '')}`);
}

function readName(text: string): string | undefined {
  return /^(?:workflow|module|library|dataset|environment):\s*["']?([\w./-]+)/m.exec(text)?.[1];
}

async function listFiles(folder: string, isWanted: (name: string) => boolean, depth = 0): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile() && isWanted(entry.name)).map(({ name }) => join(folder, name));
  if (depth === DEEPEST) return found;
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name.startsWith('.') || PASSED_OVER.has(entry.name)) continue;
    found.push(...(await listFiles(join(folder, entry.name), isWanted, depth + 1)));
    if (found.length > MOST_FILES) break;
  }
  return found;
}
