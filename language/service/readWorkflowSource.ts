import type { ReadWorkflowSource } from '../model/workflowSource.ts';
import { parseWorkflow } from '../parse/parseWorkflow.ts';

/** Reads one workflow file by itself, without the workspace around it. */
export const readWorkflowSource: ReadWorkflowSource = (text) => {
  const { value, source } = parseWorkflow('', text);
  if (value === undefined) return undefined;
  const lines = value.steps.map(({ id }) => [id, source.keyRange(['steps', id]).start.line] as const);
  return { workflow: value.name, description: value.description, lines: Object.fromEntries(lines) };
};
