import { newKey } from '../../client/newKey.ts';
import type { CommandContext } from '../commandContext.ts';
import { readWorkflowAndParams } from '../workflowArgument.ts';
import { follow, type FollowOptions } from './follow.ts';

export interface RunOptions extends FollowOptions {
  readonly param: string[];
  readonly from?: string;
  readonly fork?: string;
  readonly force: boolean;
}

/** Runs a workflow of the working tree and stays with it. */
export async function run(context: CommandContext, workflow: string | undefined, options: RunOptions): Promise<number> {
  const root = context.root();
  const agent = await context.agent();
  context.progress.show('submitting');
  const chosen = await readWorkflowAndParams(context, agent, root, workflow, options.param);
  const from = options.from === undefined ? {} : { from: options.from };
  const fork = options.fork === undefined ? {} : { fork: options.fork };
  const submitted = await agent.request(
    'run.submit',
    { root, ...chosen, ...from, ...fork, force: options.force, key: newKey() },
    context.interrupted,
  );
  const title = options.fork === undefined ? chosen.workflow : `${chosen.workflow}, forked from ${options.fork}`;
  return follow(context, agent, submitted.run, title, options);
}
