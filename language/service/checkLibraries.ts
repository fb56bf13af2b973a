import { toLibraryImport, type LibraryDefinition } from '../model/library.ts';
import type { ModuleContract } from '../model/module.ts';
import type { PortType } from '../model/portType.ts';
import { hasCommonPython } from '../model/pythonVersions.ts';
import type { EnvironmentDefinition } from '../model/environment.ts';
import { t } from '../model/words.ts';
import { toSuggestion, type Findings } from '../parse/findings.ts';
import { parseUse } from '../parse/grammar.ts';
import { toPackageName } from '../parse/lockText.ts';
import type { ParsedFile } from '../parse/parsedFile.ts';
import type { SourceMap } from '../parse/sourceMap.ts';
import { toFolder, toPathIn } from './fileKind.ts';
import { collectLibraries, type UsedLibrary } from './libraryUses.ts';
import type { Surroundings } from './questions.ts';

/** Libraries that are named are there; one with a tag may be known to an agent. */
export function checkLibraryNames(findings: Findings, source: SourceMap, uses: readonly string[], surroundings: Surroundings): void {
  for (const [index, text] of uses.entries()) {
    const { name, tag } = parseUse(text);
    if (surroundings.library(name) !== undefined) continue;
    const range = source.valueRange(['uses', index, '@name']);
    if (tag !== undefined) {
      const message = t`\`${name}\` is not in this workspace; what \`@${tag}\` means is known only to an agent.`;
      findings.add('unresolved-tag', source.valueRange(['uses', index]), message, { severity: 'info' });
      continue;
    }
    const { hint, options } = toSuggestion({ file: source.file, range }, name, surroundings.names('library'));
    findings.add('unknown-library', range, t`There is no library \`${name}\`${hint || '.'}`, options);
  }
}

/** A library that comes back to itself. */
export function checkLibraryCycle(findings: Findings, { value, source }: ParsedFile<LibraryDefinition>, surroundings: Surroundings): void {
  for (const [index, text] of (value?.uses ?? []).entries()) {
    const brought = collectLibraries([text], (name) => surroundings.library(name)?.value);
    if (value === undefined || !brought.some(({ name }) => name === value.name)) continue;
    const first = parseUse(text).name;
    const way = first === value.name ? [value.name, value.name] : [value.name, first, '…', value.name];
    findings.add('library-cycle', source.valueRange(['uses', index, '@name']), t`Libraries use each other: ${way.join(' → ')}.`);
  }
}

/** The libraries of a module can be imported side by side, from its language, in its environment. */
export function checkModuleLibraries(findings: Findings, parsed: ParsedFile<ModuleContract>, surroundings: Surroundings): void {
  const module = parsed.value;
  if (module === undefined) return;
  checkLibraryNames(findings, parsed.source, module.uses, surroundings);
  const libraries = collectLibraries(module.uses, (name) => surroundings.library(name)?.value);
  const imported = new Map<string, string>();
  for (const library of libraries) {
    const range = parsed.source.valueRange(['uses', library.index]);
    const problem = findConflict(library, imported, module, toFolder(parsed.file), surroundings);
    if (problem !== undefined) findings.add('library-conflict', range, problem);
    imported.set(toLibraryImport(library.name), library.name);
  }
  const name = module.environment ?? surroundings.default('environment');
  const environment = name === undefined ? undefined : surroundings.environment(name);
  if (module.language === 'python') checkNeeds(findings, parsed.source, { module, libraries, environment }, surroundings);
}

function findConflict(
  { name, definition }: UsedLibrary,
  imported: ReadonlyMap<string, string>,
  module: ModuleContract,
  folder: string,
  surroundings: Surroundings,
): string | undefined {
  const word = toLibraryImport(name);
  const other = imported.get(word);
  if (other !== undefined) return t`\`${name}\` and \`${other}\` are both imported as \`${word}\`.`;
  if (definition !== undefined && definition.language !== module.language) {
    return t`\`${name}\` is a ${toTitle(definition.language)} library, and this module is ${toTitle(module.language)}.`;
  }
  const own = [`${word}.py`, `${word}/__init__.py`].find((file) => surroundings.exists(toPathIn(folder, file)));
  return own === undefined || module.language !== 'python'
    ? undefined
    : t`\`${own}\` in this folder hides \`${name}\`: both are imported as \`${word}\`.`;
}

function toTitle(language: 'python' | 'typescript'): string {
  return language === 'python' ? 'Python' : 'TypeScript';
}

interface Needs {
  readonly module: ModuleContract;
  readonly libraries: readonly UsedLibrary[];
  readonly environment: ParsedFile<EnvironmentDefinition> | undefined;
}

function checkNeeds(findings: Findings, source: SourceMap, { module, libraries, environment }: Needs, surroundings: Surroundings): void {
  const value = environment?.value;
  if (value === undefined || environment === undefined) return;
  const locked = value.lock === undefined ? undefined : surroundings.lock(toPathIn(toFolder(environment.file), value.lock));
  for (const library of libraries) {
    checkPython(findings, source, library, value);
    if (locked !== undefined) checkPackages(findings, source, library, { environment: value.name, locked });
  }
  const hasTables = [...module.inputs, ...module.outputs].some(({ type }) => isTable(type));
  if (locked !== undefined && hasTables && !locked.has('pyarrow')) reportArrow(findings, source, value.name);
}

function checkPython(
  findings: Findings,
  source: SourceMap,
  { name, index, definition }: UsedLibrary,
  environment: EnvironmentDefinition,
): void {
  const wanted = definition?.requires.python;
  if (wanted === undefined || environment.python === undefined || hasCommonPython([wanted, environment.python])) return;
  const message = t`\`${name}\` needs Python ${wanted}, and the environment \`${environment.name}\` has ${environment.python}.`;
  findings.add('python-conflict', source.valueRange(['uses', index]), message);
}

interface Locked {
  readonly environment: string;
  readonly locked: ReadonlySet<string>;
}

function checkPackages(
  findings: Findings,
  source: SourceMap,
  { name, index, definition }: UsedLibrary,
  { environment, locked }: Locked,
): void {
  for (const needed of definition?.requires.packages ?? []) {
    if (locked.has(toPackageName(needed))) continue;
    const message = t`\`${name}\` needs the package \`${needed}\`, which is not in the lock of \`${environment}\`. Add it and lock again.`;
    findings.add('missing-package', source.valueRange(['uses', index]), message, { severity: 'warning' });
  }
}

function isTable(type: PortType): boolean {
  return type.kind === 'table' || (type.kind === 'list' && isTable(type.of));
}

/** Tables travel as Arrow: the runner reads and writes them in the code's own environment. */
function reportArrow(findings: Findings, source: SourceMap, environment: string): void {
  const at = source.has(['environment']) ? source.valueRange(['environment']) : source.valueRange(['entry']);
  const message = t`Tables need the package \`pyarrow\`, which is not in the lock of \`${environment}\`. Add it and lock again.`;
  findings.add('missing-package', at, message, { severity: 'warning' });
}
