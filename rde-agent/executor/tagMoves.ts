import { toCanonicalJson } from '../../language/model/json.ts';
import { toNearestName } from '../../language/model/nearNames.ts';
import { isTagName, type Digest } from '../../language/model/names.ts';
import { toTagStream, type CatalogEvent } from '../protocol/catalogEvents.ts';
import type { Clock } from '../protocol/clock.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Release } from '../protocol/release.ts';
import type { PushedFile, ReleaseRole } from '../protocol/roles.ts';
import type { Affected, TagMovedDocument, TagMove, TagsDocument } from '../protocol/tagDocuments.ts';
import type { Principal } from '../protocol/who.ts';
import type { Append, Store, TagRecord } from '../store/store.ts';
import type { Access } from './access.ts';
import type { Received } from './received.ts';
import type { Requests, ToRecord } from './requests.ts';
import { toScope } from './scopes.ts';
import { findBefore, toMoves, type PastMove, type Version } from './tagHistory.ts';

export interface TagMovesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly access: Access;
  readonly requests: Requests;
  readonly received: () => Received;
  /** Nothing else moves a tag while the work is done. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Rejects with `unknown-blob`. */
  readonly release: (digest: Digest) => Promise<Release>;
  /** What follows a tag. */
  readonly affected: (module: string, tag: string) => Promise<Affected>;
  readonly assertOpen: () => void;
}

/** moves only with pushes and a green pipeline; only by promotion and its rollback */
const PUSH_TAG = 'latestAlpha';
const PROMOTED_TAG = 'latest';

interface Planned {
  readonly module: string;
  readonly tag: string;
  readonly before: TagRecord | undefined;
  readonly version: Version;
  readonly how: TagMove['how'];
  readonly commit?: string;
  readonly reviewer?: string;
}

/** Moves of tags by people. Each is one event of the module's stream; several of one request are one transaction. */
export class TagMoves implements ReleaseRole {
  readonly #options: TagMovesOptions;

  constructor(options: TagMovesOptions) {
    this.#options = options;
  }

  tags({ module, history }: Parameters<ReleaseRole['tags']>[0], who: Principal): TagsDocument {
    const { store, access } = this.#options;
    access.askAgent(who);
    const records = module === undefined ? store.projections.allTags() : this.#find(module);
    const tags = records.map((record) => {
      const { module: name, tag, artifact, generation, at, by } = record;
      const commit = store.projections.artifact(artifact)?.commit ?? null;
      const moves = history ? { history: this.#moves(name).flatMap((past) => (past.tag === tag ? [past.move] : [])) } : {};
      return { module: name, tag, artifact, generation, at, by, commit, ...toNewestFirst(moves) };
    });
    return { v: 1, tags };
  }

  async find(module: string, tag: string): Promise<Release | undefined> {
    const { store, release } = this.#options;
    const found = store.projections.tags(module).find((record) => record.tag === tag)?.release;
    return found === undefined ? undefined : release(found);
  }

  async files(artifact: Digest): Promise<readonly PushedFile[]> {
    const received = this.#options.received();
    const { name, files } = await received.artifact(artifact, artifact);
    return Promise.all(
      files.map(async ({ path, mode, digest }): Promise<PushedFile> => {
        const bytes = await received.read(digest);
        if (bytes === undefined) throw new CairnError('unknown-blob', `${path} of ${name} (${artifact}) is not here any more`);
        return { path, mode, bytes };
      }),
    );
  }

  move(request: Parameters<ReleaseRole['move']>[0], who: Principal): Promise<TagMovedDocument> {
    const { module, tag, to, expect } = request;
    assertTeamTag(tag);
    return this.#carryOut('move', request, who, () => {
      const tags = this.#find(module);
      return [{ module, tag, before: this.#before(tags, tag, expect), version: this.#toVersion(module, tags, to), how: 'tag' }];
    });
  }

  rollback(request: Parameters<ReleaseRole['rollback']>[0], who: Principal): Promise<TagMovedDocument> {
    const { module, tag, to, expect } = request;
    return this.#carryOut('rollback', request, who, () => {
      const tags = this.#find(module);
      const before = this.#before(tags, tag, expect);
      if (before === undefined) throw toUnknownTag(module, tag, tags);
      const moves = this.#moves(module);
      const version = to === undefined ? findBefore(moves, tag) : this.#toEarlier(module, tag, moves, tags, to);
      if (version === undefined)
        throw new CairnError('invalid-request', `${module}@${tag} has named nothing before ${before.artifact}`, {
          next: `See its moves with \`cairn tags ${module} --history\`.`,
        });
      return [{ module, tag, before, version, how: 'rollback' }];
    });
  }

  promote(
    request: Parameters<ReleaseRole['promote']>[0],
    who: Principal,
    verify: Parameters<ReleaseRole['promote']>[2],
  ): Promise<TagMovedDocument> {
    const { modules, from, reviewer } = request;
    return this.#carryOut('promote', request, who, async () => {
      const { projections } = this.#options.store;
      const candidates = [...new Set(modules)].map((module) => {
        const tags = this.#find(module);
        const record = tags.find(({ tag }) => tag === from);
        if (record === undefined) throw toUnknownTag(module, from, tags);
        return { module, tags, record };
      });
      const asked = candidates.map(async ({ module, record: { artifact, by } }) => {
        const { language, files } = await this.#options.received().artifact(artifact, module);
        const commit = projections.artifact(artifact)?.commit ?? null;
        return { module, artifact, by, commit, files: language === 'typescript' && files.length > 0 ? null : files };
      });
      const promotions = await verify(await Promise.all(asked));
      return candidates.flatMap(({ module, tags, record }): readonly Planned[] => {
        const commit = promotions.find((promotion) => promotion.module === module && promotion.artifact === record.artifact)?.commit;
        if (commit === undefined) throw new CairnError('internal', `${module} was not verified`);
        return [
          {
            module,
            tag: PROMOTED_TAG,
            before: this.#before(tags, PROMOTED_TAG, undefined),
            version: toVersion(record),
            how: 'promote',
            commit,
            reviewer,
          },
        ];
      });
    });
  }

  async #carryOut(
    operation: string,
    { key, dryRun, ...body }: { readonly key: string; readonly dryRun: boolean },
    who: Principal,
    plan: () => readonly Planned[] | Promise<readonly Planned[]>,
  ): Promise<TagMovedDocument> {
    const { access, assertOpen, requests, inTurn, clock } = this.#options;
    access.askAgent(who, 'write');
    assertOpen();
    const started = clock.monotonic();
    const act = (toRecord?: ToRecord<TagMovedDocument>): Promise<TagMovedDocument> =>
      inTurn(async () => {
        const planned = await plan();
        for (const each of planned) await this.#assertThere(each);
        return this.#commit(planned, who, started, toRecord);
      });
    if (dryRun) return act();
    return requests.once<TagMovedDocument>(key, { operation: `tag.${operation}`, who: who.id, ...body }, act);
  }

  /** Without a record nothing is moved. */
  async #commit(
    planned: readonly Planned[],
    who: Principal,
    started: number,
    toRecord: ToRecord<TagMovedDocument> | undefined,
  ): Promise<TagMovedDocument> {
    const { store, clock, affected } = this.#options;
    const dryRun = toRecord === undefined;
    const at = clock.now();
    const appends: Append[] = [];
    const moved: TagMovedDocument['moved'] = [];
    for (const { module, tag, before, version, how, commit, reviewer } of planned) {
      const stream = toTagStream(module);
      const expected = store.events.last(stream);
      const from = before?.artifact ?? null;
      const record = { ...(commit === undefined ? {} : { commit }), ...(reviewer === undefined ? {} : { reviewer }) };
      const isMoved = !dryRun && !isSame(before, version);
      const { artifact, ...rest } = version;
      const event: CatalogEvent = { type: 'tag.moved', module, tag, from, to: artifact, ...rest, how, ...record };
      if (isMoved) appends.push({ stream, expected, by: who.id, scope: toScope('experiment'), at, events: [event] });
      const generation = isMoved ? expected + 1 : (before?.generation ?? 0);
      moved.push({ module, tag, from, to: artifact, generation, ...record, affected: await affected(module, tag) });
    }
    const document: TagMovedDocument = { v: 1, dryRun, moved, seconds: clock.monotonic() - started };
    if (!dryRun) await store.events.commit({ appends, request: toRecord(document) });
    return document;
  }

  /** A version that was thrown away since can't be run. */
  async #assertThere({ module, version }: Planned): Promise<void> {
    const received = this.#options.received();
    try {
      await received.artifact(version.artifact, module);
      for (const [library, artifact] of Object.entries(version.libraries ?? {})) await received.artifact(artifact, library);
    } catch (error) {
      if (!(error instanceof CairnError) || error.code !== 'unknown-blob') throw error;
      throw new CairnError('unknown-blob', `${module} ${version.artifact} is not here any more: ${error.message}`, {
        next: 'Check its commit out and push it again.',
        cause: error,
      });
    }
  }

  #moves(module: string): readonly PastMove[] {
    return toMoves(this.#options.store.events.read(toTagStream(module)));
  }

  /** Its tags; there is at least one. */
  #find(module: string): readonly TagRecord[] {
    const { projections } = this.#options.store;
    const tags = projections.tags(module);
    if (tags.length > 0) return tags;
    const near = toNearestName(module, [...new Set(projections.allTags().map((record) => record.module))]);
    throw new CairnError('unknown-module', `no module ${module} was pushed${near === undefined ? '' : `; is ${near} meant?`}`, {
      next: 'See what was pushed with `cairn tags`, or push it with `cairn push`.',
    });
  }

  #before(tags: readonly TagRecord[], tag: string, expect: number | undefined): TagRecord | undefined {
    const before = tags.find((record) => record.tag === tag);
    const generation = before?.generation ?? 0;
    if (expect === undefined || expect === generation) return before;
    const now = before === undefined ? 'does not exist' : `was moved by ${before.by} to ${before.artifact} (generation ${generation})`;
    throw new CairnError('conflict', `the tag ${tag} ${now}, and generation ${expect} was expected`, {
      next: 'Look at it with `cairn tags`, and decide again.',
    });
  }

  /** A tag, an artifact, or the beginning of one. */
  #toVersion(module: string, tags: readonly TagRecord[], to: string): Version {
    const tagged = tags.find((record) => record.tag === to);
    if (tagged !== undefined) return toVersion(tagged);
    const found = findByDigest(this.#moves(module), to);
    if (found !== undefined) return found;
    if (DIGEST_PART.test(to))
      throw new CairnError('invalid-request', `${to} is no artifact of ${module}`, {
        next: `See its artifacts with \`cairn tags ${module} --history\`.`,
      });
    throw toUnknownTag(module, to, tags);
  }

  #toEarlier(module: string, tag: string, moves: readonly PastMove[], tags: readonly TagRecord[], to: string): Version {
    const wanted = this.#toVersion(module, tags, to);
    const earlier = moves.findLast((past) => past.tag === tag && past.version.artifact === wanted.artifact);
    if (earlier !== undefined) return earlier.version;
    throw new CairnError('invalid-request', `${module}@${tag} has never named ${wanted.artifact}, so it can't go back to it`, {
      next: `See its moves with \`cairn tags ${module} --history\`; what was never there is promoted.`,
    });
  }
}

const DIGEST_PART = /^(?:sha256:)?[0-9a-f]{8,64}$/;

/** The newest version with this artifact. Throws `invalid-request` where the beginning fits several artifacts. */
function findByDigest(moves: readonly PastMove[], text: string): Version | undefined {
  if (!DIGEST_PART.test(text)) return undefined;
  const start = text.startsWith('sha256:') ? text : `sha256:${text}`;
  const fitting = moves.filter(({ version }) => version.artifact.startsWith(start));
  const artifacts = new Set(fitting.map(({ version }) => version.artifact));
  if (artifacts.size > 1)
    throw new CairnError('invalid-request', `${text} is the beginning of several artifacts: ${[...artifacts].join(', ')}`, {
      next: 'Give more of it.',
    });
  return fitting.at(-1)?.version;
}

function toVersion({ artifact, libraries, release }: TagRecord): Version {
  return { artifact, ...(libraries === undefined ? {} : { libraries }), ...(release === undefined ? {} : { release }) };
}

function isSame(before: TagRecord | undefined, version: Version): boolean {
  return before !== undefined && toCanonicalJson({ ...toVersion(before) }) === toCanonicalJson({ ...version });
}

function toNewestFirst({ history }: { readonly history?: readonly TagMove[] }): { readonly history?: TagMove[] } {
  return history === undefined ? {} : { history: history.toReversed() };
}

function assertTeamTag(tag: string): void {
  if (!isTagName(tag))
    throw new CairnError('invalid-request', `${JSON.stringify(tag)} can't be a tag: a letter, then letters, digits, \`.\`, \`_\` or \`-\``);
  if (tag === PROMOTED_TAG)
    throw new CairnError('invalid-request', '`latest` moves only by promotion', {
      next: 'Promote with `cairn promote`, or go back with `cairn rollback`.',
    });
  if (tag === PUSH_TAG)
    throw new CairnError('invalid-request', '`latestAlpha` moves only with pushes and green pipelines', {
      next: 'Push with `cairn push`, or choose a tag of your team.',
    });
}

function toUnknownTag(module: string, tag: string, tags: readonly TagRecord[]): CairnError {
  const names = tags.map((record) => record.tag);
  return new CairnError('unknown-tag', `${module} has no tag ${JSON.stringify(tag)}; it has ${names.join(', ')}`);
}
