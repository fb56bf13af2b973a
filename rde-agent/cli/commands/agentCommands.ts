import { InvalidArgumentError, Option, type Command } from 'commander';
import { LONGEST_TOKEN, TOKEN_LEVELS } from '../../client/token.ts';
import type { AddAction } from '../addAction.ts';
import type { TokenOptions } from './token.ts';

/** Commands about the agent and this host. */
export function addAgentCommands(program: Command, addAction: AddAction): void {
  const agent = program.command('agent').description('start, stop or look at the local agent');
  const start = agent.command('start').description('start the agent, if none runs');
  addAction(start, async (context) => (await import('./agent.ts')).startAgent(context)).addHelpText(
    'after',
    '\nExample:\n  cairn agent start',
  );
  const stop = agent.command('stop').description('stop the agent; tasks that run are lost and run again at the next start');
  addAction(stop, async (context) => (await import('./agent.ts')).stopAgent(context)).addHelpText(
    'after',
    '\nExample:\n  cairn agent stop',
  );
  const status = agent.command('status').description('show the running agent; exit code 3 when there is none');
  addAction(status, async (context) => (await import('./agent.ts')).showAgent(context)).addHelpText(
    'after',
    '\nExample:\n  cairn agent status --json',
  );
  const token = agent
    .command('token')
    .description('make a token for scripts that ask the agent over HTTP')
    .addOption(new Option('--allow <level>', 'read, submit (and read), or write (and both)').choices([...TOKEN_LEVELS]).default('read'))
    .option('--minutes <n>', 'how long it is good, at most 1440', toMinutes, 60);
  addAction(token, async (context, options: TokenOptions) => (await import('./token.ts')).makeToken(context, options)).addHelpText(
    'after',
    '\nExample:\n  cairn agent token --allow submit --json\n  curl -H "Authorization: Bearer $(cairn agent token --quiet)" http://127.0.0.1:PORT/v1/runs',
  );
  const doctor = program.command('doctor').description('tell what this host offers and what is missing');
  addAction(doctor, async (context) => (await import('./doctor.ts')).doctor(context)).addHelpText('after', '\nExample:\n  cairn doctor');
}

function toMinutes(text: string): number {
  const minutes = Number(text);
  const most = LONGEST_TOKEN / 60;
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > most)
    throw new InvalidArgumentError(`It takes a whole number from 1 to ${String(most)}.`);
  return minutes;
}
