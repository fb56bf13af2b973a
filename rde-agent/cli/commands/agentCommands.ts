import type { Command } from 'commander';
import type { AddAction } from '../addAction.ts';

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
  const doctor = program.command('doctor').description('tell what this host offers and what is missing');
  addAction(doctor, async (context) => (await import('./doctor.ts')).doctor(context)).addHelpText('after', '\nExample:\n  cairn doctor');
}
