/**
 * Named places at which a test can kill the agent precisely. In the executor:
 *
 * - `before-commit:<event type>`, `after-commit:<event type>`: around the durable commit of a run's event, before anyone is told
 * - `after-launch`: an attempt was handed to its runtime
 * - `before-adopt`, `after-adopt`: around taking over the output files of a finished attempt, before its result is recorded
 * - `before-commit:push`, `after-commit:push`
 * - `after-delegate`: a nested run was begun, and is on its way to disk with its parent's record
 * - `before-lineage`, `after-lineage`: around telling the OpenLineage file of what was committed
 * - `recovery`: after an open run was read at start, before anything of it goes on
 *
 * In the store, of every stream and not only of runs:
 *
 * - `in-commit:<event type>`: everything of a transaction with such an event was written, and nothing of it is committed
 * - `written:<event type>`: it is committed, and neither whoever waits nor any projection knows
 * - `in-blob`, `after-blob`: a blob's file was written under its temporary name; has got its own
 * - `in-rebuild`: some of the projections that are made anew were made
 */
export interface Faults {
  hit(point: string): void;
}

/**
 * `spec` = `<point>` or `<point>:<n>`: the n-th time (default: the first) that this point is passed, `act` is called. The composition root
 * takes it from `CAIRN_FAULT` and acts by killing its own process.
 */
export function createFaults(spec: string, act: () => void): Faults {
  const [, point, count] = /^(.*?)(?::(\d+))?$/.exec(spec) ?? [];
  let left = Number(count ?? 1);
  return {
    hit(passed) {
      if (passed !== point) return;
      left -= 1;
      if (left === 0) act();
    },
  };
}
