import type { CatalogEvent, Demotion } from '../../protocol/catalogEvents.ts';
import { toCodeName } from '../../protocol/keyParts.ts';
import type { CacheEntry } from '../store.ts';
import type { Database } from './database.ts';

type Of<T extends CatalogEvent['type']> = Extract<CatalogEvent, { type: T }>;
/** What becomes of results after they were published. */
type CacheChange = Of<'entries.collected' | 'entry.quarantined' | 'module.demoted' | 'module.restored' | 'run.pinned'>;

/** Takes results out of the answers of a cache when events say so; the events that published them stay. */
export class CacheProjector {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = {
      remove: database.prepare('DELETE FROM entries WHERE id = ?'),
      records: database.prepare('SELECT record FROM entries WHERE module = ?'),
      hideCandidates: database.prepare('UPDATE entries SET candidate = NULL WHERE module = ?'),
      demote: database.prepare('INSERT INTO demotions (position, module, record) VALUES (?, ?, ?)'),
      restore: database.prepare('DELETE FROM demotions WHERE module = ?'),
      demotions: database.prepare('SELECT record FROM demotions WHERE module = ?'),
      pin: database.prepare('INSERT OR IGNORE INTO pins (run) VALUES (?)'),
      unpin: database.prepare('DELETE FROM pins WHERE run = ?'),
    };
  }

  apply(position: number, event: CacheChange): void {
    const statements = this.#statements;
    switch (event.type) {
      case 'entries.collected':
        for (const entry of event.entries) statements.remove.run(entry);
        return;
      case 'entry.quarantined':
        statements.remove.run(event.entry);
        return;
      case 'module.demoted':
        return this.#demote(position, event);
      case 'module.restored':
        statements.restore.run(event.module);
        return;
      case 'run.pinned':
        (event.pinned ? statements.pin : statements.unpin).run(event.run);
        return;
      default:
        event satisfies never;
    }
  }

  /** How a new result may be found: not at all, by its key only, or by its trace as well. */
  admit(module: string, entry: CacheEntry): 'never' | 'key' | 'trace' {
    const demotions = this.#statements.demotions.all(module).map((row) => JSON.parse(String(row['record'])) as Demotion);
    if (demotions.some(({ to, code }) => to === 'unstable' && code === toCodeName(entry.parts.module))) return 'never';
    return demotions.some(({ to }) => to === 'exact') ? 'key' : 'trace';
  }

  #demote(position: number, { type: _type, ...demotion }: Of<'module.demoted'>): void {
    const { module, to, code } = demotion;
    this.#statements.demote.run(position, module, JSON.stringify(demotion));
    if (to === 'unstable') this.#removeOfCode(module, code);
    else this.#statements.hideCandidates.run(module);
  }

  #removeOfCode(module: string, code: string): void {
    for (const row of this.#statements.records.all(module)) {
      const entry = JSON.parse(String(row['record'])) as CacheEntry;
      if (toCodeName(entry.parts.module) === code) this.#statements.remove.run(entry.id);
    }
  }
}
