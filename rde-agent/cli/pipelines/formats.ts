import type { CiPlanDocument } from '../../protocol/ciDocuments.ts';
import { toBitbucket } from './bitbucket.ts';
import type { PipelineFormat } from './formatNames.ts';
import { toGitHub } from './gitHub.ts';
import { toGitLab } from './gitLab.ts';

/** What a pipeline needs beside its jobs; all of it is written as it was given. */
export interface PipelineOptions {
  /** commands that come before those of every job: what puts `cairn` on PATH */
  readonly setup: readonly string[];
  /** label of the runners that reach the agent; `undefined` = those of the service */
  readonly runner: string | undefined;
  /** container image; `undefined` = the service's own */
  readonly image: string | undefined;
}

type Render = (plan: CiPlanDocument, options: PipelineOptions) => string;

export const FORMATS: { readonly [format in PipelineFormat]: Render } = {
  json: (plan) => `${JSON.stringify(plan, null, 2)}\n`,
  github: toGitHub,
  gitlab: toGitLab,
  bitbucket: toBitbucket,
};
