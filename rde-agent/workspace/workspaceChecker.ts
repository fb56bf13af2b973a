import picomatch from 'picomatch';
import type { DatasetDefinition } from '../../language/model/dataset.ts';
import type { Diagnostic } from '../../language/model/diagnostic.ts';
import type { Entry } from '../../language/model/module.ts';
import { MANIFEST_FILE } from '../../language/model/workspace.ts';
import type { PythonReader } from '../../language/python/pythonReader.ts';
import type { CheckAbilities } from '../../language/service/abilities.ts';
import { createCheckCache } from '../../language/service/checkCache.ts';
import { type CheckedWorkspace, checkWorkspace } from '../../language/service/checkWorkspace.ts';
import type { Elsewhere } from '../../language/service/elsewhere.ts';
import { wantedFiles } from '../../language/service/wantedFiles.ts';
import type { FileIndex } from '../builder/fileIndex.ts';
import { joinPath } from '../builder/folderNode.ts';
import type { IndexProblem } from '../builder/indexProblem.ts';

/** What the language says about the files now. `diagnostics` also has what the index refuses. */
export interface Checked extends CheckedWorkspace {
  readonly diagnostics: readonly Diagnostic[];
}

/** Texts by path. */
type Texts = Map<string, string>;

/** Rounds of asking which files a check wants: manifest, definitions, entries; one more for an overlay that changes them. */
const ROUNDS = 4;
const START = { line: 1, column: 1 };

/**
 * Keeps the texts that the language service needs and its last answer. A change of any other file costs nothing; a changed
 * text is parsed again alone.
 */
export class WorkspaceChecker {
  readonly #index: FileIndex;
  readonly #abilities: CheckAbilities;
  readonly #texts: Texts = new Map();
  readonly #cache = createCheckCache();
  readonly #overlayCache = createCheckCache();
  /** paths whose text must be read again */
  readonly #stale = new Set<string>();
  #checked: CheckedWorkspace | undefined;
  /** the last answer, also when it may no longer hold */
  #last: CheckedWorkspace | undefined;
  #isListStale = true;

  constructor(index: FileIndex, python: PythonReader | undefined) {
    this.#index = index;
    this.#abilities = createCheckAbilities(index, python);
  }

  /** Files have changed; `structural`: some have come or gone. */
  invalidate(changed: readonly string[], structural: boolean): void {
    for (const path of changed) if (this.#texts.has(path)) this.#stale.add(path);
    if (structural) this.#isListStale = true;
    if (structural || this.#stale.size > 0) this.#checked = undefined;
  }

  /** Whether `check` would have to work. */
  get isStale(): boolean {
    return this.#checked === undefined;
  }

  async check(): Promise<Checked> {
    while (this.#checked === undefined) await this.#checkNow();
    return this.#withProblems(this.#checked);
  }

  /** The last answer once more, with what others have pushed; `undefined` = files have changed since. */
  checkAmong(elsewhere: Elsewhere): Checked | undefined {
    if (this.isStale) return undefined;
    return this.#withProblems(checkWorkspace(this.#texts, this.#abilities, this.#cache, elsewhere));
  }

  /** The same with unsaved texts in place of files. */
  async checkWith(overlays: { readonly [path: string]: string }): Promise<Checked> {
    await this.check();
    const texts: Texts = new Map(this.#texts);
    const paths = new Set(this.#index.paths());
    for (const [path, text] of Object.entries(overlays)) {
      texts.set(path, text);
      paths.add(path);
    }
    const abilities = { ...this.#abilities, exists: (path: string) => paths.has(path) };
    const wanted = await this.#complete(texts, [...paths], abilities);
    for (const path of texts.keys()) if (!wanted.has(path)) texts.delete(path);
    return this.#withProblems(checkWorkspace(texts, abilities, this.#overlayCache));
  }

  async #checkNow(): Promise<void> {
    const stale = [...this.#stale];
    const isListStale = this.#isListStale || stale.some((path) => path.endsWith('.yaml') || path.endsWith('.yml'));
    this.#stale.clear();
    this.#isListStale = false;
    const before = new Map(stale.map((path) => [path, this.#texts.get(path)]));
    for (const path of stale) await this.#load(path, this.#texts);
    if (isListStale) {
      const wanted = await this.#complete(this.#texts, [...this.#index.paths()], this.#abilities);
      for (const path of this.#texts.keys()) if (!wanted.has(path)) this.#texts.delete(path);
    }
    // Something changed while texts were read: the caller's loop starts again.
    if (this.#stale.size > 0 || this.#isListStale) return;
    const holds = !isListStale && this.#last !== undefined && stale.every((path) => this.#readsAsBefore(path, before.get(path)));
    this.#last = holds && this.#last !== undefined ? this.#last : checkWorkspace(this.#texts, this.#abilities, this.#cache);
    this.#checked = this.#last;
  }

  /** A Python file matters to the language by the signatures of its entries alone: most edits leave them where they are. */
  #readsAsBefore(path: string, before: string | undefined): boolean {
    const { python } = this.#abilities;
    const after = this.#texts.get(path);
    if (python === undefined || before === undefined || after === undefined || this.#last === undefined || !path.endsWith('.py'))
      return false;
    const read = (text: string, name: string): string => JSON.stringify(this.#cache.readEntry(python, path, text, name));
    return toEntries(this.#last, path).every((name) => read(before, name) === read(after, name));
  }

  /** Loads what is wanted until nothing new is. Answers the wanted paths. */
  async #complete(texts: Texts, paths: readonly string[], abilities: CheckAbilities): Promise<ReadonlySet<string>> {
    let wanted: ReadonlySet<string> = new Set();
    for (let round = 0; round < ROUNDS; round += 1) {
      wanted = new Set(wantedFiles(texts, paths, abilities, this.#cache));
      const missing = [...wanted].filter((path) => !texts.has(path));
      if (missing.length === 0) return wanted;
      for (const path of missing) await this.#load(path, texts);
    }
    return wanted;
  }

  async #load(path: string, texts: Texts): Promise<void> {
    const bytes = this.#index.has(path) ? await this.#index.read(path) : undefined;
    if (bytes !== undefined) texts.set(path, new TextDecoder().decode(bytes));
    else if (this.#index.has(path)) await this.#loadChanged(path, texts);
    else texts.delete(path);
  }

  /** The file is newer than the index: its change is on the way, and this check will be repeated. */
  async #loadChanged(path: string, texts: Texts): Promise<void> {
    await this.#index.update([path]);
    const bytes = await this.#index.read(path);
    if (bytes === undefined) texts.delete(path);
    else texts.set(path, new TextDecoder().decode(bytes));
  }

  #withProblems(result: CheckedWorkspace): Checked {
    const problems = [...this.#index.problems.values()].map(toProblemDiagnostic);
    return problems.length === 0 ? result : { ...result, diagnostics: [...result.diagnostics, ...problems] };
  }
}

/** Functions of a Python file that are entries of modules or datasets. */
function toEntries({ model }: CheckedWorkspace, path: string): readonly string[] {
  const isHere = (folder: string, file: string): boolean => joinPath(folder, file) === path;
  const toEntry = (dataset: DatasetDefinition | undefined): Entry | undefined =>
    dataset?.source.kind === 'python' ? dataset.source.entry : undefined;
  const modules = [...model.modules.values()].filter(({ folder, value }) => value !== undefined && isHere(folder, value.entry.file));
  const datasets = [...model.datasets.values()].filter(({ folder, value }) => {
    const entry = toEntry(value);
    return entry !== undefined && isHere(folder, entry.file);
  });
  return [
    ...modules.flatMap(({ value }) => value?.entry.function ?? []),
    ...datasets.flatMap(({ value }) => toEntry(value)?.function ?? []),
  ];
}

function toProblemDiagnostic(problem: IndexProblem): Diagnostic {
  const range = { start: START, end: START };
  return {
    file: problem.path === '' ? MANIFEST_FILE : problem.path,
    range,
    severity: problem.severity,
    code: problem.code,
    message: problem.message,
  };
}

/** Globs of `cairn.yaml` over paths. */
export function createGlobMatcher(): (path: string, glob: string) => boolean {
  const matchers = new Map<string, (path: string) => boolean>();
  const toMatcher = (glob: string): ((path: string) => boolean) => {
    const known = matchers.get(glob);
    if (known !== undefined) return known;
    const made = isSafeGlob(glob) ? picomatch(glob, { dot: false, nonegate: true, noextglob: true, nobracket: true }) : () => false;
    matchers.set(glob, made);
    return made;
  };
  return (path, glob) => toMatcher(glob)(path);
}

/** What the language can't do itself, over the files of an index. */
function createCheckAbilities(index: FileIndex, python: PythonReader | undefined): CheckAbilities {
  return { matchesGlob: createGlobMatcher(), exists: (path) => index.has(path), python };
}

/** Globs become regular expressions; few stars keep their matching time small for any path. */
function isSafeGlob(glob: string): boolean {
  return glob.length <= 256 && (glob.match(/\*+/g)?.length ?? 0) <= 6;
}
