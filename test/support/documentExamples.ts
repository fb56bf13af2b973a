import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { toFileKind } from '../../language/service/fileKind.ts';
import { DEFAULT_MANIFEST } from '../../language/parse/parseManifest.ts';

const ROOT = join(import.meta.dirname, '../..');

/** One fenced example of a page. */
export interface DocumentExample {
  readonly language: 'yaml' | 'python';
  readonly text: string;
  /** of its first line in the page, from 1 */
  readonly line: number;
  /** where it belongs in a workspace: told by its name, for Python by the comment in its first line. `undefined` = nowhere */
  readonly path: string | undefined;
}

/** Every YAML and Python example of a page, in order. `page` is relative to the repository. */
export function readExamples(page: string): readonly DocumentExample[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```(yaml|python)\n(.*?)^```$/gms)].map((match): DocumentExample => {
    const [, language = '', example = ''] = match;
    const line = text.slice(0, match.index).split('\n').length + 1;
    if (language === 'python') return { language, text: example, line, path: /^# (\S+\.py)\n/.exec(example)?.[1] };
    return { language: 'yaml', text: example, line, path: toPath(example) };
  });
}

/** All examples of a page that have a place, as the files of a workspace. Throws where two would be one file. */
export function toExampleWorkspace(page: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const { path, text, line } of readExamples(page)) {
    if (path === undefined) continue;
    if (files.has(path)) throw new Error(`${page}:${line}: ${path} is shown twice`);
    files.set(path, text);
  }
  return files;
}

const ENDINGS: { readonly [key: string]: (name: string) => string } = {
  workspace: () => 'cairn.yaml',
  module: (name) => `modules/${name}/module.yaml`,
  library: (name) => `libraries/${name}/library.yaml`,
  dataset: (name) => `datasets/${name}.dataset.yaml`,
  environment: (name) => `environments/${name}.environment.yaml`,
  workflow: (name) => `workflows/${name.slice(name.indexOf('/') + 1)}.workflow.yaml`,
};

function toPath(text: string): string | undefined {
  const { contents } = parseDocument(text);
  const first = isMap(contents) ? contents.items[0] : undefined;
  const [key, value] = [String(first?.key), String(first?.value)];
  const path = Object.hasOwn(ENDINGS, key) ? ENDINGS[key]?.(value) : undefined;
  return path !== undefined && toFileKind(path, DEFAULT_MANIFEST, () => true) !== undefined ? path : undefined;
}
