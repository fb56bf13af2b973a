import type { Command } from 'commander';
import type { AddAction } from '../addAction.ts';

/** Commands about what the agent has at work. */
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
}
