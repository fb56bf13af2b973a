import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Digest } from '../../language/model/names.ts';

/** Texts by path; `null` = there is no such file. */
export type Change = { readonly [path: string]: string | null };

/** A folder of first-party code that is edited in place and put back: what ran before and after lies at one path. */
export class Tree {
  readonly root: string;
  readonly #texts = new Map<string, string>();
  readonly #digests = new Map<string, Digest>();

  constructor(root: string, files: { readonly [path: string]: string }) {
    this.root = root;
    mkdirSync(root, { recursive: true });
    this.change(files);
  }

  /** digest of every file, by path */
  get files(): { readonly [path: string]: Digest } {
    return Object.fromEntries([...this.#digests].sort(([left], [right]) => (left < right ? -1 : 1)));
  }

  text(file: string): string | undefined {
    return this.#texts.get(file);
  }

  /** Answers what undoes it. */
  change(change: Change): Change {
    const back: { [path: string]: string | null } = {};
    for (const [file, text] of Object.entries(change)) {
      back[file] = this.#texts.get(file) ?? null;
      if (text === null) this.#remove(file);
      else this.#write(file, text);
    }
    return back;
  }

  /** A folder without files is not in an artifact. */
  #remove(file: string): void {
    this.#texts.delete(file);
    this.#digests.delete(file);
    let gone = file;
    for (let folder = path.posix.dirname(file); folder !== '.' && !this.#hasFilesIn(folder); folder = path.posix.dirname(folder))
      gone = folder;
    rmSync(path.join(this.root, gone), { recursive: true, force: true });
  }

  #hasFilesIn(folder: string): boolean {
    return [...this.#texts.keys()].some((file) => file.startsWith(`${folder}/`));
  }

  #write(file: string, text: string): void {
    const target = path.join(this.root, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
    this.#texts.set(file, text);
    this.#digests.set(file, `sha256:${createHash('sha256').update(text).digest('hex')}`);
  }
}
