import { InvalidArgumentError, type Command } from 'commander';
import { collect } from './collect.ts';
import type { AddAction } from '../addAction.ts';
import type { PlanOptions } from './plan.ts';
import type { CloneOptions, RerunOptions } from './repeat.ts';
import type { RunOptions } from './run.ts';
import type { RunsOptions } from './runs.ts';

/** Commands about runs. WORKFLOW is a name or a path, and can be left out where the workspace has exactly one. */
export function addRunCommands(program: Command, addAction: AddAction): void {
  const plan = program
    .command('plan [workflow]')
    .description('tell which steps would be reused and which would run, and why; nothing runs')
    .option('--param <name=value>', 'parameter of the workflow, repeatable', collect, [])
    .option('--from <step>', 'only this step and what follows it; with --fork: this step runs whatever')
    .option('--fork <run>', 'as a fork of this run: its results stand wherever they are still right')
    .option('--pushed', 'as it was last pushed, whatever the working tree is: what a trigger would do', false);
  addAction(plan, async (context, workflow: string | undefined, options: PlanOptions) =>
    (await import('./plan.ts')).plan(context, workflow, options),
  ).addHelpText('after', '\nExample:\n  cairn plan train-delay-model --param min_improvement=0.1\n  cairn plan train-delay-model --pushed');
  addRun(program, addAction);
  addRepeats(program, addAction);
  addComparisons(program, addAction);
  addQuestions(program, addAction);
}

function addRun(program: Command, addAction: AddAction): void {
  const run = program
    .command('run [workflow]')
    .description('run a workflow of the working tree; what is known already is reused')
    .option('--param <name=value>', 'parameter of the workflow, repeatable', collect, [])
    .option('--from <step>', 'only this step and what follows it; what is above must be known. With --fork: this step runs whatever')
    .option('--fork <run>', 'go on from a run: its results stand wherever they are still right, the rest runs')
    .option('--force', 'run every step, known or not', false);
  withFollowing(run);
  addAction(run, async (context, workflow: string | undefined, options: RunOptions) =>
    (await import('./run.ts')).run(context, workflow, options),
  ).addHelpText('after', '\nExample:\n  cairn run train-delay-model --param min_improvement=0.1');
}

function withFollowing(command: Command): Command {
  return command
    .option('--detach', 'answer when the run is accepted', false)
    .option('--cancel-on-interrupt', 'Ctrl-C cancels the run too', false);
}

function addRepeats(program: Command, addAction: AddAction): void {
  const rerun = program
    .command('rerun <run>')
    .description('run a run again: its code, environments and parameters as they were')
    .option('--param <name=value>', 'another value for a parameter, repeatable', collect, [])
    .option('--from <step>', 'run this step and what follows it; what is above is taken from that run')
    .option('--force', 'run every step, known or not', false);
  withFollowing(rerun);
  addAction(rerun, async (context, id: string, options: RerunOptions) =>
    (await import('./repeat.ts')).rerun(context, id, options),
  ).addHelpText('after', '\nExample:\n  cairn rerun 01987a3e-6f00-7000-8000-000000000000 --from train');
  const clone = program
    .command('clone <run>')
    .description("a new run of a run's workflow with its code, some parameters changed")
    .option('--param <name=value>', 'another value for a parameter, repeatable', collect, []);
  withFollowing(clone);
  addAction(clone, async (context, id: string, options: CloneOptions) =>
    (await import('./repeat.ts')).clone(context, id, options),
  ).addHelpText('after', '\nExample:\n  cairn clone 01987a3e-6f00-7000-8000-000000000000 --param month=2');
  const trigger = program
    .command('trigger <workflow>')
    .description('run a workflow as it was last pushed')
    .option('--param <name=value>', 'parameter of the workflow, repeatable', collect, []);
  withFollowing(trigger);
  addAction(trigger, async (context, workflow: string, options: CloneOptions) =>
    (await import('./repeat.ts')).trigger(context, workflow, options),
  ).addHelpText('after', '\nExample:\n  cairn trigger flights/train-delay-model --param month=2');
}

function addComparisons(program: Command, addAction: AddAction): void {
  const receipt = program
    .command('receipt <run>')
    .description('show what it takes to repeat a run, or write it into a folder with everything that it names')
    .option('--out <folder>', 'write receipt.json and blobs/ there');
  addAction(receipt, async (context, id: string, options: { out?: string }) =>
    (await import('./replay.ts')).receipt(context, id, options),
  ).addHelpText('after', '\nExample:\n  cairn receipt 01987a3e-6f00-7000-8000-000000000000 --out ./receipt');
  const replay = program
    .command('replay <run>')
    .description('run a run again with nothing reused, from its receipt, and compare the results')
    .option('--from <folder>', 'a receipt that was written there; RUN may then be left to it: cairn replay FOLDER');
  addAction(replay, async (context, target: string, options: { from?: string }) =>
    (await import('./replay.ts')).replay(context, target, options),
  ).addHelpText('after', '\nExample:\n  cairn replay 01987a3e-6f00-7000-8000-000000000000 --from ./receipt');
  const diff = program
    .command('diff <before> <after>')
    .description('tell in what two runs differ: code, environments, inputs, parameters, columns, metrics');
  addAction(diff, async (context, before: string, after: string) => (await import('./diff.ts')).diff(context, before, after)).addHelpText(
    'after',
    '\nExample:\n  cairn diff 01987a3e-6f00-7000-8000-000000000000 01987a3e-7000-7000-8000-000000000000',
  );
}

function addQuestions(program: Command, addAction: AddAction): void {
  const runs = program
    .command('runs')
    .description('list runs, newest first')
    .option('--after <run>', 'only runs older than this one', toRunId)
    .option('--limit <n>', 'at most so many', toLimit, 20)
    .option('--workflow <workflow>', 'only of this workflow')
    .option('--parent <run>', 'only those that are nested in this run', toRunId);
  addAction(runs, async (context, options: RunsOptions) => (await import('./runs.ts')).runs(context, options)).addHelpText(
    'after',
    '\nExample:\n  cairn runs --limit 5',
  );
  const show = program.command('show <run>').description('show a run with all its steps');
  addAction(show, async (context, id: string) => (await import('./show.ts')).show(context, id)).addHelpText(
    'after',
    '\nExample:\n  cairn show 01987a3e-6f00-7000-8000-000000000000 --json',
  );
  const logs = program
    .command('logs <run> [step]')
    .description('show what tasks have written')
    .option('-f, --follow', 'go on until the run has ended', false);
  addAction(logs, async (context, id: string, step: string | undefined, options: { follow: boolean }) =>
    (await import('./logs.ts')).logs(context, id, step, options),
  ).addHelpText('after', '\nExample:\n  cairn logs 01987a3e-6f00-7000-8000-000000000000 train -f');
  const cancel = program.command('cancel <run>').description('cancel a run; its processes are stopped');
  addAction(cancel, async (context, id: string) => (await import('./cancel.ts')).cancel(context, id)).addHelpText(
    'after',
    '\nExample:\n  cairn cancel 01987a3e-6f00-7000-8000-000000000000',
  );
  const why = program.command('why <run> <step>').description('tell why a step ran or was reused');
  addAction(why, async (context, id: string, step: string) => (await import('./why.ts')).why(context, id, step)).addHelpText(
    'after',
    '\nExample:\n  cairn why 01987a3e-6f00-7000-8000-000000000000 features',
  );
}

/** Pages go on from an id by its order, so that of a run which is gone is good too; any other text would list everything again. */
function toRunId(text: string): string {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) throw new InvalidArgumentError('It takes the whole id of a run.');
  return text;
}

function toLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw new InvalidArgumentError('It takes a whole number from 1 to 500.');
  return limit;
}
