import { stringify } from 'yaml';
import type { CiJob, CiPlanDocument } from '../../protocol/ciDocuments.ts';
import { NOTHING } from './levels.ts';
import type { PipelineOptions } from './pipelineOptions.ts';

/** A workflow of GitHub Actions, to be called or started by hand. */
export function toGitHub({ jobs, since }: CiPlanDocument, options: PipelineOptions): string {
  const all =
    jobs.length === 0 ? { nothing: toShell([NOTHING], options) } : Object.fromEntries(jobs.map((job) => [job.id, toJob(job, options)]));
  const workflow = {
    name: 'Modules',
    'run-name': `Modules changed since ${since}`,
    on: { workflow_call: {}, workflow_dispatch: {} },
    permissions: { contents: 'read' },
    jobs: all,
  };
  return stringify(workflow, { lineWidth: 0, aliasDuplicateObjects: false });
}

function toJob({ module, needs, commands }: CiJob, options: PipelineOptions): object {
  const job = toShell(commands, options);
  return { name: module, ...(needs.length === 0 ? {} : { needs: [...needs] }), ...job };
}

function toShell(commands: readonly string[], { setup, runner, image }: PipelineOptions): object {
  return {
    'runs-on': runner ?? 'ubuntu-latest',
    ...(image === undefined ? {} : { container: image }),
    steps: [{ uses: 'actions/checkout@v4', with: { 'fetch-depth': 0 } }, ...[...setup, ...commands].map((run) => ({ run }))],
  };
}
