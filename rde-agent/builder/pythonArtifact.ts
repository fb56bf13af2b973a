import picomatch from 'picomatch';
import { toCanonicalJson } from '../../language/model/json.ts';
import type { Diagnostic } from '../../language/model/diagnostic.ts';
import type { Entry } from '../../language/model/module.ts';
import type { Digest } from '../../language/model/names.ts';
import { CairnError } from '../protocol/errors.ts';
import type { ArtifactManifest, TreeFile } from '../protocol/pinned.ts';
import { toDigest } from './digest.ts';
import { type FolderNode, type IndexCounters, walkFiles } from './folderNode.ts';

const MODULE_FILE = 'module.yaml';
const LIBRARY_FILE = 'library.yaml';

/** files and bytes of one artifact */
const MAX_FILES = 10_000;
const MAX_BYTES = 268_435_456;
const MAX_PATH = 1024;

/** What is built: a module, a library, or what a dataset is made of (its loader, or the file that it is). */
export interface BuildTarget {
  readonly kind: 'module' | 'dataset' | 'library';
  readonly name: string;
  /** relative to the root */
  readonly folder: string;
  /** `undefined` = nothing of it is called: a library, a dataset that the agent fetches */
  readonly entry: Entry | undefined;
  /** folders and files inside that belong to others or do not run: nested modules, tests */
  readonly skip: ReadonlySet<string>;
  /** globs relative to the folder: only what they match is packed; `undefined` = what the kind says */
  readonly include?: readonly string[];
  /** absent = Python */
  readonly language?: 'typescript';
  /** TypeScript: folders that imports of these names mean */
  readonly libraries?: readonly { readonly import: string; readonly folder: string }[];
  /** what forbids a build before it is tried */
  readonly problems?: readonly Diagnostic[];
}

/** A built artifact. `bytes` is the manifest's canonical JSON, `digest` its name. */
export interface Artifact {
  readonly digest: Digest;
  readonly manifest: ArtifactManifest;
  readonly bytes: Uint8Array;
  /** sum of the files' sizes */
  readonly size: number;
  /** of files that are made by the build, not taken from the tree; absent = none */
  readonly contents?: ReadonlyMap<Digest, Uint8Array>;
  /** a manifest of the part of the files that decides results; absent = all of them */
  readonly code?: { readonly digest: Digest; readonly bytes: Uint8Array };
}

/**
 * Packs a folder of the index into an artifact: sorted files with their digests, nothing of when or where. Reads nothing: the
 * index has the digests.
 *
 * The contract's own file is not in it. What the contract means reaches the cache key by its own part, so that a new
 * description or another memory limit makes no other code of the same code.
 *
 * Throws CairnError `build-failed`: the entry's file is not there, or a limit is passed (the message names the largest files).
 */
function packArtifact(target: BuildTarget, folder: FolderNode): Artifact {
  const files = collectFiles(target, folder);
  const { name, kind, entry } = target;
  if (entry !== undefined && !files.some((file) => file.path === entry.file)) {
    throw new CairnError('build-failed', `${name}: its entry ${entry.file} is not in ${target.folder === '' ? 'the root' : target.folder}`);
  }
  const called = { file: entry?.file ?? '', function: entry?.function ?? '' };
  const manifest: ArtifactManifest = { v: 1, kind, name, language: target.language ?? 'python', entry: called, files };
  const text = toCanonicalJson(manifest);
  return { digest: toDigest(text), manifest, bytes: new TextEncoder().encode(text), size: files.reduce((sum, file) => sum + file.size, 0) };
}

function collectFiles(target: BuildTarget, folder: FolderNode): readonly TreeFile[] {
  const files: TreeFile[] = [];
  const isPacked = toPacked(target);
  let bytes = 0;
  for (const { path, file } of walkFiles(folder, target.skip)) {
    const relative = target.folder === '' ? path : path.slice(target.folder.length + 1);
    if (target.skip.has(path) || !isPacked(relative)) continue;
    if (relative.length > MAX_PATH)
      throw new CairnError('build-failed', `${target.name}: the path ${relative.slice(0, 80)}… has more than ${MAX_PATH} characters`);
    files.push({ path: relative, mode: file.stat.mode, digest: file.digest, size: file.stat.size });
    bytes += file.stat.size;
  }
  if (files.length > MAX_FILES || bytes > MAX_BYTES) throw toLimitError(target, files, bytes);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A dataset's loader is its Python files; a module or a library is everything in its folder but its own definition. */
function toPacked({ kind, include }: BuildTarget): (relative: string) => boolean {
  const isWanted = include === undefined ? undefined : picomatch([...include], { dot: false });
  if (kind === 'dataset') return isWanted ?? ((relative) => relative.endsWith('.py'));
  return (relative) => relative !== MODULE_FILE && relative !== LIBRARY_FILE && (isWanted?.(relative) ?? true);
}

function toLimitError(target: BuildTarget, files: readonly TreeFile[], bytes: number): CairnError {
  const largest = files.toSorted((a, b) => b.size - a.size).slice(0, 3);
  const names = largest.map((file) => `${file.path} (${file.size} bytes)`).join(', ');
  return new CairnError(
    'build-failed',
    `${target.name} has ${files.length} files and ${bytes} bytes; the limits are ${MAX_FILES} and ${MAX_BYTES}. The largest: ${names}`,
    {
      next: 'Leave data out with a `.cairnignore`, and read it as a dataset.',
    },
  );
}

/** Seconds of one build. `detect` is given by the watcher: from the event until the index knew. */
export interface BuildStages {
  readonly detect: number;
  readonly hash: number;
  readonly pack: number;
}

export type BuildResult =
  | { readonly kind: 'built'; readonly artifact: Artifact; readonly rebuilt: boolean; readonly stages: BuildStages }
  /** `last`: the artifact of the last state that could be built. */
  | { readonly kind: 'failed'; readonly error: CairnError; readonly last: Artifact | undefined };

interface BuiltState {
  readonly folder: Digest | undefined;
  readonly target: string;
  readonly artifact: Artifact;
}

const NO_STAGES: BuildStages = { detect: 0, hash: 0, pack: 0 };

/**
 * The resident builder of Python modules. It remembers for each module the digest of its folder: an unchanged module costs a
 * comparison of two texts. A failing build keeps the last good artifact.
 */
export class PythonBuilder {
  readonly #built = new Map<string, BuiltState>();
  readonly #counters: IndexCounters;

  constructor(counters: IndexCounters) {
    this.#counters = counters;
  }

  build(target: BuildTarget, folder: FolderNode | undefined, detect: number): BuildResult {
    const key = `${target.kind}:${target.name}`;
    const before = this.#built.get(key);
    try {
      const started = performance.now();
      const digest = folder?.digest(this.#counters);
      const hashed = performance.now();
      const identity = toTargetText(target);
      if (before !== undefined && before.folder === digest && before.target === identity)
        return { kind: 'built', artifact: before.artifact, rebuilt: false, stages: NO_STAGES };
      if (folder === undefined) throw new CairnError('build-failed', `${target.name}: its folder ${target.folder} is not there`);
      const artifact = packArtifact(target, folder);
      this.#built.set(key, { folder: digest, target: identity, artifact });
      const stages = { detect, hash: (hashed - started) / 1000, pack: (performance.now() - hashed) / 1000 };
      return { kind: 'built', artifact, rebuilt: before?.artifact.digest !== artifact.digest, stages };
    } catch (error) {
      if (error instanceof CairnError) return { kind: 'failed', error, last: before?.artifact };
      throw error;
    }
  }

  last(target: { readonly kind: BuildTarget['kind']; readonly name: string }): Artifact | undefined {
    return this.#built.get(`${target.kind}:${target.name}`)?.artifact;
  }
}

/** Everything of a target that its artifact depends on beside its files. */
export function toTargetText(target: BuildTarget): string {
  return [target.folder, target.entry?.file, target.entry?.function, ...(target.include ?? []), ...[...target.skip].sort()].join('\n');
}
