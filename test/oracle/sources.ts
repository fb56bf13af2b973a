import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = fileURLToPath(new URL('packages/', import.meta.url));
const ENTRY = 'cases.py';
/** Grammars and the like are read by the code beside them. */
const CODE_OR_TEXT = /\.(?:py|lark|txt|json)$/;

/** Real source from PyPI as first-party code, and functions that drive it. */
export interface DrivenPackage {
  readonly name: string;
  readonly files: { readonly [path: string]: string };
  /** the file of the functions */
  readonly entry: string;
  /** functions without parameters that answer JSON */
  readonly functions: readonly string[];
}

/** `python` = of the environment that the packages are installed in. */
export function readPackages(python: string): readonly DrivenPackage[] {
  const library = path.join(path.dirname(python), '..', 'lib');
  const [version = ''] = readdirSync(library);
  const installed = path.join(library, version, 'site-packages');
  const names = readdirSync(PACKAGES).filter((name) => name.endsWith('.py'));
  return names.sort().map((name) => readPackage(installed, name.slice(0, -3), readFileSync(path.join(PACKAGES, name), 'utf8')));
}

function readPackage(installed: string, name: string, cases: string): DrivenPackage {
  const sources = /^# sources: (.*)$/m.exec(cases)?.[1]?.split(', ') ?? [];
  const files: { [path: string]: string } = { [ENTRY]: cases };
  for (const source of sources)
    for (const file of listFiles(installed, source)) files[file] = readFileSync(path.join(installed, file), 'utf8');
  const functions = [...cases.matchAll(/^def (\w+)\(\):$/gm)].flatMap(([, found]) => found ?? []);
  return { name, files, entry: ENTRY, functions };
}

function listFiles(installed: string, source: string): string[] {
  if (source.endsWith('.py')) return [source];
  const found = readdirSync(path.join(installed, source), { recursive: true, encoding: 'utf8' });
  return found.filter((file) => CODE_OR_TEXT.test(file) && !/(^|\/)tests?\//.test(file)).map((file) => path.posix.join(source, file));
}
