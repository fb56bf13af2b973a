import { InvalidArgumentError, Option, type Command } from 'commander';
import type { AddAction } from '../addAction.ts';
import type { LedgerOptions } from './ledger.ts';

/** Commands about what the agent has at work, and what it has saved. */
export function addOverviewCommands(program: Command, addAction: AddAction): void {
  const cluster = program
    .command('cluster')
    .description('clusters of the agent: places, what waits, processes that are kept')
    .helpCommand(false);
  const list = cluster.command('list', { isDefault: true }).description('all clusters');
  addAction(list, async (context) => (await import('./cluster.ts')).listClusters(context)).addHelpText(
    'after',
    '\nExample:\n  cairn cluster list --json',
  );
  const show = cluster.command('show <cluster>').description('one cluster: who has a place, and its processes');
  addAction(show, async (context, name: string) => (await import('./cluster.ts')).showCluster(context, name)).addHelpText(
    'after',
    '\nExample:\n  cairn cluster show local',
  );
  cluster.addHelpText('after', '\nExample:\n  cairn cluster show local');
  const ledger = program
    .command('ledger')
    .description('hours that reuse has saved, by run, workflow, namespace or day')
    .addOption(new Option('--by <what>', 'one row for each').choices(['run', 'workflow', 'namespace', 'day']).default('workflow'))
    .option('--since <day>', 'runs that began on this day or later, such as 2026-11-21 (UTC)', toDay)
    .option('--until <day>', 'runs that began on this day or earlier', toDay)
    .option('--limit <n>', 'at most so many rows', toLimit, 100);
  addAction(ledger, async (context, options: LedgerOptions) => (await import('./ledger.ts')).ledger(context, options)).addHelpText(
    'after',
    '\nExample:\n  cairn ledger --by day --since 2026-11-01',
  );
}

function toDay(text: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
  if (!isDay) throw new InvalidArgumentError('It takes a day, such as 2026-11-21.');
  return text;
}

function toLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) throw new InvalidArgumentError('It takes a whole number from 1 to 10000.');
  return limit;
}
