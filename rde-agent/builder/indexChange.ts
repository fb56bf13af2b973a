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

export function startWork(believed: ReadonlySet<string>): Working {
  return { changed: new Set(), torn: new Set(), foldersAdded: new Set(), foldersRemoved: new Set(), structural: false, believed };
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
