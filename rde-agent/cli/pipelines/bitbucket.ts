import { stringify } from 'yaml';
import type { CiJob, CiPlanDocument } from '../../protocol/ciDocuments.ts';
import { toFolder } from './folder.ts';
import { NOTHING, toLevels } from './levels.ts';
import type { PipelineOptions } from './pipelineOptions.ts';

/** Steps of one pipeline of Bitbucket: with more jobs, several share a step. */
const MOST_STEPS = 100;

/** What a dynamic pipeline of Bitbucket answers: steps that need none of each other are parallel. */
export function toBitbucket({ jobs, folder }: CiPlanDocument, options: PipelineOptions): string {
  const first = [...options.setup, ...toFolder(folder)];
  const groups = toGroups(jobs);
  const steps = groups.map((group) => toBlock(group.map((members) => toStep(members, first, options))));
  const pipeline = {
    ...(options.image === undefined ? {} : { image: options.image }),
    clone: { depth: 'full' },
    pipelines: { default: steps.length === 0 ? [{ step: { name: 'Nothing to do', script: [NOTHING] } }] : steps },
  };
  return stringify(pipeline, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** For each level its steps, for each step its jobs; as few jobs in one step as there is room for. */
function toGroups(jobs: readonly CiJob[]): readonly (readonly (readonly CiJob[])[])[] {
  const levels = toLevels(jobs);
  // A chain that is longer than that is one step after another, jobs in their order.
  if (levels.length > MOST_STEPS) return toChunks(jobs, Math.ceil(jobs.length / MOST_STEPS)).map((chunk) => [chunk]);
  let size = 1;
  const count = (): number => levels.reduce((sum, level) => sum + Math.ceil(level.length / size), 0);
  while (count() > MOST_STEPS) size += 1;
  return levels.map((level) => toChunks(level, size));
}

function toChunks(jobs: readonly CiJob[], size: number): readonly (readonly CiJob[])[] {
  return Array.from({ length: Math.ceil(jobs.length / size) }, (_, index) => jobs.slice(index * size, (index + 1) * size));
}

/** A single step can't be parallel. */
function toBlock(steps: readonly object[]): object {
  return steps.length === 1 ? { step: steps[0] } : { parallel: { steps: steps.map((step) => ({ step })) } };
}

function toStep(jobs: readonly CiJob[], before: readonly string[], { runner }: PipelineOptions): object {
  const [first] = jobs;
  const name = jobs.length === 1 ? (first?.module ?? '') : `${first?.module ?? ''} and ${String(jobs.length - 1)} more`;
  return { name, ...(runner === undefined ? {} : { 'runs-on': [runner] }), script: [...before, ...toScript(jobs)] };
}

/** Of jobs that share a step each is tried, whatever became of those before. */
function toScript(jobs: readonly CiJob[]): readonly string[] {
  const [only, ...others] = jobs;
  if (only !== undefined && others.length === 0) return only.commands;
  return ['failed=0', ...jobs.map(({ commands }) => `( ${commands.join(' && ')} ) || failed=1`), 'exit $failed'];
}
