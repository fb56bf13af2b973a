import { chmodSync, copyFileSync, linkSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { toCanonicalJson } from '../../language/model/json.ts';
import { toLibraryImport } from '../../language/model/library.ts';
import type { Digest } from '../../language/model/names.ts';
import type { Hash } from '../engine/hash.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedLibrary, TreeFile } from '../protocol/pinned.ts';
import { SMALL_BLOB } from '../store/store.ts';
import type { BlobCache } from './blobCache.ts';
import { listChanges, toStamps, type FolderStamps } from './folderStamps.ts';
import { parseDirectory, type Manifests } from './manifests.ts';

/** What a task's code is made of: a module and the libraries beside it. A step is one. */
export interface CodeRequest {
  readonly artifact: Digest;
  readonly libraries?: readonly PinnedLibrary[];
}

/** A folder with a module's files, read-only; libraries are in folders of their import names. */
export interface CodeTree {
  readonly root: string;
  readonly entry: { readonly file: string; readonly function: string };
  readonly language: 'python' | 'typescript';
  /** digest of every Python file by its relative path */
  readonly code: { readonly [path: string]: Digest };
  /** the same with absolute paths, to be compiled ahead */
  readonly files: readonly { readonly path: string; readonly digest: Digest }[];
}

interface FolderFile {
  readonly path: string;
  readonly executable: boolean;
  readonly digest: Digest;
}

/** files written before other work gets its turn */
const AT_ONCE = 256;
/** contents whose place is remembered, to be linked instead of written again */
const REMEMBERED = 50_000;

/** Folders made from blobs, named by the digest of what they hold: made once, as a whole or not at all. */
export class CodeTrees {
  readonly #folder: string;
  readonly #blobs: BlobCache;
  readonly #manifests: Manifests;
  readonly #hash: Hash;
  readonly #trees = new Map<string, CodeTree>();
  /** of trees with libraries, by what they are made of */
  readonly #names = new Map<string, Digest>();
  readonly #making = new Map<string, Promise<string>>();
  /** digest and mode → a read-only file with that content */
  readonly #places = new Map<string, string>();
  /** by root: what was laid out there */
  readonly #laid = new Map<string, { readonly files: readonly FolderFile[]; readonly stamps: FolderStamps }>();
  #temporary = 0;

  constructor(folder: string, blobs: BlobCache, manifests: Manifests, hash: Hash) {
    this.#folder = folder;
    this.#blobs = blobs;
    this.#manifests = manifests;
    this.#hash = hash;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) if (name.startsWith('.')) rmSync(join(folder, name), { recursive: true, force: true });
  }

  known(request: CodeRequest): CodeTree | undefined {
    return this.#trees.get(this.#toName(request));
  }

  /** Rejects with `unknown-blob` (content is missing) or `invalid-request` (not an artifact). */
  async ensure(request: CodeRequest): Promise<CodeTree> {
    const name = this.#toName(request);
    const known = this.#trees.get(name);
    if (known !== undefined) return known;
    const { entry, language, files: own } = await this.#manifests.load(request.artifact);
    const files = [...toFiles(own, ''), ...(await this.#filesOf(request.libraries ?? []))];
    const root = await this.#folderOf(name, files);
    const python = files.filter((file) => file.path.endsWith('.py'));
    const tree: CodeTree = {
      root,
      entry,
      language,
      code: Object.fromEntries(python.map((file) => [file.path, file.digest])),
      files: python.map((file) => ({ path: join(root, file.path), digest: file.digest })),
    };
    this.#trees.set(name, tree);
    return tree;
  }

  async #filesOf(libraries: readonly PinnedLibrary[]): Promise<readonly FolderFile[]> {
    const files: FolderFile[] = [];
    for (const { name, artifact } of libraries) {
      const manifest = await this.#manifests.load(artifact);
      files.push(...toFiles(manifest.files, `${toLibraryImport(name)}/`));
    }
    return files;
  }

  /** Without libraries the artifact's own, so that folders of before are still found. */
  #toName({ artifact, libraries = [] }: CodeRequest): Digest {
    if (libraries.length === 0) return artifact;
    const text = `${artifact} ${libraries.map((library) => `${library.name} ${library.artifact}`).join(' ')}`;
    let name = this.#names.get(text);
    if (name === undefined) this.#names.set(text, (name = this.#hash(toCanonicalJson(['cairn/tree/v1', text]))));
    return name;
  }

  /** The folder of a directory output, by the digest of its manifest. */
  async ensureDirectory(manifest: Digest): Promise<string> {
    const bytes = await this.#blobs.read(manifest);
    const directory = bytes && parseDirectory(bytes);
    if (directory === undefined) throw new CairnError('unknown-blob', `the manifest ${manifest} of a directory is not here`);
    return this.#folderOf(
      manifest,
      directory.files.map((file) => ({ path: file.path, executable: file.mode === 0o755, digest: file.digest })),
    );
  }

  /**
   * After a task had a folder in its hands: puts back what it wrote, removed or added, and answers those paths. No mode keeps out a task
   * that may change modes. Rejects with `unknown-blob` when the content itself is gone.
   */
  async restore(root: string): Promise<readonly string[]> {
    const laid = this.#laid.get(root);
    if (laid === undefined) return [];
    const changed = await listChanges(root, laid.stamps);
    if (changed.length === 0) return changed;
    // A linked twin has the same content, so the damaged one.
    this.#places.clear();
    for (const path of changed) rmSync(join(root, path), { recursive: true, force: true });
    mkdirSync(root, { recursive: true, mode: 0o755 });
    for (const file of laid.files) if (changed.includes(file.path)) await this.#place(file, join(root, file.path));
    this.#remember(root, laid.files);
    return changed;
  }

  #folderOf(digest: Digest, files: readonly FolderFile[]): Promise<string> {
    const known = this.#making.get(digest);
    if (known !== undefined) return known;
    const making = this.#make(join(this.#folder, digest.slice('sha256:'.length)), files);
    this.#making.set(digest, making);
    // A failed attempt is not remembered: the next one may find what was missing.
    making.catch(() => this.#making.delete(digest));
    return making;
  }

  async #make(target: string, files: readonly FolderFile[]): Promise<string> {
    if (await this.#isIntact(target, files)) return target;
    rmSync(target, { recursive: true, force: true });
    const temporary = join(this.#folder, `.${this.#temporary++}`);
    mkdirSync(temporary, { recursive: true, mode: 0o755 });
    try {
      for (const [index, file] of files.entries()) {
        await this.#place(file, join(temporary, file.path));
        if (index % AT_ONCE === AT_ONCE - 1) await new Promise(setImmediate);
      }
      renameSync(temporary, target);
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      throw error;
    }
    this.#remember(target, files);
    return target;
  }

  async #place(file: FolderFile, path: string): Promise<void> {
    if (file.path.includes('/')) mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    const twin = this.#places.get(toPlace(file));
    if (twin !== undefined && tryLink(twin, path)) return;
    const bytes = this.#blobs.peek(file.digest) ?? (await this.#blobs.read(file.digest));
    if (bytes === undefined) throw new CairnError('unknown-blob', `the content of ${file.path} is not here`);
    const mode = file.executable ? 0o555 : 0o444;
    if (bytes.length <= SMALL_BLOB) return writeFileSync(path, bytes, { mode });
    const source = await this.#blobs.toPath(file.digest);
    // An executable needs a mode of its own, so it cannot share the blob's file.
    if (!file.executable && tryLink(source, path)) return;
    copyFileSync(source, path);
    chmodSync(path, mode);
  }

  /** A folder that an earlier agent left is believed only after its content was read: power may have failed while it was written. */
  async #isIntact(target: string, files: readonly FolderFile[]): Promise<boolean> {
    if (lstatSync(target, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
    for (const file of files) {
      const bytes = await readFile(join(target, file.path)).catch(() => undefined);
      if (bytes === undefined || this.#hash(bytes) !== file.digest) return false;
    }
    this.#remember(target, files);
    return (await this.restore(target)).length === 0;
  }

  #remember(root: string, files: readonly FolderFile[]): void {
    const paths = files.map((file) => file.path);
    this.#laid.set(root, { files, stamps: toStamps(root, paths) });
    if (this.#places.size > REMEMBERED) this.#places.clear();
    for (const file of files) this.#places.set(toPlace(file), join(root, file.path));
  }
}

function toFiles(files: readonly TreeFile[], folder: string): readonly FolderFile[] {
  return files.map((file) => ({ path: folder + file.path, executable: file.mode === 0o755, digest: file.digest }));
}

function toPlace(file: FolderFile): string {
  return `${file.digest}${file.executable ? 'x' : ''}`;
}

/** False where the file system has no such link, or no more of them: the content is then written. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    // EMLINK, EXDEV, EPERM or a twin that was deleted: all answered by writing the content.
    return false;
  }
}
