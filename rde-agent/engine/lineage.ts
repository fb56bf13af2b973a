import { WORKFLOW_INPUTS } from '../../language/model/workflow.ts';
import type { LineageRecord, TaskId } from '../protocol/runEvents.ts';
import { toProjection } from './projection.ts';
import type { TaskNode, TaskSource } from './taskNode.ts';

/**
 * What is true without looking into the code: every output derives from everything that the task was given. `enforced` where each
 * source was cut to named columns before the task could see it, else `floor`.
 */
export function toFloorLineage(node: TaskNode): readonly LineageRecord[] {
  const types = new Map(node.step.contract.inputs.map((port) => [port.name, port.type]));
  const sources = Object.entries(node.inputs).flatMap(([port, source]) => {
    const type = types.get(port);
    const columns = type === undefined ? null : toProjection(type);
    return toLeaves(source).map(({ task, port: output }) => ({ task, port: output, columns }));
  });
  const evidence = sources.length > 0 && sources.every((source) => source.columns !== null) ? 'enforced' : 'floor';
  return node.step.contract.outputs.map((output): LineageRecord => ({ output: output.name, evidence, sources }));
}

/** What the workflow itself was given is said to come from a task `inputs`. */
function toLeaves(source: TaskSource): readonly { readonly task: TaskId; readonly port: string }[] {
  if (source.kind === 'list') return source.items.flatMap(toLeaves);
  return [source.kind === 'value' ? source : { task: WORKFLOW_INPUTS, port: source.input }];
}
