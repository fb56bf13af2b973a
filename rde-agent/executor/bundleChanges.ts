import type { Digest } from '../../language/model/names.ts';
import { compareBundles } from '../engine/bundle/compareBundles.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { ArtifactManifest } from '../protocol/pinned.ts';
import type { Reason } from '../protocol/reason.ts';
import type { ReadSource } from '../protocol/roles.ts';
import type { Manifests } from './manifests.ts';

/** pairs of bundles that are remembered */
const REMEMBERED = 4096;
/** bytes of a bundle above which nothing of it is named: it would take longer than the answer is worth */
const LARGEST = 4_194_304;

/** What of a TypeScript module has changed between two bundles, for reasons alone: nothing of it decides what is reused. */
export class BundleChanges {
  readonly #manifests: Manifests;
  readonly #known = new Map<string, readonly Reason[]>();

  constructor(manifests: Manifests) {
    this.#manifests = manifests;
  }

  /** `unknown` = `learn` it first; `undefined` = it is no bundle, or nothing of it can be named. */
  find(entry: CachedResult, node: TaskNode): readonly Reason[] | 'unknown' | undefined {
    const name = toName(entry, node);
    if (name === undefined) return undefined;
    const found = this.#known.get(name);
    if (found === undefined) return 'unknown';
    return found.length === 0 ? undefined : found;
  }

  /** Never rejects: what cannot be read is not named. */
  async learn(entry: CachedResult, node: TaskNode, read: ReadSource): Promise<void> {
    const name = toName(entry, node);
    if (name === undefined || this.#known.has(name)) return;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    // A bundle that is gone must not keep the task from being decided.
    this.#known.set(name, await this.#compare(entry.parts.module.code, node.step.artifact, read).catch(() => []));
  }

  async #compare(before: Digest, after: Digest, read: ReadSource): Promise<readonly Reason[]> {
    const [old, now] = await Promise.all([this.#manifests.load(before), this.#manifests.load(after)]);
    const { file } = now.entry;
    const [was, is, map] = await Promise.all([readText(old, file, read), readText(now, file, read), readText(now, `${file}.map`, read)]);
    return was === undefined || is === undefined ? [] : compareBundles(was, is, map);
  }
}

/** `undefined`: it is no bundle, or the same one. */
function toName({ parts }: CachedResult, { step }: TaskNode): string | undefined {
  if (step.contract.language !== 'typescript' || step.code === undefined || step.code === parts.module.code) return undefined;
  return `${parts.module.code} ${step.artifact}`;
}

async function readText({ files }: ArtifactManifest, path: string, read: ReadSource): Promise<string | undefined> {
  const file = files.find((each) => each.path === path);
  const bytes = file === undefined || file.size > LARGEST ? undefined : await read(file.digest);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}
