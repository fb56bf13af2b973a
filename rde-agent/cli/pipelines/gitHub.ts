import { stringify } from 'yaml';
import type { CiJob, CiPlanDocument } from '../../protocol/ciDocuments.ts';
import { NOTHING } from './levels.ts';
import type { PipelineOptions } from './pipelineOptions.ts';

/** A workflow of GitHub Actions, to be called or started by hand. */
export function toGitHub({ jobs, since, folder }: CiPlanDocument, options: PipelineOptions): string {
  const all =
    jobs.length === 0
      ? { nothing: toShell([NOTHING], '.', options) }
      : Object.fromEntries(jobs.map((job) => [job.id, toJob(job, folder, options)]));
  const workflow = {
    name: 'Modules',
    'run-name': `Modules changed since ${since}`,
    on: { workflow_call: {}, workflow_dispatch: {} },
    permissions: { contents: 'read' },
    jobs: all,
  };
  return stringify(workflow, { lineWidth: 0, aliasDuplicateObjects: false });
}

function toJob({ module, needs, commands }: CiJob, folder: string, options: PipelineOptions): object {
  const job = toShell(commands, folder, options);
  return { name: module, ...(needs.length === 0 ? {} : { needs: [...needs] }), ...job };
}

/** Each command has a shell of its own, which begins in the folder of the repository. */
function toShell(commands: readonly string[], folder: string, { setup, runner, image }: PipelineOptions): object {
  const place = folder === '.' ? {} : { 'working-directory': folder };
  return {
    'runs-on': runner ?? 'ubuntu-latest',
    ...(image === undefined ? {} : { container: image }),
    steps: [
      { uses: 'actions/checkout@v4', with: { 'fetch-depth': 0 } },
      ...setup.map((run) => ({ run })),
      ...commands.map((run) => ({ ...place, run })),
    ],
  };
}
