/** What the file of a workflow says that its pinned definition does not: how it is described, and where its steps are written. */
export interface WorkflowSource {
  readonly workflow: string;
  readonly description: string;
  /** by step: of its key, from 1 */
  readonly lines: { readonly [step: string]: number };
}

/** `undefined` = the text is not that of a workflow. Never throws. */
export type ReadWorkflowSource = (text: string) => WorkflowSource | undefined;
