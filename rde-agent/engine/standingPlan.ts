import type { CacheLookup, Undecided } from './cacheLookup.ts';
import { withUncacheable, type TaskKey } from './keys.ts';
import { hasUnknown, predict, type Prediction } from './predict.ts';
import { decideStanding, splitPath, toStandingLookup, type StandingResults } from './standing.ts';
import type { TaskNode } from './taskNode.ts';

/** What a plan of a fork goes on from, for one run or one that is nested in it. */
export interface PlannedFork {
  /** `undefined` = that run has none of it */
  readonly standing: StandingResults | undefined;
  /** path of the step that runs whatever; `null` = none */
  readonly from: string | null;
  /** the whole of it runs whatever */
  readonly force: boolean;
  readonly standingOf: (run: string) => StandingResults | undefined;
}

/** What will be decided about a task of a fork, as the run itself decides; `undefined` = as of any other run. */
export async function predictStanding(
  node: TaskNode,
  key: TaskKey,
  isOpen: boolean,
  { standing, from, force }: PlannedFork,
  cache: CacheLookup,
): Promise<Prediction | undefined> {
  if (force || from === node.id || from === node.step.id)
    return { kind: 'miss', reasons: [{ kind: 'forced', message: 'the fork starts from it, so it runs whatever' }] };
  if (standing === undefined) return undefined;
  for (;;) {
    const prediction = predictOnce(node, key, isOpen, standing, cache);
    if (prediction?.kind !== 'unknown') return prediction;
    await cache.learn(prediction.entries, node);
  }
}

function predictOnce(
  node: TaskNode,
  key: TaskKey,
  isOpen: boolean,
  standing: StandingResults,
  cache: CacheLookup,
): Prediction | Undecided | undefined {
  const decided = decideStanding(node, key, standing, cache);
  const result = standing.find(node.id);
  if (result === undefined || decided?.kind === 'hit' || decided?.kind === 'unknown') return decided;
  if (!hasUnknown(key.parts.inputs)) return decided;
  const prediction = predict(
    toKept(node),
    withUncacheable(key, null),
    isOpen,
    toStandingLookup(result, () => standing.execution(node.id), cache),
  );
  return prediction.kind === 'conditional' || prediction.kind === 'unknown' ? prediction : decided;
}

/** The same of what is nested in a task. */
export function toInnerPlannedFork({ id, step }: TaskNode, { standing, from, force, standingOf }: PlannedFork): PlannedFork {
  const run = standing?.nested(id);
  const [first, rest] = from === null ? ['', null] : splitPath(from);
  const isHere = first === id || first === step.id;
  return {
    standing: run === undefined ? undefined : standingOf(run),
    from: isHere ? rest : null,
    force: force || (isHere && rest === null),
    standingOf,
  };
}

/** A fork keeps what no other run would: its tasks are looked at as if the cache kept them all. */
function toKept(node: TaskNode): TaskNode {
  if (node.step.cache === 'on') return node;
  return Object.create(node, { step: { value: { ...node.step, cache: 'on' } } }) as TaskNode;
}
