export const FORMAT_NAMES = ['json', 'github', 'gitlab', 'bitbucket'] as const;
export type PipelineFormat = (typeof FORMAT_NAMES)[number];
