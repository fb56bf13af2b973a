import { toReferences, WORKFLOW_INPUTS } from '../../language/model/workflow.ts';
import { toConditionSteps } from '../../language/model/condition.ts';
import type { PinnedStep } from '../protocol/pinned.ts';
import { toStepId, type RunEvent, type TaskId } from '../protocol/runEvents.ts';

type Submitted = Extract<RunEvent, { type: 'run.submitted' }>;

/** runs whose answers are kept */
const KEPT_RUNS = 256;

/** How a run was submitted; `undefined` = nobody knows that run any more. */
export type ReadSubmitted = (run: string) => Submitted | undefined;

/**
 * Which datasets a task of some run was computed from: its own step and everything above it, and above the step that its run is nested in. The
 * record of how the run began tells it, whatever was reused in it.
 */
export class RunInputs {
  readonly #read: ReadSubmitted;
  /** run → step → names of datasets; `null` = the run is not known */
  readonly #known = new Map<string, ReadonlyMap<string, ReadonlySet<string>> | null>();

  constructor(read: ReadSubmitted) {
    this.#read = read;
  }

  /** `undefined` = nobody can tell. */
  datasets({ run, task }: { readonly run: string; readonly task: TaskId }): ReadonlySet<string> | undefined {
    return this.#ofRun(run)?.get(toStepId(task));
  }

  #ofRun(run: string): ReadonlyMap<string, ReadonlySet<string>> | null {
    const known = this.#known.get(run);
    if (known !== undefined) return known;
    const submitted = this.#read(run);
    const found = submitted === undefined ? null : this.#compute(submitted);
    const [oldest = ''] = this.#known.keys();
    if (this.#known.size >= KEPT_RUNS) this.#known.delete(oldest);
    this.#known.set(run, found);
    return found;
  }

  /** `null` = one of its parents is not known. */
  #compute({ definition, origin }: Submitted): ReadonlyMap<string, ReadonlySet<string>> | null {
    const given = origin?.kind === 'nested' ? this.datasets({ run: origin.run, task: origin.task }) : NONE;
    if (given === undefined) return null;
    const sets = new Map<string, ReadonlySet<string>>();
    // Steps follow those that they refer to.
    for (const step of definition.steps) sets.set(step.id, this.#union(step, sets, given));
    return sets;
  }

  /** Most steps have what the step above them has: such sets are shared. */
  #union(step: PinnedStep, sets: ReadonlyMap<string, ReadonlySet<string>>, given: ReadonlySet<string>): ReadonlySet<string> {
    let all: ReadonlySet<string> = step.kind === 'dataset' ? new Set([step.name]) : NONE;
    for (const id of listNeeds(step)) {
      const above = id === WORKFLOW_INPUTS ? given : (sets.get(id) ?? NONE);
      if (all.size === 0) all = above;
      else if ([...above].some((name) => !all.has(name))) all = new Set([...all, ...above]);
    }
    return all;
  }
}

const NONE: ReadonlySet<string> = new Set();

function listNeeds(step: PinnedStep): ReadonlySet<string> {
  const references = [...Object.values(step.inputs).flatMap(toReferences), ...Object.values(step.foreach?.from ?? {})];
  return new Set([...references.map((reference) => reference.step), ...(step.when === undefined ? [] : toConditionSteps(step.when))]);
}
