import { z } from 'zod';
import { isDigest, type Digest } from '../../language/model/names.ts';
import { CairnError } from '../protocol/errors.ts';
import type { ArtifactManifest } from '../protocol/pinned.ts';
import type { BlobCache } from './blobCache.ts';

const DigestText = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'not a digest');

/** Relative, with `/`, and never out of its folder. */
const RelativePath = z.string().min(1).max(4096).refine(isInside, 'not a path inside the folder');

const TreeFile = z.object({
  path: RelativePath,
  mode: z.union([z.literal(0o644), z.literal(0o755)]),
  digest: DigestText,
  size: z.int().min(0),
});

const Manifest = z.object({
  v: z.literal(1),
  kind: z.enum(['module', 'dataset', 'library']),
  name: z.string(),
  language: z.enum(['python', 'typescript']),
  /** a library has none */
  entry: z.object({ file: z.union([z.literal(''), RelativePath]), function: z.string() }),
  files: z.array(TreeFile),
});

/** A directory output: files sorted by path. `mode` is absent where the runner does not say it. */
const Directory = z.object({
  v: z.literal(1),
  files: z.array(z.object({ path: RelativePath, mode: z.int().optional(), digest: DigestText, size: z.int().min(0).optional() })),
});
export type DirectoryManifest = z.infer<typeof Directory>;

/** Manifests of artifacts, parsed once and kept. */
export class Manifests {
  readonly #blobs: BlobCache;
  readonly #known = new Map<string, ArtifactManifest>();

  constructor(blobs: BlobCache) {
    this.#blobs = blobs;
  }

  /** It was deleted: who refers to it has to bring it again. */
  forget(artifact: string): void {
    this.#known.delete(artifact);
  }

  known(artifact: string): ArtifactManifest | undefined {
    return this.#known.get(artifact);
  }

  /** Takes a manifest's bytes. Throws `invalid-request` when they are not one. */
  take(artifact: Digest, bytes: Uint8Array): ArtifactManifest {
    const manifest = Manifest.safeParse(parseJson(bytes));
    if (!manifest.success) throw new CairnError('invalid-request', `${artifact} is not an artifact: ${z.prettifyError(manifest.error)}`);
    this.#known.set(artifact, manifest.data);
    return manifest.data;
  }

  /** Rejects with `unknown-blob` or `invalid-request`. */
  async load(artifact: Digest): Promise<ArtifactManifest> {
    const known = this.#known.get(artifact);
    if (known !== undefined) return known;
    const bytes = await this.#blobs.read(artifact);
    if (bytes === undefined) throw new CairnError('unknown-blob', `artifact ${artifact} is not here`);
    return this.take(artifact, bytes);
  }
}

/** `undefined` = these bytes are not a manifest of a directory. */
export function parseDirectory(bytes: Uint8Array): DirectoryManifest | undefined {
  const parsed = Directory.safeParse(parseJson(bytes));
  return parsed.success ? parsed.data : undefined;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // Not JSON: no schema accepts `undefined`, so the caller's message says what was expected.
    return undefined;
  }
}

function isInside(path: string): boolean {
  return (
    !path.startsWith('/') &&
    !path.includes('\0') &&
    !path.includes('\\') &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}
