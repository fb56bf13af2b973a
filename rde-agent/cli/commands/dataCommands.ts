import type { Command } from 'commander';
import type { AddAction } from '../addAction.ts';

/** Commands about datasets and where data comes from. */
export function addDataCommands(program: Command, addAction: AddAction): void {
  const dataset = program.command('dataset').description('datasets of the workspace: what they are, what has arrived').helpCommand(false);
  const list = dataset.command('list', { isDefault: true }).description('all datasets with their newest version');
  addAction(list, async (context) => (await import('./dataset.ts')).listDatasets(context)).addHelpText(
    'after',
    '\nExample:\n  cairn dataset list --json',
  );
  const show = dataset.command('show <dataset>').description('one dataset: columns with labels and profile, versions');
  addAction(show, async (context, name: string) => (await import('./dataset.ts')).showDataset(context, name)).addHelpText(
    'after',
    '\nExample:\n  cairn dataset show flights/2013',
  );
  dataset.addHelpText('after', '\nExample:\n  cairn dataset show flights/2013');
  const lineage = program.command('lineage <target>').description('which columns of datasets feed an output, and with which labels');
  addAction(lineage, async (context, target: string) => (await import('./lineage.ts')).lineage(context, target)).addHelpText(
    'after',
    '\nTARGET is RUN:STEP.PORT, RUN:STEP.PORT.COLUMN, DATASET or DATASET@VERSION.\n\nExample:\n  cairn lineage flights/2013',
  );
}
