import { CairnError } from '../protocol/errors.ts';
import type { PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';
import { toDepth } from './nestedResults.ts';
import type { Received } from './received.ts';

/** workflows inside of one another */
const DEEPEST = 16;

/**
 * Everything that the run, and every run inside of it, will need is here, so that it cannot fail for that later. Rejects with `unknown-blob`
 * or `invalid-request`.
 */
export async function assertComplete(definition: PinnedWorkflow, received: Received, clusters: readonly string[]): Promise<void> {
  const { workflow, workflows = [] } = definition;
  if (toDepth(definition, DEEPEST) > DEEPEST)
    throw new CairnError('invalid-request', `${workflow} nests workflows more than ${DEEPEST} deep`);
  for (const each of [definition, ...workflows]) {
    for (const step of each.steps) await assertStep(step, each === definition ? '' : `${each.workflow}: `, definition, received, clusters);
    for (const { lock, name } of each.environments) if (lock !== null) received.assertHas(lock, `the lock file of environment ${name}`);
  }
}

async function assertStep(
  step: PinnedStep,
  where: string,
  { workflows = [] }: PinnedWorkflow,
  received: Received,
  clusters: readonly string[],
): Promise<void> {
  if (step.kind === 'workflow') {
    if (workflows.some((each) => each.workflow === step.name)) return;
    throw new CairnError('invalid-request', `${where}step ${step.id} is the workflow ${step.name}, which was not sent along`);
  }
  if (!clusters.includes(step.cluster))
    throw new CairnError('invalid-request', `${where}step ${step.id} runs on cluster ${step.cluster}, which this agent does not have`);
  await received.artifact(step.artifact, step.name);
  for (const { name, artifact } of step.libraries ?? []) await received.artifact(artifact, name);
}
