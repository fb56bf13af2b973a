import type { Diagnostic } from '../model/diagnostic.ts';
import { MANIFEST_FILE, type WorkspaceManifest } from '../model/workspace.ts';
import { t } from '../model/words.ts';
import type { ParsedFile } from '../parse/parsedFile.ts';
import type { CheckAbilities } from './abilities.ts';
import { createCheckCache, readManifest, type CheckCache, type DefinitionMemory, type RememberedCheck } from './checkCache.ts';
import type { ParsedAs, ParsedKinds } from './parsedFiles.ts';
import { checkDataset, checkEnvironment, checkLibrary, checkManifest, checkModule } from './checkDefinitions.ts';
import { checkNames, checkPaths } from './checkNames.ts';
import { checkWorkflow } from './checkWorkflow.ts';
import { NOTHING_ELSEWHERE, withElsewhere, type Elsewhere } from './elsewhere.ts';
import { toFolder } from './fileKind.ts';
import { recordQuestions, toAnswer, type NamedKind, type Surroundings } from './questions.ts';
import type { Definition, WorkspaceModel } from './workspaceModel.ts';

export interface CheckedWorkspace {
  readonly model: WorkspaceModel;
  /** Ordered by file, then by place. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Checks everything that a workspace's files say. `files` holds the texts of `wantedFiles` by path; others are left out of account. Pure
 * but for `cache`, which only saves work. `elsewhere`: what stands in for names that no file defines. Never throws on any text.
 */
export function checkWorkspace(
  files: ReadonlyMap<string, string>,
  abilities: CheckAbilities,
  cache: CheckCache = createCheckCache(),
  elsewhere: Elsewhere = NOTHING_ELSEWHERE,
): CheckedWorkspace {
  cache.keep(files);
  const manifest = readManifest(files, cache);
  const parsed = parseAll(files, abilities, cache);
  const index = toIndex(parsed);
  const surroundings = toSurroundings({ files, abilities, cache, index, manifest, elsewhere });
  const byFile = parsed.flatMap((file) => [...file.parsed.diagnostics, ...checkFile(file, surroundings, cache)]);
  const diagnostics = [...byFile, ...checkWhole(files, parsed, cache)].sort(comparePlaces);
  const errors = countErrors(diagnostics);
  return {
    diagnostics,
    model: {
      manifest,
      modules: toDefinitions(withElsewhere(index.module, elsewhere.modules), errors, cache.definitions),
      libraries: toDefinitions(withElsewhere(index.library, elsewhere.libraries), errors, cache.definitions),
      datasets: toDefinitions(index.dataset, errors, cache.definitions),
      environments: toDefinitions(index.environment, errors, cache.definitions),
      workflows: toDefinitions(index.workflow, errors, cache.definitions),
    },
  };
}

function parseAll(files: ReadonlyMap<string, string>, abilities: CheckAbilities, cache: CheckCache): readonly ParsedAs[] {
  const manifest = readManifest(files, cache);
  const parsed: ParsedAs[] = [];
  const paths = [...files.keys()];
  for (const path of cache.remember('sorted', paths, () => paths.toSorted())) {
    const kind = cache.toKind(path, manifest, abilities);
    if (kind !== undefined) parsed.push(cache.parse(path, kind, files.get(path) ?? ''));
  }
  return parsed;
}

type Index = { readonly [Kind in NamedKind]: Map<string, ParsedKinds[Kind]> };

/** By name; of two files with one name the first. */
function toIndex(parsed: readonly ParsedAs[]): Index {
  const index: Index = { module: new Map(), library: new Map(), dataset: new Map(), environment: new Map(), workflow: new Map() };
  for (const file of parsed) {
    const name = file.parsed.name?.text;
    if (name === undefined || file.kind === 'manifest' || index[file.kind].has(name)) continue;
    add(index, file, name);
  }
  return index;
}

function add(index: Index, file: Exclude<ParsedAs, { kind: 'manifest' }>, name: string): void {
  switch (file.kind) {
    case 'module':
      index.module.set(name, file.parsed);
      return;
    case 'library':
      index.library.set(name, file.parsed);
      return;
    case 'dataset':
      index.dataset.set(name, file.parsed);
      return;
    case 'environment':
      index.environment.set(name, file.parsed);
      return;
    case 'workflow':
      index.workflow.set(name, file.parsed);
      return;
  }
}

interface Known {
  readonly files: ReadonlyMap<string, string>;
  readonly abilities: CheckAbilities;
  readonly cache: CheckCache;
  readonly index: Index;
  readonly manifest: WorkspaceManifest;
  readonly elsewhere: Elsewhere;
}

function toSurroundings({ files, abilities, cache, index, manifest, elsewhere }: Known): Surroundings {
  const namespaces = Object.keys(manifest.namespaces);
  const names = new Map<NamedKind, readonly string[]>();
  return {
    module: (name) => index.module.get(name) ?? elsewhere.modules.get(name),
    library: (name) => index.library.get(name) ?? elsewhere.libraries.get(name),
    dataset: (name) => index.dataset.get(name),
    environment: (name) => index.environment.get(name),
    workflow: (name) => index.workflow.get(name),
    default: (of) => manifest.defaults[of],
    namespaces: () => namespaces,
    exists: (path) => files.has(path) || abilities.exists(path),
    names(of) {
      const list = names.get(of) ?? [...index[of].keys()];
      names.set(of, list);
      return list;
    },
    entry(path, functionName) {
      const text = files.get(path);
      return text === undefined || abilities.python === undefined ? undefined : cache.readEntry(abilities.python, path, text, functionName);
    },
    lock(path) {
      const text = files.get(path);
      return text === undefined ? undefined : cache.readLock(path, text);
    },
  };
}

/** The findings of one file, from the cache where nothing that it asked about has changed. */
function checkFile(file: ParsedAs, surroundings: Surroundings, cache: CheckCache): readonly Diagnostic[] {
  const path = file.parsed.file;
  const known = cache.checks.get(path);
  if (known?.parsed === file.parsed && known.asked.every((asked) => isStillTrue(asked, known, surroundings, cache)))
    return known.diagnostics;
  const recording = recordQuestions(surroundings);
  const diagnostics = checkParsed(file, recording.surroundings, cache);
  cache.counts.checked += 1;
  const hasOtherPlaces = diagnostics.some(({ fix }) => fix?.edits.some((edit) => edit.file !== path) === true);
  cache.checks.set(path, { parsed: file.parsed, asked: recording.asked, hasOtherPlaces, diagnostics });
  return diagnostics;
}

function isStillTrue(
  { question, answer }: RememberedCheck['asked'][number],
  { hasOtherPlaces }: RememberedCheck,
  surroundings: Surroundings,
  cache: CheckCache,
): boolean {
  const now = toAnswer(question, surroundings);
  return now === answer || (!hasOtherPlaces && cache.isSameMeaning(now, answer));
}

function checkParsed(file: ParsedAs, surroundings: Surroundings, cache: CheckCache): readonly Diagnostic[] {
  switch (file.kind) {
    case 'manifest':
      return checkManifest(file.parsed, surroundings);
    case 'module':
      return checkModule(file.parsed, surroundings);
    case 'library':
      return checkLibrary(file.parsed, surroundings);
    case 'dataset':
      return checkDataset(file.parsed, surroundings);
    case 'environment':
      return checkEnvironment(file.parsed, surroundings);
    case 'workflow':
      return checkWorkflow(file.parsed, surroundings, cache.workflowMemory(file.parsed.file));
  }
}

/** What no file shows alone. */
function checkWhole(files: ReadonlyMap<string, string>, parsed: readonly ParsedAs[], cache: CheckCache): readonly Diagnostic[] {
  const kinds = ['module', 'library', 'dataset', 'environment', 'workflow'] as const;
  const names = cache.rememberNames(parsed, () =>
    kinds.flatMap((kind) =>
      checkNames(
        kind,
        parsed.filter((file) => file.kind === kind).map((file) => file.parsed),
      ),
    ),
  );
  const paths = [...files.keys()];
  return [...cache.remember('paths', paths, () => checkPaths(paths)), ...names, ...checkManifestIsThere(files)];
}

function checkManifestIsThere(files: ReadonlyMap<string, string>): readonly Diagnostic[] {
  if (files.has(MANIFEST_FILE)) return [];
  const start = { line: 1, column: 1 };
  const message = t`There is no \`${MANIFEST_FILE}\` in this folder. \`cairn init\` makes one.`;
  return [{ file: MANIFEST_FILE, range: { start, end: start }, severity: 'error', code: 'missing-file', message }];
}

function comparePlaces(one: Diagnostic, other: Diagnostic): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1;
  const [left, right] = [one.range.start, other.range.start];
  if (left.line !== right.line) return left.line - right.line;
  if (left.column !== right.column) return left.column - right.column;
  return one.code < other.code ? -1 : Number(one.code !== other.code);
}

function countErrors(diagnostics: readonly Diagnostic[]): ReadonlyMap<string, number> {
  const errors = new Map<string, number>();
  for (const { file, severity } of diagnostics) if (severity === 'error') errors.set(file, (errors.get(file) ?? 0) + 1);
  return errors;
}

function toDefinitions<T>(
  files: ReadonlyMap<string, ParsedFile<T>>,
  errors: ReadonlyMap<string, number>,
  known: DefinitionMemory,
): ReadonlyMap<string, Definition<T>> {
  const definitions = new Map<string, Definition<T>>();
  for (const [name, parsed] of files) definitions.set(name, toDefinition(parsed, name, errors.get(parsed.file) ?? 0, known));
  return definitions;
}

/** Of an unchanged file the same object. */
function toDefinition<T>(parsed: ParsedFile<T>, name: string, errors: number, known: DefinitionMemory): Definition<T> {
  const before = known.get(parsed) as Definition<T> | undefined;
  if (before?.errors === errors) return before;
  const { file, value, source } = parsed;
  const definition = { name, file, folder: toFolder(file), value, source, errors };
  known.set(parsed, definition);
  return definition;
}
