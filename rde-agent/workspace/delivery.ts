import type { Digest } from '../../language/model/names.ts';
import { toDigest } from '../builder/digest.ts';
import type { FileIndex } from '../builder/fileIndex.ts';
import { type FolderNode, joinPath } from '../builder/folderNode.ts';
import type { Artifact, BuildTarget } from '../builder/pythonArtifact.ts';
import { CairnError } from '../protocol/errors.ts';
import type { BlobBytes, RunRole } from '../protocol/roles.ts';
import type { EnvironmentPin } from './environmentPins.ts';

/** Something that a request refers to by digest, and how to get its bytes. `undefined` = it has changed on disk meanwhile. */
interface Parcel {
  readonly digest: Digest;
  readonly load: () => Promise<Uint8Array | undefined>;
}

export interface BuiltArtifact {
  readonly target: BuildTarget;
  readonly artifact: Artifact;
}

/** What one request must bring along. */
export interface DeliveryContent {
  readonly artifacts: readonly BuiltArtifact[];
  readonly environments: readonly EnvironmentPin[];
  /** of the workspace when everything else was decided */
  readonly tree: Digest;
  /** texts that are named by their digests */
  readonly texts?: readonly { readonly digest: Digest; readonly text: string }[];
  /** also the content of every file of the tree, not only its folders */
  readonly wholeTree: boolean;
}

/** The bytes to send. `confirm` is called when the run role has taken them: they are not offered again. */
export interface Delivery {
  readonly blobs: readonly BlobBytes[];
  readonly bytes: number;
  confirm(): void;
}

/** bytes of one request; above it a person must decide what to leave out */
const MAX_BYTES = 1_073_741_824;
const LARGEST_SHOWN = 10;

/**
 * Finds what the run role lacks. It remembers what the run role has confirmed, so a usual request only looks at the folders above
 * the changed file; everything unknown is asked about in one `missing()`.
 */
export class Courier {
  readonly #index: FileIndex;
  readonly #runRole: RunRole;
  readonly #confirmed = new Set<Digest>();
  /** folders whose files have been sent as well */
  readonly #confirmedWhole = new Set<Digest>();

  constructor(index: FileIndex, runRole: RunRole) {
    this.#index = index;
    this.#runRole = runRole;
  }

  /** `undefined`: a file changed while it was collected; update the index and start again. */
  async collect(content: DeliveryContent): Promise<Delivery | undefined> {
    const parcels = new Map<Digest, Parcel>();
    const folders: Digest[] = [];
    const top = this.#index.folder('');
    if (top === undefined || this.#index.tree() !== content.tree) return undefined;
    this.#addTree(top, content.wholeTree, parcels, folders);
    for (const built of content.artifacts) this.#addArtifact(built, parcels);
    for (const environment of content.environments) this.#addLock(environment, parcels);
    for (const { digest, text } of content.texts ?? []) {
      if (!this.#confirmed.has(digest)) parcels.set(digest, { digest, load: () => Promise.resolve(toBytes(text, digest)) });
    }
    const missing = new Set(this.#runRole.missing([...parcels.keys()]));
    if (content.wholeTree) this.#refuseTooMuch(missing);
    const blobs: BlobBytes[] = [];
    for (const parcel of parcels.values()) {
      if (!missing.has(parcel.digest)) continue;
      const bytes = await parcel.load();
      if (bytes === undefined) return undefined;
      blobs.push({ digest: parcel.digest, bytes });
    }
    return {
      blobs,
      bytes: blobs.reduce((sum, blob) => sum + blob.bytes.length, 0),
      confirm: () => this.#confirm(parcels.keys(), folders, content.wholeTree),
    };
  }

  /** Whether anything is left out of requests because it was confirmed before. */
  get knowsAny(): boolean {
    return this.#confirmed.size > 0;
  }

  /** The run role said that something is not there after all: everything is offered again. */
  forget(): void {
    this.#confirmed.clear();
    this.#confirmedWhole.clear();
  }

  #confirm(digests: Iterable<Digest>, folders: readonly Digest[], wholeTree: boolean): void {
    for (const digest of digests) this.#confirmed.add(digest);
    if (wholeTree) for (const folder of folders) this.#confirmedWhole.add(folder);
  }

  #addTree(folder: FolderNode, whole: boolean, parcels: Map<Digest, Parcel>, folders: Digest[]): void {
    const { counters } = this.#index;
    const digest = folder.digest(counters);
    if ((whole ? this.#confirmedWhole : this.#confirmed).has(digest)) return;
    folders.push(digest);
    parcels.set(digest, { digest, load: () => Promise.resolve(toBytes(folder.text(counters), digest)) });
    for (const child of folder.folders.values()) if (child.count > 0) this.#addTree(child, whole, parcels, folders);
    if (whole) for (const file of folder.files.values()) this.#addFile(joinPath(folder.path, file.name), file.digest, parcels);
  }

  #addArtifact({ target, artifact }: BuiltArtifact, parcels: Map<Digest, Parcel>): void {
    if (this.#confirmed.has(artifact.digest)) return;
    for (const file of artifact.manifest.files) {
      const made = artifact.contents?.get(file.digest);
      if (made === undefined) this.#addFile(joinPath(target.folder, file.path), file.digest, parcels);
      else parcels.set(file.digest, { digest: file.digest, load: () => Promise.resolve(made) });
    }
    const { code } = artifact;
    if (code !== undefined) parcels.set(code.digest, { digest: code.digest, load: () => Promise.resolve(code.bytes) });
    parcels.set(artifact.digest, { digest: artifact.digest, load: () => Promise.resolve(artifact.bytes) });
  }

  #addFile(path: string, digest: Digest, parcels: Map<Digest, Parcel>): void {
    if (this.#confirmed.has(digest) || parcels.has(digest)) return;
    parcels.set(digest, {
      digest,
      load: async () => (this.#index.file(path)?.digest === digest ? this.#index.read(path) : this.#index.contents.get(digest)),
    });
  }

  #addLock({ pinned, lock }: EnvironmentPin, parcels: Map<Digest, Parcel>): void {
    const digest = pinned.lock;
    if (digest === null || lock === null || this.#confirmed.has(digest)) return;
    parcels.set(digest, { digest, load: () => Promise.resolve(toBytes(lock, digest)) });
  }

  #refuseTooMuch(missing: ReadonlySet<Digest>): void {
    let total = 0;
    const files: { readonly path: string; readonly size: number }[] = [];
    for (const path of this.#index.paths()) {
      const file = this.#index.file(path);
      if (file === undefined || !missing.has(file.digest)) continue;
      total += file.size;
      files.push({ path, size: file.size });
    }
    if (total <= MAX_BYTES) return;
    const largest = files.sort((a, b) => b.size - a.size).slice(0, LARGEST_SHOWN);
    const names = largest.map((file) => `${file.path} (${file.size} bytes)`).join(', ');
    throw new CairnError(
      'limit-exceeded',
      `a push of ${files.length} files and ${total} bytes; the limit is ${MAX_BYTES}. The largest: ${names}`,
      {
        next: 'Leave data out with a `.cairnignore`, and read it as a dataset.',
      },
    );
  }
}

/** `undefined` when the text is not (any more) what the digest names. */
function toBytes(text: string, digest: Digest): Uint8Array | undefined {
  const bytes = new TextEncoder().encode(text);
  return toDigest(bytes) === digest ? bytes : undefined;
}
