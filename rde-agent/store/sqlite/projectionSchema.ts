import { LEDGER_TABLES } from './ledgerProjector.ts';

/** Raise when the tables or what is written into them change: the projections are then rebuilt from the events. */
export const PROJECTION_VERSION = 10;

export const PROJECTION_TABLES = `
  CREATE TABLE progress (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL) STRICT;
  INSERT INTO progress VALUES (1, 0);
  CREATE TABLE runs (
    run TEXT PRIMARY KEY, workflow TEXT NOT NULL, state TEXT NOT NULL, started TEXT NOT NULL, seconds REAL NOT NULL, by TEXT NOT NULL, steps TEXT NOT NULL,
    parent TEXT, origin TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX runs_listed ON runs (parent, run);
  CREATE INDEX runs_of_workflow ON runs (workflow, parent, run);
  CREATE INDEX runs_open ON runs (state, run) WHERE state IN ('queued', 'running');
  CREATE TABLE keyed (run TEXT NOT NULL, task TEXT NOT NULL, key TEXT NOT NULL, candidate TEXT, parts TEXT NOT NULL, PRIMARY KEY (run, task)) STRICT, WITHOUT ROWID;
  CREATE TABLE entries (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL, candidate TEXT, module TEXT NOT NULL, step TEXT NOT NULL, record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX entries_of_key ON entries (key, position);
  CREATE INDEX entries_of_candidate ON entries (candidate, position) WHERE candidate IS NOT NULL;
  CREATE INDEX entries_of_step ON entries (module, step, position);
  CREATE INDEX entries_of_module ON entries (module, position);
  CREATE TABLE aliases (key TEXT PRIMARY KEY, entry TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE refusals (candidate TEXT PRIMARY KEY, because TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE executions (position INTEGER PRIMARY KEY, module TEXT NOT NULL, seconds REAL NOT NULL) STRICT;
  CREATE INDEX executions_of_module ON executions (module, position);
  CREATE TABLE tags (
    module TEXT NOT NULL, tag TEXT NOT NULL, artifact TEXT NOT NULL, libraries TEXT, release TEXT, generation INTEGER NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL, PRIMARY KEY (module, tag)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE moves (
    position INTEGER PRIMARY KEY, module TEXT NOT NULL, tag TEXT NOT NULL, artifact TEXT NOT NULL, libraries TEXT, release TEXT
  ) STRICT;
  CREATE INDEX moves_of_tag ON moves (module, tag, position);
  CREATE TABLE artifacts (digest TEXT PRIMARY KEY, module TEXT NOT NULL, at TEXT NOT NULL, commit_id TEXT) STRICT, WITHOUT ROWID;
  CREATE TABLE workflows (
    workflow TEXT PRIMARY KEY, workspace TEXT NOT NULL, definition TEXT NOT NULL, tree TEXT NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE versions (
    position INTEGER PRIMARY KEY, dataset TEXT NOT NULL, version TEXT NOT NULL, record TEXT NOT NULL, UNIQUE (dataset, version)
  ) STRICT;
  CREATE INDEX versions_of_dataset ON versions (dataset, position);
  CREATE TABLE demotions (position INTEGER PRIMARY KEY, module TEXT NOT NULL, record TEXT NOT NULL) STRICT;
  CREATE INDEX demotions_of_module ON demotions (module, position);
  CREATE TABLE pins (run TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE pushed (workspace TEXT PRIMARY KEY, tree TEXT NOT NULL) STRICT, WITHOUT ROWID;
${LEDGER_TABLES}`;
