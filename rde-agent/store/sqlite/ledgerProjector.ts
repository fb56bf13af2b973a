import { toSavedSeconds } from '../../protocol/savedSeconds.ts';
import { toStepId, type Recorded, type RunEvent } from '../../protocol/runEvents.ts';
import type { Database } from './database.ts';

/**
 * `ledger_runs` has a row for every run that counts, of nested ones only to know whose they are (`root`); `ledger_days` the sums of runs that began
 * on a day. Times are whole microseconds: sums of them do not depend on the order in which they are made.
 */
export const LEDGER_TABLES = `
  CREATE TABLE ledger_runs (
    run TEXT PRIMARY KEY, root TEXT NOT NULL, delegating TEXT, workflow TEXT NOT NULL, day TEXT NOT NULL,
    executed INTEGER NOT NULL, reused INTEGER NOT NULL, spent INTEGER NOT NULL, saved INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ledger_listed ON ledger_runs (day, run) WHERE root = run;
  CREATE TABLE ledger_days (
    day TEXT NOT NULL, workflow TEXT NOT NULL, runs INTEGER NOT NULL, reusing INTEGER NOT NULL,
    executed INTEGER NOT NULL, reused INTEGER NOT NULL, spent INTEGER NOT NULL, saved INTEGER NOT NULL, PRIMARY KEY (day, workflow)
  ) STRICT, WITHOUT ROWID;
`;

type Submitted = Extract<RunEvent, { type: 'run.submitted' }>;

interface Part {
  readonly root: string;
  /** steps that are runs of their own: what is inside of them counts, not they */
  readonly delegating: ReadonlySet<string>;
}

interface Sums {
  executed: number;
  reused: number;
  spent: number;
  saved: number;
}

/** runs that are kept in memory */
const REMEMBERED = 256;

/** Counts what steps have taken and what reusing them has saved, of runs that asked for them: never of replays, and of nested runs for the one around them. */
export class LedgerProjector {
  readonly #statements;
  readonly #parts = new Map<string, Part | undefined>();
  /** by root, of the events that are being applied: one write for each, however many tasks there are */
  readonly #sums = new Map<string, Sums>();

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  /** What an earlier, failed attempt has counted counts no more. */
  begin(): void {
    this.#sums.clear();
  }

  note(run: string, { event, at }: Recorded<RunEvent>): void {
    switch (event.type) {
      case 'run.submitted':
        return this.#submitted(run, event, at.slice(0, 'yyyy-mm-dd'.length));
      case 'task.reused':
        // Without an entry it was taken from a run as it is: nobody asked for it to be run.
        return event.entry === '' ? undefined : this.#add(run, { reused: 1, saved: toMicros(toSavedSeconds(event)) });
      case 'task.succeeded':
        return this.#partOf(run)?.delegating.has(toStepId(event.task)) === true
          ? undefined
          : this.#add(run, { executed: 1, spent: toMicros(event.seconds) });
      case 'tasks.ran':
        return this.#add(run, {
          executed: event.ran.length,
          spent: event.ran.reduce((sum, { seconds }) => sum + toMicros(seconds), 0),
        });
      default:
        return;
    }
  }

  /** Writes what was counted since `begin`. */
  end(): void {
    const { row, count, countDay } = this.#statements;
    for (const [root, { executed, reused, spent, saved }] of this.#sums) {
      const found = row.get(root);
      if (found === undefined) continue;
      const begins = reused > 0 && Number(found['reused']) === 0 ? 1 : 0;
      count.run(executed, reused, spent, saved, root);
      countDay.run(0, begins, executed, reused, spent, saved, String(found['day']), String(found['workflow']));
    }
    this.#sums.clear();
  }

  #submitted(run: string, { definition, origin, replay }: Submitted, day: string): void {
    if (replay !== undefined || origin?.kind === 'replay') return;
    const root = origin?.kind === 'nested' ? this.#partOf(origin.run)?.root : run;
    if (root === undefined) return;
    const delegating = definition.steps.flatMap(({ id, kind }) => (kind === 'workflow' ? [id] : []));
    const { insert, day: addDay, countDay } = this.#statements;
    insert.run(run, root, delegating.length === 0 ? null : JSON.stringify(delegating), definition.workflow, day);
    this.#remember(run, { root, delegating: new Set(delegating) });
    if (root !== run) return;
    addDay.run(day, definition.workflow);
    countDay.run(1, 0, 0, 0, 0, 0, day, definition.workflow);
  }

  #add(run: string, { executed = 0, reused = 0, spent = 0, saved = 0 }: Partial<Sums>): void {
    const root = this.#partOf(run)?.root;
    if (root === undefined) return;
    let sums = this.#sums.get(root);
    if (sums === undefined) this.#sums.set(root, (sums = { executed: 0, reused: 0, spent: 0, saved: 0 }));
    sums.executed += executed;
    sums.reused += reused;
    sums.spent += spent;
    sums.saved += saved;
  }

  /** `undefined` = it does not count. */
  #partOf(run: string): Part | undefined {
    if (this.#parts.has(run)) return this.#parts.get(run);
    const found = this.#statements.row.get(run);
    const part = found && { root: String(found['root']), delegating: toSet(found['delegating']) };
    this.#remember(run, part);
    return part;
  }

  #remember(run: string, part: Part | undefined): void {
    const [oldest = ''] = this.#parts.keys();
    if (this.#parts.size >= REMEMBERED) this.#parts.delete(oldest);
    this.#parts.set(run, part);
  }
}

function toSet(text: unknown): ReadonlySet<string> {
  return new Set(typeof text === 'string' ? (JSON.parse(text) as string[]) : []);
}

function toMicros(seconds: number): number {
  return Math.max(0, Math.round(seconds * 1e6));
}

function prepare(database: Database) {
  return {
    row: database.prepare('SELECT root, delegating, workflow, day, reused FROM ledger_runs WHERE run = ?'),
    insert: database.prepare('INSERT INTO ledger_runs VALUES (?, ?, ?, ?, ?, 0, 0, 0, 0)'),
    count: database.prepare(
      'UPDATE ledger_runs SET executed = executed + ?, reused = reused + ?, spent = spent + ?, saved = saved + ? WHERE run = ?',
    ),
    day: database.prepare('INSERT OR IGNORE INTO ledger_days VALUES (?, ?, 0, 0, 0, 0, 0, 0)'),
    countDay: database.prepare(
      'UPDATE ledger_days SET runs = runs + ?, reusing = reusing + ?, executed = executed + ?, reused = reused + ?, spent = spent + ?, saved = saved + ? WHERE day = ? AND workflow = ?',
    ),
  };
}
