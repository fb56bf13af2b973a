import { newKey } from '../../client/newKey.ts';
import type { CommandContext } from '../commandContext.ts';
import { parseTexts } from '../params.ts';
import { follow, type FollowOptions } from './follow.ts';

export interface RerunOptions extends FollowOptions {
  readonly param: string[];
  readonly from?: string;
  readonly force: boolean;
}

/** Runs a run again, everything pinned as it was. */
export async function rerun(context: CommandContext, run: string, options: RerunOptions): Promise<number> {
  const agent = await context.agent();
  context.progress.show('submitting');
  const from = options.from === undefined ? {} : { from: options.from };
  const request = { run, ...from, force: options.force, texts: parseTexts(options.param), key: newKey() };
  const submitted = await agent.request('run.rerun', request, context.interrupted);
  return follow(context, agent, submitted.run, `again: ${run}`, options);
}

export interface CloneOptions extends FollowOptions {
  readonly param: string[];
}

/** A new run of a run's workflow, with its code and with other parameters. */
export async function clone(context: CommandContext, run: string, options: CloneOptions): Promise<number> {
  const agent = await context.agent();
  context.progress.show('submitting');
  const request = { run, texts: parseTexts(options.param), key: newKey() };
  const submitted = await agent.request('run.clone', request, context.interrupted);
  return follow(context, agent, submitted.run, `clone of ${run}`, options);
}

/** Runs a workflow as it was last pushed. */
export async function trigger(context: CommandContext, workflow: string, options: CloneOptions): Promise<number> {
  const agent = await context.agent();
  context.progress.show('submitting');
  const request = { workflow, texts: parseTexts(options.param), key: newKey() };
  const triggered = await agent.request('run.trigger', request, context.interrupted);
  return follow(context, agent, triggered.run, triggered.workflow, options);
}
