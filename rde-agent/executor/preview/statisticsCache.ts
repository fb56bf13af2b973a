import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Digest } from '../../../language/model/names.ts';
import { ColumnStatistics } from './readerMessages.ts';

/** tables in memory, and on disk */
const REMEMBERED = 64;
const KEPT = 500;

/** By column; `null` = it was tried, and takes more than it may. */
const Kept = z.object({ v: z.literal(2), columns: z.record(z.string(), ColumnStatistics.nullable()) });
export type KnownStatistics = z.infer<typeof Kept>['columns'];

/** Statistics of tables, computed once for each content. What is on disk can be deleted at any time. */
export class StatisticsCache {
  readonly #folder: string;
  readonly #known = new Map<Digest, KnownStatistics>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What is known of a table's columns. */
  find(digest: Digest): KnownStatistics {
    const known = this.#known.get(digest) ?? this.#read(digest);
    this.#remember(digest, known);
    return known;
  }

  add(digest: Digest, columns: KnownStatistics): void {
    const known = { ...this.find(digest), ...columns };
    this.#remember(digest, known);
    this.#write(digest, known);
  }

  /** The content is gone, and what was told of it goes with it. */
  forget(digests: readonly Digest[]): void {
    for (const digest of digests) {
      this.#known.delete(digest);
      rmSync(this.#toPath(digest), { force: true });
    }
  }

  #remember(digest: Digest, columns: KnownStatistics): void {
    this.#known.delete(digest);
    this.#known.set(digest, columns);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
  }

  #read(digest: Digest): KnownStatistics {
    try {
      const checked = Kept.safeParse(JSON.parse(readFileSync(this.#toPath(digest), 'utf8')));
      return checked.success ? checked.data.columns : {};
    } catch {
      // Not there, or not readable: then it is computed again.
      return {};
    }
  }

  #write(digest: Digest, columns: KnownStatistics): void {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const path = this.#toPath(digest);
      writeFileSync(`${path}.new`, JSON.stringify({ v: 2, columns } satisfies z.input<typeof Kept>), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      this.#makeRoom();
    } catch {
      // A disk that is full keeps nobody from looking at a table; it is computed again next time.
    }
  }

  /** Those that were written first go. */
  #makeRoom(): void {
    const names = readdirSync(this.#folder);
    if (names.length <= KEPT) return;
    const files = names.map((name) => ({ path: join(this.#folder, name), at: statSync(join(this.#folder, name)).mtimeMs }));
    files.sort((one, other) => one.at - other.at);
    for (const { path } of files.slice(0, names.length - Math.floor(KEPT * 0.9))) rmSync(path, { force: true });
  }

  #toPath(digest: Digest): string {
    return join(this.#folder, `${digest.replace(':', '-')}.json`);
  }
}
