import type { AgentClient } from '../../client/agentClient.ts';
import { newKey } from '../../client/newKey.ts';
import type { RunDocument } from '../../protocol/documents.ts';
import type { CommandContext } from '../commandContext.ts';
import { followRun, type LiveRun } from '../liveRun.ts';
import { toErrors, toSummary } from '../runText.ts';
import { readWorkflowAndParams } from '../workflowArgument.ts';

export interface RunOptions {
  readonly param: string[];
  readonly from?: string;
  readonly force: boolean;
  readonly detach: boolean;
  readonly cancelOnInterrupt: boolean;
}

/** Runs a workflow and stays with it until it has ended. Exit 0 succeeded, 1 failed or cancelled by somebody, 130 Ctrl-C. */
export async function run(context: CommandContext, workflow: string | undefined, options: RunOptions): Promise<number> {
  const root = context.root();
  const agent = await context.agent();
  context.progress.show('submitting');
  const chosen = await readWorkflowAndParams(context, agent, root, workflow, options.param);
  const from = options.from === undefined ? {} : { from: options.from };
  const submitted = await agent.request(
    'run.submit',
    { root, ...chosen, ...from, force: options.force, key: newKey() },
    context.interrupted,
  );
  if (options.detach) return answerDetached(context, agent, submitted.run);
  if (!context.options.json && !context.options.quiet)
    context.progress.around(() => context.stdout.write(`${context.paint('bold', chosen.workflow)}  ${submitted.run}\n`));
  const live = followRun(context, agent, submitted.run);
  try {
    const ended = await waitForEnd(context, agent, submitted.run, live, options.cancelOnInterrupt);
    if (ended === undefined) return 130;
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
): Promise<RunDocument | undefined> {
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
