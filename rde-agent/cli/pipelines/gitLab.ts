import { stringify } from 'yaml';
import type { CiJob, CiPlanDocument } from '../../protocol/ciDocuments.ts';
import { toFolder } from './folder.ts';
import { NOTHING, toLevels } from './levels.ts';
import type { PipelineOptions } from './pipelineOptions.ts';

/** Jobs that one job may name in `needs`; with more it waits for the stage before. */
const MOST_NEEDS = 50;

/** A child pipeline of GitLab: an artifact that a `trigger: include: artifact:` job starts. */
export function toGitLab({ jobs, folder }: CiPlanDocument, { setup, runner, image }: PipelineOptions): string {
  const first = [...setup, ...toFolder(folder)];
  const levels = toLevels(jobs);
  const stages = levels.length === 0 ? ['modules-1'] : levels.map((_, index) => toStage(index));
  const pipeline = {
    workflow: { rules: [{ when: 'always' }] },
    stages,
    variables: { GIT_DEPTH: '0' },
    ...(image === undefined && runner === undefined
      ? {}
      : { default: { ...(image === undefined ? {} : { image }), ...(runner === undefined ? {} : { tags: [runner] }) } }),
    ...(levels.length === 0 ? { nothing: { stage: 'modules-1', script: [NOTHING] } } : {}),
    ...Object.fromEntries(levels.flatMap((level, index) => level.map((job) => [job.id, toJob(job, index, first)]))),
  };
  return stringify(pipeline, { lineWidth: 0, aliasDuplicateObjects: false });
}

function toStage(index: number): string {
  return `modules-${String(index + 1)}`;
}

function toJob({ needs, commands }: CiJob, level: number, first: readonly string[]): object {
  return { stage: toStage(level), ...(needs.length > MOST_NEEDS ? {} : { needs: [...needs] }), script: [...first, ...commands] };
}
