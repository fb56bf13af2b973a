import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../protocol/logger.ts';

export interface SnapshotSchedule {
  /** seconds after the start before the first one is thought of */
  readonly after: number;
  /** seconds between two */
  readonly every: number;
}

export const DEFAULT_SNAPSHOTS: SnapshotSchedule = { after: 60, every: 24 * 3600 };

const FOLDER = 'snapshots';
const NAME = /^events-(\d+)\.db$/;
/** copies that are kept */
const KEPT = 2;

export interface SnapshotsOptions {
  readonly folder: string;
  readonly logger: Logger;
  readonly schedule: SnapshotSchedule;
  /** copies the database to this path as it is at one moment, durable when resolved; who writes to it is not held up */
  readonly copy: (to: string) => Promise<void>;
}

/** Copies of `events.db` beside it, made now and then while it is used: what is left when a disk has damaged it. */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #folder: string;
  #timer: NodeJS.Timeout | undefined;
  #under: Promise<void> = Promise.resolve();

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#folder = join(options.folder, FOLDER);
    this.#later(options.schedule.after);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#under;
  }

  #later(seconds: number): void {
    this.#timer = setTimeout(() => {
      this.#under = this.#make().catch((error: unknown) =>
        this.#options.logger.warn('No copy of the record could be made', { error: String(error) }),
      );
      this.#later(this.#options.schedule.every);
    }, seconds * 1000).unref();
  }

  async #make(): Promise<void> {
    const newest = listSnapshots(this.#options.folder)[0];
    const { every } = this.#options.schedule;
    if (newest !== undefined && Date.now() - newest.at < every * 1000) return;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const part = join(this.#folder, 'next.part');
    rmSync(part, { force: true });
    await this.#options.copy(part);
    renameSync(part, join(this.#folder, `events-${String(Date.now())}.db`));
    for (const old of listSnapshots(this.#options.folder).slice(KEPT)) rmSync(old.path, { force: true });
  }
}

/** The copies of a state folder, newest first; `at` in milliseconds since 1970. */
function listSnapshots(folder: string): readonly { readonly path: string; readonly at: number }[] {
  const path = join(folder, FOLDER);
  if (!existsSync(path)) return [];
  const found = readdirSync(path).flatMap((name) => {
    const at = NAME.exec(name)?.[1];
    return at === undefined ? [] : [{ path: join(path, name), at: Number(at) }];
  });
  return found.sort((one, other) => other.at - one.at);
}

/** What can be done about a damaged `events.db`, for the message that refuses it. */
export function toRestoreAdvice(folder: string): string {
  const [newest] = listSnapshots(folder);
  if (newest === undefined) return 'There is no copy of it yet: restore the folder from a backup, or move it away to start empty.';
  const when = new Date(newest.at).toISOString();
  return `The newest copy of it is ${newest.path}, of ${when}. To go back to that moment: move events.db, events.db-wal, events.db-shm and projections.db away, and copy it to events.db.`;
}
