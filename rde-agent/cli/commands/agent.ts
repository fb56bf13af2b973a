import { setTimeout as delay } from 'node:timers/promises';
import { AgentClient } from '../../client/agentClient.ts';
import { findReachable } from '../../client/launchAgent.ts';
import { isAlive } from '../../client/lockFile.ts';
import type { AgentStatusDocument } from '../../protocol/documents.ts';
import { CairnError } from '../../protocol/errors.ts';
import { startLocalAgent } from '../connectAgent.ts';
import type { CommandContext } from '../commandContext.ts';
import { toCount, toDuration, toSize } from '../numbers.ts';
import { toTable } from '../table.ts';

/** milliseconds for an agent to end its tasks and close its store */
const STOP_LIMIT = 30_000;

export async function startAgent(context: CommandContext): Promise<number> {
  context.progress.show('starting the agent');
  const { started } = await startLocalAgent(context.stateFolder, context.env);
  const agent = await context.agent();
  const status = await agent.request('agent.status', {}, context.interrupted);
  context.answer(
    status,
    () => `${started ? 'started' : 'already running'}: process ${String(status.pid)}, port ${String(status.port)}, ${status.state}\n`,
  );
  return 0;
}

export async function stopAgent(context: CommandContext): Promise<number> {
  const lock = await findReachable(context.stateFolder);
  if (lock === undefined) throw toNone(context.stateFolder);
  context.progress.show('stopping the agent');
  const client = new AgentClient({ stateFolder: context.stateFolder, client: 'cli' });
  try {
    await client.request('agent.stop', {}, context.interrupted);
  } finally {
    client.dispose();
  }
  const deadline = performance.now() + STOP_LIMIT;
  while (isAlive(lock.pid) && performance.now() < deadline) await delay(20);
  if (isAlive(lock.pid))
    throw new CairnError('agent-unreachable', `The agent (process ${String(lock.pid)}) is still ending its tasks.`, {
      next: 'Wait, or look at its log.',
    });
  context.answer({ v: 1, pid: lock.pid, state: 'stopped' }, () => `stopped: process ${String(lock.pid)}\n`);
  return 0;
}

export async function showAgent(context: CommandContext): Promise<number> {
  if ((await findReachable(context.stateFolder)) === undefined) throw toNone(context.stateFolder);
  const client = new AgentClient({ stateFolder: context.stateFolder, client: 'cli' });
  try {
    const status = await client.request('agent.status', {}, context.interrupted);
    context.answer(status, () => toStatusText(status));
    return 0;
  } finally {
    client.dispose();
  }
}

function toNone(stateFolder: string): CairnError {
  return new CairnError('agent-unreachable', `No agent is running for ${stateFolder}.`, {
    next: 'Start one with `cairn agent start`; other commands start it on demand.',
  });
}

function toCacheRows(cache: AgentStatusDocument['cache']): readonly (readonly [string, string])[] {
  if (cache === undefined || cache.hits + cache.misses + cache.demoted === 0) return [];
  const { hits, misses, saved, healed, audited, demoted } = cache;
  const reuse = `${String(hits)} of ${String(hits + misses)} tasks, ${toDuration(saved)} saved`;
  const more = [healed === 0 ? '' : `${String(healed)} healed`, `${String(audited)} checked`].filter((text) => text !== '').join(', ');
  const rows: (readonly [string, string])[] = [['reused', `${reuse} (${more})`]];
  if (demoted > 0) rows.push(['distrusted', `${toCount(demoted, 'module')}: see \`cairn agent audit\``]);
  return rows;
}

function toStatusText(status: AgentStatusDocument): string {
  return toTable([
    ['process', String(status.pid)],
    ['port', String(status.port)],
    ['version', `${status.version} (protocol ${String(status.protocol)})`],
    ['roles', status.roles.join(', ')],
    ['workers', String(status.workers)],
    ['memory', toSize(status.rss)],
    ['started', status.started],
    ['state', status.state],
    ...toCacheRows(status.cache),
  ]);
}
