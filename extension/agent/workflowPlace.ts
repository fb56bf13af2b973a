/** One workflow of one workspace. */
export interface WorkflowPlace {
  readonly root: string;
  readonly workflow: string;
}

/** Equal for equal places. */
export function toPlaceKey({ root, workflow }: WorkflowPlace): string {
  return `${root}\n${workflow}`;
}
