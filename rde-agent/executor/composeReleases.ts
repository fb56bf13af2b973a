import type { Digest } from '../../language/model/names.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Release } from '../protocol/release.ts';
import type { Affected } from '../protocol/tagDocuments.ts';
import type { Store } from '../store/store.ts';
import type { BlobCache } from './blobCache.ts';
import type { RunLibrary } from './runLibrary.ts';
import { listUses, type TagReferences, toUse } from './tagReferences.ts';
import { TagMoves, type TagMovesOptions } from './tagMoves.ts';

export interface ReleasesOptions extends Omit<TagMovesOptions, 'affected'> {
  readonly references: TagReferences;
  readonly library: () => RunLibrary;
  /** Whether something starts the workflow by itself: its schedule, or a webhook. */
  readonly isStarted: (workflow: string) => boolean;
}

/** Moves of tags, knowing what follows them. */
export function createReleases({ references, library, isStarted, ...options }: ReleasesOptions): TagMoves {
  const affected = async (module: string, tag: string): Promise<Affected> => {
    const { workflows, modules } = await references.find(module, tag);
    return {
      workflows: [...workflows],
      scheduled: workflows.filter(isStarted),
      running: listRunning(library(), toUse(module, tag)),
      modules: [...modules],
    };
  };
  return new TagMoves({ ...options, affected });
}

/** Those that are nested in another are told by it. */
function listRunning({ open }: RunLibrary, use: string): string[] {
  return [...open.values()].flatMap(({ run, submitted, isFinished }) =>
    !isFinished && submitted.origin?.kind !== 'nested' && listUses(submitted.definition).names.has(use) ? [run] : [],
  );
}

/** What tags name, for `resolveTags`. */
export function toTagSources({ projections }: Store, blobs: BlobCache) {
  return {
    tagged: (module: string, tag: string) => projections.tags(module).find((record) => record.tag === tag),
    release: async (digest: Digest): Promise<Release> => {
      const bytes = await blobs.read(digest);
      const value: unknown = bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
      if (isRelease(value)) return value;
      throw new CairnError('unknown-blob', `What was pushed with a tagged version (${digest}) is not here any more`, {
        next: 'Push the module again.',
      });
    },
  };
}

/** Held to its digest, and written by a push: this only tells it from something else. */
function isRelease(value: unknown): value is Release {
  return typeof value === 'object' && value !== null && 'contract' in value && 'environment' in value && 'libraries' in value;
}
