import { AgentClient } from '../../client/agentClient.ts';
import { findReachable } from '../../client/launchAgent.ts';
import type { DoctorDocument } from '../../protocol/documents.ts';
import type { CommandContext } from '../commandContext.ts';

/** Asks the agent about its host; without one, looks itself and says so. Exit 1 when something is broken. */
export async function doctor(context: CommandContext): Promise<number> {
  context.progress.show('looking');
  const running = await findReachable(context.stateFolder);
  const document = running === undefined ? await lookAlone(context) : await askAgent(context, running.pid);
  context.answer(document, () => toDoctorText(context, document));
  return document.checks.some((check) => check.state === 'broken') ? 1 : 0;
}

async function askAgent(context: CommandContext, pid: number): Promise<DoctorDocument> {
  const client = new AgentClient({ stateFolder: context.stateFolder, client: 'cli' });
  try {
    const { checks } = await client.request('agent.doctor', {}, context.interrupted);
    return { v: 1, checks: [{ name: 'agent', state: 'ok', message: `process ${String(pid)} answers` }, ...checks] };
  } finally {
    client.dispose();
  }
}

async function lookAlone(context: CommandContext): Promise<DoctorDocument> {
  const { checkHost } = await import('../../server/hostChecks.ts');
  const checks = await checkHost(context.stateFolder, context.env);
  return {
    v: 1,
    checks: [
      {
        name: 'agent',
        state: 'missing',
        message: 'No agent is running.',
        next: 'Start it with `cairn agent start`; other commands start it on demand.',
      },
      ...checks,
    ],
  };
}

function toDoctorText(context: CommandContext, document: DoctorDocument): string {
  const style = { ok: 'green', missing: 'yellow', broken: 'red' } as const;
  const width = Math.max(...document.checks.map((check) => check.name.length));
  const lines = document.checks.flatMap((check) => {
    const state = context.paint(style[check.state], check.state.padEnd('missing'.length));
    const next = check.next === undefined || check.state === 'ok' ? [] : [`${' '.repeat(width + 11)}→ ${check.next}`];
    return [`${check.name.padEnd(width)}  ${state}  ${check.message}`, ...next];
  });
  return `${lines.join('\n')}\n`;
}
