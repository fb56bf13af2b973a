import { InvalidArgumentError, Option, type Command } from 'commander';
import { LONGEST_TOKEN, TOKEN_LEVELS } from '../../client/token.ts';
import type { AddAction } from '../addAction.ts';
import type { AuditOptions, CollectOptions } from './cache.ts';
import type { TokenOptions } from './token.ts';

/** Commands about the agent and this host. */
export function addAgentCommands(program: Command, addAction: AddAction): void {
  const agent = program.command('agent').description('start, stop or look at the local agent');
  agent.addHelpText('after', '\nExample:\n  cairn agent status');
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
  addCacheCommands(agent, addAction);
  const doctor = program.command('doctor').description('tell what this host offers and what is missing');
  addAction(doctor, async (context) => (await import('./doctor.ts')).doctor(context)).addHelpText('after', '\nExample:\n  cairn doctor');
}

/** Commands about what becomes of results. */
function addCacheCommands(agent: Command, addAction: AddAction): void {
  const collect = agent
    .command('gc')
    .description('throw old results away, and content that nothing needs any more')
    .option('--dry-run', 'only tell what would go')
    .option('--days <n>', 'keep results and runs of so many days (default: what agent.yaml says)', toAmount)
    .option('--bytes <n>', 'keep so many bytes of results, the newest', toAmount);
  addAction(collect, async (context, options: CollectOptions) => (await import('./cache.ts')).collectGarbage(context, options)).addHelpText(
    'after',
    '\nTags, pinned and open runs, and pushed workflows keep what they need.\n\nExample:\n  cairn agent gc --dry-run\n  cairn agent gc --days 30',
  );
  const audit = agent
    .command('audit [modules...]')
    .description('show what checks of reused results have shown; with modules, check the newest result of each of their steps now')
    .option('--check', 'check the newest result of every step now')
    .option('--all', 'check every result now')
    .option('--trust <module>', 'reuse results of a module again, whatever audits have shown');
  addAction(audit, async (context, modules: string[], options: AuditOptions) =>
    (await import('./cache.ts')).auditResults(context, modules, options),
  ).addHelpText('after', '\nExample:\n  cairn agent audit\n  cairn agent audit flights/train --all');
  const pin = agent.command('pin <run>').description('keep everything of a run').option('--off', 'keep it no longer than others');
  addAction(pin, async (context, run: string, { off = false }: { readonly off?: boolean }) =>
    (await import('./cache.ts')).pinRun(context, run, !off),
  ).addHelpText('after', '\nExample:\n  cairn agent pin 0198c2f4-…');
}

function toAmount(text: string): number {
  const amount = Number(text);
  if (text.trim() === '' || !Number.isFinite(amount) || amount < 0) throw new InvalidArgumentError('It takes a number from 0 up.');
  return amount;
}

function toMinutes(text: string): number {
  const minutes = Number(text);
  const most = LONGEST_TOKEN / 60;
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > most)
    throw new InvalidArgumentError(`It takes a whole number from 1 to ${String(most)}.`);
  return minutes;
}
