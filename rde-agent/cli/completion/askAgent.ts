import { AgentClient } from '../../client/agentClient.ts';
import { findReachable } from '../../client/launchAgent.ts';
import type { OperationName, ParamsOf, ResultOf } from '../../protocol/operations.ts';
import type { CommandContext } from '../commandContext.ts';
import type { Candidate } from './complete.ts';

/** milliseconds: nobody waits longer for a list */
const PATIENCE = 1500;
const MOST_RUNS = 30;

/** `undefined` = no agent runs. */
async function ask<N extends OperationName>(
  { stateFolder }: CommandContext,
  name: N,
  params: ParamsOf<N>,
): Promise<ResultOf<N> | undefined> {
  if ((await findReachable(stateFolder)) === undefined) return undefined;
  const client = new AgentClient({ stateFolder, client: 'cli', patience: PATIENCE });
  try {
    return await client.request(name, params);
  } finally {
    client.dispose();
  }
}

export async function askRuns(context: CommandContext): Promise<readonly Candidate[]> {
  const { runs = [] } = (await ask(context, 'run.list', { limit: MOST_RUNS })) ?? {};
  return runs.map(({ run, workflow, state, started }) => ({ value: run, description: `${workflow}, ${state}, ${started.slice(0, 16)}` }));
}

/** Those of nested workflows too, as `check/score`. */
export async function askRunSteps(context: CommandContext, run: string): Promise<readonly Candidate[]> {
  const { steps = [] } = (await ask(context, 'run.show', { run })) ?? {};
  return steps.map(({ step, state }) => ({ value: step, description: state }));
}

export async function askOutputs(context: CommandContext, run: string): Promise<readonly Candidate[]> {
  const { steps = [] } = (await ask(context, 'run.show', { run })) ?? {};
  return steps.flatMap(({ step, outputs }) =>
    Object.entries(outputs).map(([port, { type }]) => ({ value: `${run}:${step}.${port}`, description: type })),
  );
}

/** Of a module, or of all. */
export async function askTags(context: CommandContext, module: string | undefined): Promise<readonly Candidate[]> {
  const { tags = [] } = (await ask(context, 'tag.list', module === undefined ? {} : { module })) ?? {};
  const found = new Map(tags.map(({ tag, artifact }) => [tag, module === undefined ? '' : artifact.slice(0, 'sha256:'.length + 12)]));
  return [...found].map(([value, description]) => ({ value, description }));
}

export async function askClusters(context: CommandContext): Promise<readonly Candidate[]> {
  const { clusters = [] } = (await ask(context, 'cluster.list', {})) ?? {};
  return clusters.map(({ cluster, runtime }) => ({ value: cluster, description: runtime }));
}

export async function askSchedules(context: CommandContext): Promise<readonly Candidate[]> {
  const { schedules = [] } = (await ask(context, 'schedule.list', {})) ?? {};
  return schedules.map(({ workflow, state, cron }) => ({ value: workflow, description: `${state}, ${cron}` }));
}

export async function askVersions(context: CommandContext, root: string, dataset: string): Promise<readonly Candidate[]> {
  const { datasets = [] } = (await ask(context, 'dataset.list', { root, dataset })) ?? {};
  return datasets.flatMap(({ versions }) =>
    versions.map(({ version, at }) => ({ value: `${dataset}@${version}`, description: at.slice(0, 16) })),
  );
}
