import { toCanonicalJson } from '../../language/model/json.ts';
import type { Digest } from '../../language/model/names.ts';
import { toModuleStream, toTagStream, toWorkspaceStream, type CatalogEvent } from '../protocol/catalogEvents.ts';
import type { Clock } from '../protocol/clock.ts';
import type { PushDocument } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { LibraryArtifacts, PushRequest } from '../protocol/roles.ts';
import { FOLDER_MODE } from '../protocol/tree.ts';
import type { Principal, Scope } from '../protocol/who.ts';
import type { Append, Store, TagRecord } from '../store/store.ts';
import type { Faults } from '../protocol/faults.ts';
import type { Published } from './published.ts';
import { parseFolder } from './pushedFolder.ts';
import type { Received } from './received.ts';
import type { ToRecord } from './requests.ts';

export interface PushServices {
  readonly store: Store;
  readonly clock: Clock;
  readonly faults: Faults | undefined;
  readonly published: Published;
  /** Called after each turn: something was pushed, or a tag has moved. */
  readonly onTurn: () => void;
}

/** Commits trees, artifacts and tags, one push after another: all of it or nothing. */
export class Pushes {
  readonly #services: PushServices;
  /** folders that are here with everything below them */
  readonly #whole = new Set<Digest>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(services: PushServices) {
    this.#services = services;
  }

  /** Rejects with `unknown-blob` (something is missing), `invalid-request` or `store-failed`. */
  push(request: PushRequest, received: Received, who: Principal, scope: Scope, toRecord: ToRecord<PushDocument>): Promise<PushDocument> {
    return this.inTurn(() => this.#push(request, received, who, scope, toRecord));
  }

  /** Nothing else is pushed, and no tag moves, while the work is done. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.then(this.#services.onTurn, () => undefined);
    return turn;
  }

  async #push(
    request: PushRequest,
    received: Received,
    who: Principal,
    scope: Scope,
    toRecord: ToRecord<PushDocument>,
  ): Promise<PushDocument> {
    const { store, clock, faults, published } = this.#services;
    await this.#assertTree(request.tree, received, 'the tree');
    for (const { module, artifact, libraries = {}, release } of request.artifacts) {
      await received.artifact(artifact, module);
      for (const [library, used] of Object.entries(libraries)) await received.artifact(used, library);
      if (release !== undefined) received.assertHas(release, `the release of ${module}`);
    }
    const blobs = await received.store(store.blobs);
    const publication = await published.publish(request);
    const events = new Map(this.#toEvents(request, received.size));
    for (const { stream, event } of publication.events) events.set(stream, [event]);
    const at = clock.now();
    const appends = Array.from(events, ([stream, own]): Append => ({
      stream,
      expected: store.events.last(stream),
      by: who.id,
      scope,
      at,
      events: own,
    }));
    const document = toDocument(request, received.size);
    faults?.hit('before-commit:push');
    await store.events.commit({ appends, blobs: [...blobs, ...publication.blobs], request: toRecord(document) });
    faults?.hit('after-commit:push');
    return document;
  }

  /** Content was deleted: what was found whole may not be so any more. */
  forget(): void {
    this.#whole.clear();
  }

  #toEvents(request: PushRequest, bytes: number): ReadonlyMap<string, CatalogEvent[]> {
    const { projections } = this.#services.store;
    const { tree, dirty, commit, changed, workspace } = request;
    const events = new Map<string, CatalogEvent[]>();
    const add = (stream: string, event: CatalogEvent): void => void events.set(stream, [...(events.get(stream) ?? []), event]);
    for (const pushed of request.artifacts) {
      const { module, artifact } = pushed;
      const known = projections.artifact(artifact);
      // What was pushed from a dirty tree before can be promoted once it was pushed from a clean one.
      if (known?.module !== module || (known.commit === null && !dirty && commit !== null))
        add(toModuleStream(module), { type: 'artifact.published', module, artifact, tree, dirty, commit });
      for (const event of listMoves(pushed, request.tags, projections.tags(module))) add(toTagStream(module), event);
    }
    add(toWorkspaceStream(workspace), { type: 'workspace.pushed', workspace, tree, changed, bytes });
    return events;
  }

  /** A folder is here when its list and everything in it is; what was found whole once stays so. */
  async #assertTree(folder: Digest, received: Received, what: string): Promise<void> {
    if (this.#whole.has(folder)) return;
    const bytes = await received.read(folder);
    if (bytes === undefined) throw new CairnError('unknown-blob', `${what} (${folder}) is not here and was not sent`);
    const entries = parseFolder(bytes);
    if (entries === undefined) throw new CairnError('invalid-request', `${what} is not a folder`);
    for (const { name, mode, digest } of entries) {
      if (mode === FOLDER_MODE) await this.#assertTree(digest, received, `${what}/${name}`);
      else received.assertHas(digest, `${what}/${name}`);
    }
    // Sent bytes are here only after the commit, so only what was here before is remembered.
    if (this.#services.store.blobs.has(folder)) this.#whole.add(folder);
  }
}

function listMoves(
  { module, artifact, libraries = {}, release }: PushRequest['artifacts'][number],
  tags: readonly string[],
  records: readonly TagRecord[],
): readonly CatalogEvent[] {
  const used = { ...(Object.keys(libraries).length === 0 ? {} : { libraries }), ...(release === undefined ? {} : { release }) };
  return tags.flatMap((tag): readonly CatalogEvent[] => {
    const before = records.find((record) => record.tag === tag);
    if (before?.artifact === artifact && before.release === release && isEqual(before.libraries ?? {}, libraries)) return [];
    return [{ type: 'tag.moved', module, tag, from: before?.artifact ?? null, to: artifact, ...used }];
  });
}

function isEqual(before: LibraryArtifacts, now: LibraryArtifacts): boolean {
  return toCanonicalJson(before) === toCanonicalJson(now);
}

function toDocument(request: PushRequest, bytes: number): PushDocument {
  return {
    v: 1,
    tree: request.tree,
    bytes,
    changed: request.changed,
    artifacts: request.artifacts.map(({ module, artifact }) => ({ module, artifact, tags: [...request.tags] })),
  };
}
