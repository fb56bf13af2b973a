import type { OutputLookup } from '../engine/keys.ts';
import type { TaskNode, TaskSource } from '../engine/taskNode.ts';
import type { TaskId } from '../protocol/runEvents.ts';

/**
 * Finds tasks that were given nothing on one of their ports: a nested workflow that has succeeded lacks an output whose step inside was skipped.
 * What needs it is skipped as well.
 */
export class AbsentInputs {
  readonly #outputOf: OutputLookup;
  /** tasks of a step share their inputs */
  readonly #known = new WeakMap<TaskNode['inputs'], { readonly task: TaskId | null }>();

  constructor(outputOf: OutputLookup) {
    this.#outputOf = outputOf;
  }

  /** The task above that has not made what this ready task needs; `null` = everything is there. */
  of({ inputs }: TaskNode): TaskId | null {
    let known = this.#known.get(inputs);
    if (known === undefined) this.#known.set(inputs, (known = { task: this.#find(Object.values(inputs)) }));
    return known.task;
  }

  #find(sources: readonly TaskSource[]): TaskId | null {
    for (const source of sources) {
      if (source.kind === 'given') continue;
      if (source.kind === 'value' && this.#outputOf(source.task, source.port) === undefined) return source.task;
      const below = source.kind === 'list' ? this.#find(source.items) : null;
      if (below !== null) return below;
    }
    return null;
  }
}
