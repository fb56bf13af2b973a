import type { AgentClient } from '../../client/agentClient.ts';
import { newKey } from '../../client/newKey.ts';
import type { RunDocument } from '../../protocol/documents.ts';
import type { CommandContext } from '../commandContext.ts';
import { followRun, type LiveRun } from '../liveRun.ts';
import { toErrors, toSummary } from '../runText.ts';

export interface FollowOptions {
  readonly detach: boolean;
  readonly cancelOnInterrupt: boolean;
}

/**
 * Stays with a run that was just begun until it has ended, nested runs included. Exit 0 succeeded, 1 failed or cancelled by somebody,
 * 130 Ctrl-C. `title` = what people read above its steps.
 */
export async function follow(
  context: CommandContext,
  agent: AgentClient,
  run: string,
  title: string,
  options: FollowOptions,
): Promise<number> {
  if (options.detach) return answerDetached(context, agent, run);
  if (!context.options.json && !context.options.quiet)
    context.progress.around(() => context.stdout.write(`${context.paint('bold', title)}  ${run}\n`));
  const live = followRun(context, agent, run);
  try {
    const state = await waitForEnd(context, agent, run, live, options.cancelOnInterrupt);
    if (state === undefined) return 130;
    const ended = await agent.request('run.show', { run });
    context.answer(ended, () => toErrors(context.paint, ended) + toSummary(context.paint, ended));
    return context.interrupted.aborted ? 130 : ended.state === 'succeeded' ? 0 : 1;
  } finally {
    live.dispose();
  }
}

async function answerDetached(context: CommandContext, agent: AgentClient, id: string): Promise<number> {
  const document = await agent.request('run.show', { run: id }, context.interrupted);
  context.answer(document, () => `${id}\nfollow it: cairn logs -f ${id}\n`);
  return 0;
}

/** `undefined` = Ctrl-C, and the run goes on. */
async function waitForEnd(
  context: CommandContext,
  agent: AgentClient,
  id: string,
  live: LiveRun,
  cancelOnInterrupt: boolean,
): Promise<RunDocument['state'] | undefined> {
  const { promise: interruption, resolve: interrupt } = Promise.withResolvers<undefined>();
  const onAbort = (): void => interrupt(undefined);
  if (context.interrupted.aborted) onAbort();
  context.interrupted.addEventListener('abort', onAbort, { once: true });
  const first = await Promise.race([live.ended, interruption]);
  if (first !== undefined) return first;
  if (!cancelOnInterrupt) {
    context.note(`The run goes on. Follow it: cairn logs -f ${id}   Cancel it: cairn cancel ${id}`);
    return undefined;
  }
  await agent.request('run.cancel', { run: id, key: newKey() });
  return await live.ended;
}
