import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { MANIFEST_FILE } from '../model/workspace.ts';
import type { PythonReader } from '../python/pythonReader.ts';
import type { CheckAbilities } from '../service/abilities.ts';
import { createCheckCache } from '../service/checkCache.ts';
import { checkWorkspace, type CheckedWorkspace } from '../service/checkWorkspace.ts';
import { toNamedPath, wantedFiles } from '../service/wantedFiles.ts';
import { FolderFiles } from './folderFiles.ts';
import { createGlobMatcher } from './globs.ts';

/** Rounds of asking which files a check wants: manifest, definitions, entries; one more for an edit that changes them. */
const ROUNDS = 4;

/**
 * One workspace as the editor sees it: texts of open documents over files on disk, and the check of them. Nothing is checked before
 * somebody asks; what did not change is not checked again.
 */
export class ServerWorkspace {
  readonly root: string;
  readonly #files: FolderFiles;
  readonly #open = new Map<string, string>();
  readonly #texts = new Map<string, string>();
  readonly #cache = createCheckCache();
  readonly #abilities: CheckAbilities;
  #checked: CheckedWorkspace | undefined;
  #isListStale = true;

  constructor(root: string, python: PythonReader | undefined) {
    this.root = root;
    this.#files = new FolderFiles(root);
    this.#abilities = {
      python,
      matchesGlob: createGlobMatcher(),
      exists: (path) => this.#open.has(path) || this.#files.paths.has(path),
    };
  }

  get abilities(): CheckAbilities {
    return this.#abilities;
  }

  /** Texts that the check reads, by path; true after `check`. */
  get texts(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  /** The text of any file of the workspace, an open document's first. */
  textOf(path: string): string | undefined {
    return this.#open.get(path) ?? this.#texts.get(path) ?? (this.#files.paths.has(path) ? this.#files.read(path) : undefined);
  }

  toPath(file: string): string {
    return relative(this.root, file).split(sep).join('/');
  }

  toFile(path: string): string {
    return join(this.root, ...path.split('/'));
  }

  /** A document was opened or typed in: from now on its text counts and not the file's. */
  setDocument(path: string, text: string): void {
    const isNew = !this.#open.has(path) && !this.#files.paths.has(path);
    this.#open.set(path, text);
    if (isNew) this.#isListStale = true;
    this.#replace(path, text);
  }

  /** A document was closed: the file counts again. */
  closeDocument(path: string): void {
    if (!this.#open.delete(path)) return;
    if (!this.#files.paths.has(path)) this.#isListStale = true;
    this.#reload(path);
  }

  /** Files have changed, come or gone on disk. */
  filesChanged(paths: readonly string[]): void {
    if (this.#files.update(paths)) {
      this.#isListStale = true;
      this.#checked = undefined;
    }
    for (const path of paths) if (!this.#open.has(path)) this.#reload(path);
  }

  check(): CheckedWorkspace {
    if (this.#checked !== undefined) return this.#checked;
    if (this.#isListStale) this.#complete();
    this.#checked = checkWorkspace(this.#texts, this.#abilities, this.#cache);
    return this.#checked;
  }

  #reload(path: string): void {
    if (!this.#texts.has(path)) return;
    const text = this.#files.paths.has(path) ? this.#files.read(path) : undefined;
    if (text !== undefined) return this.#replace(path, text);
    this.#texts.delete(path);
    this.#isListStale = true;
    this.#checked = undefined;
  }

  #replace(path: string, text: string): void {
    if (this.#texts.get(path) === text) return;
    if (!this.#texts.has(path) && !this.#isListStale) return;
    this.#checked = undefined;
    if (!this.#texts.has(path)) return;
    const before = this.#isListStale ? undefined : this.#named(path);
    this.#texts.set(path, text);
    // Another entry or other patterns may want other files.
    if (path === MANIFEST_FILE || (!this.#isListStale && this.#named(path) !== before)) this.#isListStale = true;
  }

  #named(path: string): string | undefined {
    return toNamedPath(this.#texts, path, this.#abilities, this.#cache);
  }

  #complete(): void {
    this.#isListStale = false;
    const paths = this.#allPaths();
    for (let round = 0; round < ROUNDS; round += 1) {
      const wanted = new Set(wantedFiles(this.#texts, paths, this.#abilities, this.#cache));
      const missing = [...wanted].filter((path) => !this.#texts.has(path));
      for (const path of missing) this.#texts.set(path, this.#open.get(path) ?? this.#files.read(path) ?? '');
      if (missing.length > 0) continue;
      for (const path of this.#texts.keys()) if (!wanted.has(path)) this.#texts.delete(path);
      return;
    }
  }

  #allPaths(): readonly string[] {
    const unsaved = [...this.#open.keys()].filter((path) => !this.#files.paths.has(path) && this.#files.accepts(path));
    return unsaved.length === 0 ? [...this.#files.paths] : [...this.#files.paths, ...unsaved];
  }
}

/** The nearest folder above a file that holds a `cairn.yaml`. */
export function findRoot(file: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, MANIFEST_FILE))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}
