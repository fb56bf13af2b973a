import * as z from 'zod/mini';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import type { ParamsOf } from '../../rde-agent/protocol/operations.ts';
import type { RunView } from '../../rde-agent/protocol/runView.ts';
import type { WorkflowView } from '../../rde-agent/protocol/workspaceView.ts';
import type { AgentLink } from './agentLink.ts';

/**
 * Values for the parameters that have no default: those of the newest run, which a person would most likely give again. Rejects with
 * `invalid-request` when the workflow has not run yet.
 */
export async function findMissingParams(
  link: Pick<AgentLink, 'runs' | 'followRun'>,
  workflow: WorkflowView,
): Promise<NonNullable<ParamsOf<'workspace.plan'>['params']>> {
  const missing = workflow.params.filter((param) => param.default === undefined).map(({ name }) => name);
  if (missing.length === 0) return {};
  const newest = link.runs.runs.find((run) => run.workflow === workflow.name)?.run;
  if (newest === undefined)
    throw new CairnError('invalid-request', `${workflow.name} needs ${missing.join(', ')}, and has not run yet`, {
      next: 'Run it once, or plan it with “Cairn: Plan”, which asks for them.',
    });
  const { params } = await readRun(link, newest);
  return Object.fromEntries(missing.flatMap((name) => (Object.hasOwn(params, name) ? [[name, z.json().parse(params[name])]] : [])));
}

/** The state of a run that nobody need follow. */
export function readRun(link: Pick<AgentLink, 'followRun'>, run: string): Promise<RunView> {
  const { promise, resolve } = Promise.withResolvers<RunView>();
  const following = link.followRun(run, resolve);
  return promise.finally(() => following.dispose());
}
