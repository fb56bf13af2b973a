import type { CiPlanDocument } from '../../protocol/ciDocuments.ts';
import { toBitbucket } from './bitbucket.ts';
import type { PipelineFormat } from './formatNames.ts';
import { toGitHub } from './gitHub.ts';
import { toGitLab } from './gitLab.ts';
import type { PipelineOptions } from './pipelineOptions.ts';

type Render = (plan: CiPlanDocument, options: PipelineOptions) => string;

export const FORMATS: { readonly [format in PipelineFormat]: Render } = {
  json: (plan) => `${JSON.stringify(plan, null, 2)}\n`,
  github: toGitHub,
  gitlab: toGitLab,
  bitbucket: toBitbucket,
};
