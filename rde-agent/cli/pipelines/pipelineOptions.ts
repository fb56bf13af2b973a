/** What a pipeline needs beside its jobs; all of it is written as it was given. */
export interface PipelineOptions {
  /** commands that come before those of every job: what puts `cairn` on PATH */
  readonly setup: readonly string[];
  /** label of the runners that reach the agent; `undefined` = those of the service */
  readonly runner: string | undefined;
  /** container image; `undefined` = the service's own */
  readonly image: string | undefined;
}
