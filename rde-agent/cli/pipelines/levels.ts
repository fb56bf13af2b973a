import type { CiJob } from '../../protocol/ciDocuments.ts';

/** Jobs by how many must come before them: those of one level need none of each other. */
export function toLevels(jobs: readonly CiJob[]): readonly (readonly CiJob[])[] {
  const levels: CiJob[][] = [];
  const levelOf = new Map<string, number>();
  for (const job of jobs) {
    // Jobs are in order, so what one needs has its level already.
    const level = Math.max(-1, ...job.needs.map((id) => levelOf.get(id) ?? -1)) + 1;
    levelOf.set(job.id, level);
    (levels[level] ??= []).push(job);
  }
  return levels;
}

/** What a pipeline without a job says, which services do not allow to be empty. */
export const NOTHING = 'echo "No module is affected."';
