import { mkdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { MANIFEST_FILE } from '../../../language/model/workspace.ts';
import type { CreatedDocument } from '../../protocol/documents.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { CheckedParamsOf } from '../../protocol/operations.ts';
import { readExample } from './examples.ts';
import { toModuleFiles } from './moduleText.ts';
import { createFiles, type NewFiles } from './writeFiles.ts';
import { toWorkflowText } from './workflowText.ts';

const NAME = /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/;
const LONGEST = 64;

/**
 * Makes a folder a workspace: one module and one workflow that run at once with nothing but Python, or an example of `examples`. Rejects with `already-exists`
 * when it is one already, or a file of these names is there; nothing is half written.
 */
export function initWorkspace(params: CheckedParamsOf<'workspace.init'>, examples?: string): CreatedDocument {
  const { preview } = params;
  if (!path.isAbsolute(params.root))
    throw new CairnError('invalid-request', `the root of a workspace must be an absolute path, not ${params.root}`);
  const isThere = statSync(params.root, { throwIfNoEntry: false });
  if (isThere !== undefined && !isThere.isDirectory()) throw new CairnError('invalid-request', `${params.root} is a file`);
  const files = toInitialFiles(params, examples);
  if (isThere === undefined) {
    if (preview) return { v: 1, created: [...files.keys()], contents: Object.fromEntries(files) };
    mkdirSync(params.root, { recursive: true });
  }
  return createFiles(realpathSync(params.root), files, preview);
}

function toInitialFiles({ root, name, example }: CheckedParamsOf<'workspace.init'>, examples: string | undefined): NewFiles {
  if (example === undefined) return toFiles(toName(name, root));
  if (name !== undefined)
    throw new CairnError('invalid-request', 'an example brings its name', { next: 'Give either a name or an example.' });
  return readExample(examples, example);
}

function toName(given: string | undefined, root: string): string {
  if (given !== undefined && (!NAME.test(given) || given.length > LONGEST)) {
    throw new CairnError('invalid-request', `${JSON.stringify(given)} can't name a workspace: lower-case letters, digits, \`-\` and \`_\``);
  }
  const fromFolder = path
    .basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '');
  return given ?? (fromFolder === '' ? 'workspace' : fromFolder);
}

function toFiles(name: string): ReadonlyMap<string, string> {
  const module = `${name}/squares`;
  const files = toModuleFiles({
    name: module,
    kind: 'data',
    environment: undefined,
    inputs: [],
    outputs: [{ name: 'records', type: { kind: 'json' } }],
  });
  const workflow = toWorkflowText(`${name}/first`, [{ id: 'squares', use: { kind: 'module', name: module }, inputs: {}, params: [] }]);
  return new Map([
    [MANIFEST_FILE, toManifestText(name)],
    ...[...files].map(([file, text]): [string, string] => [`modules/${module}/${file}`, text]),
    ['workflows/first.workflow.yaml', `${workflow}outputs: { records: squares.records }\n`],
  ]);
}

function toManifestText(name: string): string {
  return [
    `workspace: ${name}`,
    'modules: [modules/**]',
    'workflows: [workflows/**]',
    'environments: [environments/**]',
    'datasets: [datasets/**]',
    '',
  ].join('\n');
}
