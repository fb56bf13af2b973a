import type { Command } from 'commander';
import type { AddAction } from '../addAction.ts';

/** `cairn environment …`: what code runs in. */
export function addEnvironmentCommands(program: Command, addAction: AddAction): void {
  const environment = program.command('environment').description('list, lock and make ready the environments that code runs in');
  environment.addHelpText('after', '\nExample:\n  cairn environment lock python-ml');
  const list = environment.command('list').description('environments with their lock and interpreter, and whether they are made');
  addAction(list, async (context) => (await import('./environment.ts')).listEnvironments(context)).addHelpText(
    'after',
    '\nExample:\n  cairn environment list --json',
  );
  const lock = environment
    .command('lock [environments...]')
    .description('solve the requirements beside the lock file for every platform, and write the lock with hashes')
    .option('--upgrade', 'take the newest versions instead of keeping those that fit', false);
  addAction(lock, async (context, names: string[], options: { upgrade: boolean }) =>
    (await import('./environment.ts')).lockEnvironments(context, names, options),
  ).addHelpText('after', '\nExample:\n  cairn environment lock python-ml --upgrade');
  const sync = environment.command('sync [environments...]').description('make environments ready from their locks');
  addAction(sync, async (context, names: string[]) => (await import('./environment.ts')).syncEnvironments(context, names)).addHelpText(
    'after',
    '\nExample:\n  cairn environment sync python-ml',
  );
}
