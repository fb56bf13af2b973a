import type { ChangeJournal } from './changeJournal.ts';

/** What an operation found. */
export interface IndexChange {
  /** files that are new, different or gone */
  readonly changed: readonly string[];
  /** Files or folders have come or gone. */
  readonly structural: boolean;
  /** Files caught in the middle of a save: they keep their last entry, update them again a little later. */
  readonly torn: readonly string[];
  /** Folders that are new in the index. */
  readonly foldersAdded: readonly string[];
  readonly foldersRemoved: readonly string[];
}

/** An operation under way. */
export interface Working {
  readonly changed: Set<string>;
  readonly torn: Set<string>;
  readonly foldersAdded: Set<string>;
  readonly foldersRemoved: Set<string>;
  structural: boolean;
  /** Paths whose emptiness is believed, however they looked before. */
  readonly believed: ReadonlySet<string>;
}

export function startWork(believed: ReadonlySet<string>, journal: ChangeJournal): Working {
  return {
    changed: new JournaledPaths(journal),
    torn: new Set(),
    foldersAdded: new Set(),
    foldersRemoved: new Set(),
    structural: false,
    believed,
  };
}

export function toChange(working: Working): IndexChange {
  return {
    changed: [...working.changed],
    torn: [...working.torn],
    structural: working.structural,
    foldersAdded: [...working.foldersAdded],
    foldersRemoved: [...working.foldersRemoved],
  };
}

/** In the journal at once: whoever looks in the middle of a long operation sees what the tree has. */
class JournaledPaths extends Set<string> {
  readonly #journal: ChangeJournal;

  constructor(journal: ChangeJournal) {
    super();
    this.#journal = journal;
  }

  override add(path: string): this {
    this.#journal.add(path);
    return super.add(path);
  }
}
