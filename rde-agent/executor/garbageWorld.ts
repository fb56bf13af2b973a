import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Digest } from '../../language/model/names.ts';
import type { CatalogEvent } from '../protocol/catalogEvents.ts';
import type { Clock } from '../protocol/clock.ts';
import type { RunSummary } from '../protocol/documents.ts';
import type { Faults } from '../protocol/faults.ts';
import type { PositionedEvent, Store } from '../store/store.ts';
import type { GarbageWorld } from './garbage.ts';
import type { RunLibrary } from './runLibrary.ts';

/** rows that one question answers */
const PAGE = 1000;

export interface GarbageWorldOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly faults: Faults | undefined;
  readonly library: () => RunLibrary;
  /** see CacheRules */
  readonly hidden: Set<string>;
  readonly commit: (event: CatalogEvent) => Promise<void>;
  readonly onRemoved: (digests: readonly Digest[]) => void;
}

/** The agent's store and runs, as a collection sees them. */
export function createGarbageWorld(options: GarbageWorldOptions): GarbageWorld {
  const { store, library, hidden, commit, faults, clock } = options;
  const { events, projections, sweep } = store;
  return {
    sweep,
    roots: () => [
      ...projections.taggedArtifacts(),
      ...projections.workflows().flatMap(({ definition, tree }) => [definition, tree]),
      ...projections.pushedTrees(),
      ...projections.newestVersions(),
    ],
    runs: () => listRuns(store),
    pinned: () => projections.pinnedRuns(),
    events: (run) => library().events(run, 0),
    // What a fork goes on from is needed while it does.
    openRuns: () => {
      const open = [...library().open.values()];
      return [...new Set([...projections.openRuns(), ...open.flatMap(({ run, submitted }) => [run, submitted.fork?.run ?? run])])];
    },
    tail: (after) => readTail(store, after),
    position: () => events.position(),
    entries: () => projections.allEntries(),
    hide: (entries, isHidden) => {
      for (const entry of entries) {
        if (isHidden) hidden.add(entry);
        else hidden.delete(entry);
      }
    },
    collected: async (entries) => {
      await commit({ type: 'entries.collected', entries });
      for (const entry of entries) hidden.delete(entry);
      faults?.hit('after-collect');
    },
    removed: (digests) => {
      options.onRemoved(digests);
      faults?.hit('in-sweep');
    },
    pause: () => nextTurn(),
    now: () => Date.parse(clock.now()),
  };
}

function* listRuns({ projections }: Store): Iterable<RunSummary> {
  let after: string | undefined;
  for (;;) {
    const page = projections.runs({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    yield* page;
    after = page.at(-1)?.run;
    if (after === undefined) return;
  }
}

function readTail({ events }: Store, after: number): readonly PositionedEvent[] {
  const all: PositionedEvent[] = [];
  for (let at = after; ;) {
    const page = events.scan(at, PAGE);
    all.push(...page);
    at = page.at(-1)?.position ?? at;
    if (page.length < PAGE) return all;
  }
}
