import { InvalidArgumentError, type Command } from 'commander';
import { collect } from './collect.ts';
import type { TestOptions } from './test.ts';
import type { AddAction } from '../addAction.ts';

/** Commands on the way from an edit to what others use: tests, tags, pipelines. */
export function addReleaseCommands(program: Command, addAction: AddAction): void {
  addTest(program, addAction);
}

function addTest(program: Command, addAction: AddAction): void {
  const test = program
    .command('test [modules...]')
    .description('run the tests of modules, in their environments')
    .option('--test <id>', 'only this test, class or file of the one named module, repeatable', collect, [])
    .option('--list', 'find tests and run none', false)
    .option('--timeout <seconds>', 'seconds that one test may take (default: 300)', toSeconds);
  addAction(test, async (context, modules: string[], options: TestOptions) =>
    (await import('./test.ts')).test(context, modules, options),
  ).addHelpText(
    'after',
    '\nExample:\n  cairn test flights/clean\n  cairn test flights/clean --test tests/test_clean.py::CleanTest::test_drops_nulls',
  );
}

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86_400)) throw new InvalidArgumentError('It takes seconds, more than 0 and at most 86400.');
  return seconds;
}
