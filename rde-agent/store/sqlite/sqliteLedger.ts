import type { LedgerAnswer, LedgerCount, LedgerQuery } from '../store.ts';
import type { Database, Row } from './database.ts';

/** before and after every day that there is */
const FIRST = '';
const LAST = '\uffff';

/** Answers from sums by day and workflow; only a list of runs reads rows of runs. */
export class SqliteLedger {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  answer({ by, since, until, limit }: LedgerQuery): LedgerAnswer {
    const range = [since ?? FIRST, until ?? LAST] as const;
    const { total, workflows, rows } = this.#statements;
    const share = workflows.get(...range);
    return {
      total: toCount(total.get(...range) ?? {}),
      workflows: Number(share?.['workflows'] ?? 0),
      reusingWorkflows: Number(share?.['reusing'] ?? 0),
      rows: rows[by].all(...range, limit).map(toCount),
    };
  }
}

function prepare(database: Database) {
  const sums = `sum(runs) AS runs, sum(reusing) AS reusing, sum(executed) AS executed, sum(reused) AS reused, sum(spent) AS spent, sum(saved) AS saved`;
  const grouped = (name: string, order: string) =>
    database.prepare(`SELECT ${name} AS name, ${sums} FROM ledger_days WHERE day >= ? AND day <= ? GROUP BY 1 ORDER BY ${order} LIMIT ?`);
  return {
    total: database.prepare(`SELECT 'total' AS name, ${sums} FROM ledger_days WHERE day >= ? AND day <= ?`),
    workflows: database.prepare(
      `SELECT count(*) AS workflows, sum(reusing > 0) AS reusing FROM
        (SELECT sum(reusing) AS reusing FROM ledger_days WHERE day >= ? AND day <= ? GROUP BY workflow)`,
    ),
    rows: {
      run: database.prepare(
        `SELECT run AS name, 1 AS runs, reused > 0 AS reusing, executed, reused, spent, saved
          FROM ledger_runs WHERE root = run AND day >= ? AND day <= ? ORDER BY day DESC, run DESC LIMIT ?`,
      ),
      day: grouped('day', 'name DESC'),
      workflow: grouped('workflow', 'saved DESC, name'),
      // The first part of the name.
      namespace: grouped(`substr(workflow, 1, instr(workflow || '/', '/') - 1)`, 'saved DESC, name'),
    },
  };
}

function toCount(row: Row): LedgerCount {
  const number = (name: string): number => Number(row[name] ?? 0);
  return {
    name: String(row['name']),
    runs: number('runs'),
    reusing: number('reusing'),
    executed: number('executed'),
    reused: number('reused'),
    spentSeconds: number('spent') / 1e6,
    savedSeconds: number('saved') / 1e6,
  };
}
