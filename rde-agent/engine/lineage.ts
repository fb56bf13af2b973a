import type { LineageRecord } from '../protocol/runEvents.ts';
import { toProjection } from './projection.ts';
import type { TaskNode, TaskSource } from './taskGraph.ts';

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

function toLeaves(source: TaskSource): readonly Extract<TaskSource, { kind: 'value' }>[] {
  return source.kind === 'value' ? [source] : source.items.flatMap(toLeaves);
}
