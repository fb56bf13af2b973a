import { InvalidArgumentError, Option, type Command } from 'commander';
import { collect } from './collect.ts';
import type { CiPlanOptions } from './ci.ts';
import type { TestOptions } from './test.ts';
import { FORMAT_NAMES } from '../pipelines/formatNames.ts';
import type { AddAction } from '../addAction.ts';

/** Commands on the way from an edit to what others use: tests, tags, pipelines. */
export function addReleaseCommands(program: Command, addAction: AddAction): void {
  addTest(program, addAction);
  addTags(program, addAction);
  addPromotion(program, addAction);
  addCi(program, addAction);
}

function addCi(program: Command, addAction: AddAction): void {
  const ci = program.command('ci').description('pipelines that test and publish exactly what a change affects');
  ci.addHelpText('after', '\nExample:\n  cairn ci plan --since origin/main --format github');
  const plan = ci
    .command('plan')
    .description('jobs for what has changed since a commit')
    .requiredOption('--since <ref>', 'commit, branch or tag to compare with')
    .addOption(new Option('--format <format>', 'form of the pipeline').choices([...FORMAT_NAMES]))
    .option('--out <file>', 'write the pipeline there')
    .option('--setup <command>', 'command that comes first in every job, such as what installs cairn; repeatable', collect, [])
    .option('--runner <label>', 'label of the runners that reach the agent')
    .option('--image <image>', 'container image of the jobs');
  addAction(plan, async (context, options: CiPlanOptions) => (await import('./ci.ts')).ciPlan(context, options)).addHelpText(
    'after',
    '\nExample:\n  cairn ci plan --since origin/main --format gitlab --out modules.yml',
  );
}

function addTags(program: Command, addAction: AddAction): void {
  const tags = program
    .command('tags [module]')
    .description('tags of modules and libraries, and what they name')
    .option('--history', 'with every move', false);
  addAction(tags, async (context, module: string | undefined, options: { history: boolean }) =>
    (await import('./tags.ts')).tags(context, module, options),
  ).addHelpText('after', '\nExample:\n  cairn tags flights/clean --history');
  const tag = program
    .command('tag <module> <tag>')
    .description('move a tag of your team; tells who follows it before')
    .option('--to <version>', 'artifact (or the beginning of it), or a tag of the module (default: latestAlpha)')
    .option('--expect <generation>', 'refuse if the tag has moved since it had this generation; 0 = it must be new', toGeneration)
    .option('--dry-run', 'only tell', false);
  addAction(tag, async (context, module: string, name: string, options: { to?: string; expect?: number; dryRun: boolean }) =>
    (await import('./tags.ts')).tag(context, module, name, options),
  ).addHelpText('after', '\nExample:\n  cairn tag flights/clean candidate --to latestAlpha --dry-run');
}

function addPromotion(program: Command, addAction: AddAction): void {
  const promote = program
    .command('promote <modules...>')
    .description('move `latest` to a version that was built from a clean commit of the protected branch')
    .requiredOption('--reviewer <name>', 'who has reviewed it; recorded with the move')
    .option('--from <tag>', 'tag that names the version', 'latestAlpha')
    .option('--dry-run', 'only tell', false);
  addAction(promote, async (context, modules: string[], options: { reviewer: string; from: string; dryRun: boolean }) =>
    (await import('./tags.ts')).promote(context, modules, options),
  ).addHelpText('after', '\nExample:\n  cairn promote flights/clean --reviewer ada');
  const rollback = program
    .command('rollback <module>')
    .description('move a tag back to what it named before; nothing restarts')
    .option('--tag <tag>', 'tag to move', 'latest')
    .option('--to <version>', 'artifact (or the beginning of it) that the tag has named (default: the one before)')
    .option('--expect <generation>', 'refuse if the tag has moved since it had this generation', toGeneration)
    .option('--dry-run', 'only tell', false);
  addAction(rollback, async (context, module: string, options: { tag: string; to?: string; expect?: number; dryRun: boolean }) =>
    (await import('./tags.ts')).rollback(context, module, options),
  ).addHelpText('after', '\nExample:\n  cairn rollback flights/clean --dry-run');
}

function toGeneration(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It takes the number that `cairn tags` shows.');
  return Number(text);
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
