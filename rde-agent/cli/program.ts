import { Command, CommanderError, Option } from 'commander';
import type { Environment } from '../client/stateFolder.ts';
import { VERSION } from '../client/version.ts';
import { CairnError, toCairnError } from '../protocol/errors.ts';
import { addAgentCommands } from './commands/agentCommands.ts';
import { addCompletionCommands } from './commands/completionCommands.ts';
import { addDataCommands } from './commands/dataCommands.ts';
import { addEnvironmentCommands } from './commands/environmentCommands.ts';
import { addPortalCommands } from './commands/portalCommands.ts';
import { addReleaseCommands } from './commands/releaseCommands.ts';
import { addOverviewCommands } from './commands/overviewCommands.ts';
import { addRunCommands } from './commands/runCommands.ts';
import { addScheduleCommands } from './commands/scheduleCommands.ts';
import { addWorkspaceCommands } from './commands/workspaceCommands.ts';
import type { AddAction } from './addAction.ts';
import { CommandContext, type GlobalOptions } from './commandContext.ts';
import { reportFailure, toExitCode } from './failure.ts';
import { createPaint, wantsColour, type TextStream } from './terminal.ts';

export interface CliHost {
  readonly env: Environment;
  readonly cwd: string;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly interrupted: AbortSignal;
  /** version that this process runs on, `24.1.0` */
  readonly node: string;
}

/** Carries out one command line and answers its exit code (cli.md). Never rejects. */
export async function runCli(argv: readonly string[], host: CliHost): Promise<number> {
  let code = 0;
  let used: CommandContext | undefined;
  const addAction: AddAction = (command, act) =>
    command.action(async (...args: unknown[]) => {
      const global = command.optsWithGlobals<GlobalOptions>();
      assertNode(host.node);
      used = new CommandContext(global, host);
      // commander gives the declared arguments, then the options, then the command itself
      code = await act(used, ...(args.slice(0, -1) as never[]));
    });
  const program = createProgram(host, addAction);
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (thrown) {
    used?.progress.clear();
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    const error = host.interrupted.aborted ? new CairnError('cancelled', 'Cancelled.') : toFailure(thrown, toPath(program, argv));
    if (error.code !== 'cancelled')
      reportFailure(error, argv.includes('--json'), host.stderr, createPaint(wantsColour(host.stderr, host.env)));
    if (error.code === 'internal' && argv.includes('--verbose') && thrown instanceof Error) host.stderr.write(`${thrown.stack ?? ''}\n`);
    return toExitCode(error);
  } finally {
    used?.dispose();
  }
}

/** Older ones lack what the agent is built on, and fail somewhere in the middle. */
function assertNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return;
  throw new CairnError('agent-start-failed', `Cairn needs Node 22.19 or later, and this is Node ${version}.`, {
    cause: new Error('Older versions have no SQLite and no dictionaries for zstd.'),
    next: 'Put a newer Node first on PATH; `npm start` in a checkout brings its own.',
  });
}

/** All commands, as they are declared; `addAction` gives each what it does. */
export function createProgram(host: CliHost, addAction: AddAction): Command {
  const program = new Command('cairn');
  program
    .description('Modules, workflows, hot workers, and an answer to why every step ran.')
    .version(VERSION, '--version', 'print the version')
    .option('--json', 'one JSON document on stdout (JSON lines where the answer is a stream)', false)
    .option('--workspace <dir>', 'folder of the workspace (default: the nearest cairn.yaml upwards)')
    .option('--agent <name>', 'agent to ask (default: the local one, started on demand)')
    .option('--quiet', 'nothing beside the answer', false)
    .option('--verbose', 'more about what is done', false)
    .addOption(new Option('--no-input', 'never ask anything'))
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeOut: (text) => void host.stdout.write(text), writeErr: () => undefined });
  addWorkspaceCommands(program, addAction);
  addReleaseCommands(program, addAction);
  addRunCommands(program, addAction);
  addScheduleCommands(program, addAction);
  addEnvironmentCommands(program, addAction);
  addDataCommands(program, addAction);
  addPortalCommands(program, addAction);
  addOverviewCommands(program, addAction);
  addAgentCommands(program, addAction);
  addCompletionCommands(program, addAction);
  program.addHelpText(
    'after',
    '\nExample:\n  cairn init && cairn run\n\nExit codes: 0 done, 1 the answer is bad, 2 wrong usage, 3 no agent, 4 refused, 5 conflict, 130 cancelled.',
  );
  for (const command of listCommands(program)) command.exitOverride().configureOutput(program.configureOutput());
  return program;
}

function listCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...listCommands(child)]);
}

/** The command that the words name, as far as they name one: `cairn schedule show`. */
function toPath(program: Command, argv: readonly string[]): string {
  let found = program;
  const names = ['cairn'];
  for (const word of argv) {
    const child = found.commands.find((command) => command.name() === word);
    if (child === undefined) continue;
    found = child;
    names.push(word);
  }
  return names.join(' ');
}

function toFailure(thrown: unknown, path: string): CairnError {
  if (!(thrown instanceof CommanderError)) return toCairnError(thrown);
  const message = thrown.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  const incomplete = thrown.code === 'commander.help';
  return new CairnError('usage', incomplete ? 'The command is not complete: it needs a subcommand.' : message, {
    next: `See \`${path} --help\`.`,
  });
}
