import { readdirSync, readFileSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { VIRTUALENV_MARK } from '../../rde-agent/builder/denyList.ts';
import { createIgnoreRules, isIgnoreFile, type IgnoreRules } from '../../rde-agent/builder/ignoreRules.ts';

/** Beyond it a folder is no workspace that anybody meant: what is found first counts. */
const MOST_FILES = 200_000;

/** The files of a workspace as the agent would index them: same deny-list, same ignore files, so that both find the same definitions. */
export class FolderFiles {
  readonly #root: string;
  #rules: IgnoreRules;
  #paths = new Set<string>();

  constructor(root: string) {
    this.#root = root;
    this.#rules = createIgnoreRules(root);
    this.#walk('');
  }

  /** Relative to the root, with `/`. */
  get paths(): ReadonlySet<string> {
    return this.#paths;
  }

  /** The text of a file; `undefined` when it is gone or can't be read. */
  read(path: string): string | undefined {
    try {
      return readFileSync(join(this.#root, path), 'utf8');
    } catch {
      return undefined; // removed since it was listed, or not for us to read: the check goes on without it
    }
  }

  /** Whether a file of this path would be one of the workspace's: an unsaved one is nowhere on disk. */
  accepts(path: string): boolean {
    return !this.#isOut(path, false);
  }

  /** Looks at changed paths again. Answers whether files have come or gone. */
  update(changed: readonly string[]): boolean {
    if (changed.some((path) => isIgnoreFile(path.slice(path.lastIndexOf('/') + 1)))) return this.#walkAgain();
    return changed.map((path) => this.#look(path)).includes(true);
  }

  #walkAgain(): boolean {
    this.#rules = createIgnoreRules(this.#root);
    this.#paths = new Set();
    this.#walk('');
    return true;
  }

  #look(path: string): boolean {
    const stats = statSync(join(this.#root, path), { throwIfNoEntry: false });
    if (stats === undefined) return this.#forget(path);
    if (this.#isOut(path, stats.isDirectory())) return false;
    const before = this.#paths.size;
    if (stats.isDirectory()) this.#walk(path);
    else if (stats.isFile()) this.#paths.add(path);
    return this.#paths.size !== before;
  }

  #forget(path: string): boolean {
    if (this.#paths.delete(path)) return true;
    const inside = [...this.#paths].filter((one) => one.startsWith(`${path}/`));
    for (const one of inside) this.#paths.delete(one);
    this.#rules.forget(path);
    return inside.length > 0;
  }

  /** A file is out where any folder above it is. */
  #isOut(path: string, isFolder: boolean): boolean {
    const parts = path.split('/');
    return parts.some((_, index) => {
      const part = parts.slice(0, index + 1).join('/');
      return this.#rules.judge(part, isFolder || index < parts.length - 1).kind === 'out';
    });
  }

  #walk(folder: string): void {
    const waiting = [folder];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const entries = this.#list(next);
      if (next !== '' && entries.some(({ name }) => name === VIRTUALENV_MARK)) continue;
      this.#rules.load(next);
      for (const entry of entries) {
        const path = next === '' ? entry.name : `${next}/${entry.name}`;
        if (this.#rules.judge(path, entry.isDirectory()).kind === 'out') continue;
        if (entry.isDirectory()) waiting.push(path);
        else if (entry.isFile() && this.#paths.size < MOST_FILES) this.#paths.add(path);
      }
    }
  }

  #list(folder: string): readonly Dirent[] {
    try {
      return readdirSync(join(this.#root, folder), { withFileTypes: true });
    } catch {
      return []; // removed meanwhile, or closed to us: nothing in it can be checked
    }
  }
}
