import { InvalidArgumentError, type Command } from 'commander';
import type { AddAction } from '../addAction.ts';
import type { PreviewOptions } from './preview.ts';

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
  const preview = program
    .command('preview <output>')
    .description('show an output or a dataset: rows and statistics of a table, text, metrics, files')
    .option('--offset <n>', 'first row, from 0', toWhole, 0)
    .option('--limit <n>', 'at most so many rows', toLimit)
    .option('--csv', 'write the rows as CSV instead, all of them without --limit', false);
  addAction(preview, async (context, target: string, options: PreviewOptions) =>
    (await import('./preview.ts')).preview(context, target, options),
  ).addHelpText(
    'after',
    '\nOUTPUT is RUN:STEP.PORT, where the port may be left out if there is one; DATASET, which shows its newest version; or DATASET@VERSION.\n\nExample:\n  cairn preview 01987a3e-6f00-7000-8000-000000000000:features --limit 5\n  cairn preview flights/2013',
  );
}

function toLimit(text: string): number {
  const limit = toWhole(text);
  if (limit === 0) throw new InvalidArgumentError('It takes a whole number from 1.');
  return limit;
}

function toWhole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It takes a whole number from 0.');
  return Number(text);
}
