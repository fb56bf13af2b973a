import type { TaskNode } from '../engine/taskNode.ts';
import type { TaskError } from '../protocol/runEvents.ts';
import type { AttemptResult } from './attemptOptions.ts';

/** starts that fail one after another until a module is tried no more */
const MOST = 3;

/** What an attempt ends with whose process came to nothing. */
const START_FAILURES: ReadonlySet<TaskError['code']> = new Set(['worker-start-failed', 'worker-lost', 'killed']);

/**
 * Counts, within one run, the workers of a module in its environment that died without an answer, one after another and through no fault of the
 * task's own data. From the third on nothing of that module is started any more, so that a poisoned one does not use up the places of others.
 */
export class Quarantine {
  readonly #failures = new Map<string, number>();

  refusal(node: TaskNode): TaskError | undefined {
    return (this.#failures.get(toPlace(node)) ?? 0) >= MOST ? toError(node, 'see the earlier attempts') : undefined;
  }

  passed(node: TaskNode): void {
    this.#failures.delete(toPlace(node));
  }

  /** An error = the module is in quarantine now, and this task has failed for good. */
  failed(node: TaskNode, { failure, error }: Extract<AttemptResult, { kind: 'failed' }>): TaskError | undefined {
    if (failure !== 'infrastructure' || !START_FAILURES.has(error.code)) {
      // It has answered, or somebody stopped it: its workers do start.
      if (error.code !== 'environment-failed' && error.code !== 'source-failed') this.passed(node);
      return undefined;
    }
    const failures = (this.#failures.get(toPlace(node)) ?? 0) + 1;
    this.#failures.set(toPlace(node), failures);
    return failures >= MOST ? toError(node, error.message) : undefined;
  }
}

function toPlace({ step, environment }: TaskNode): string {
  return `${step.artifact} ${environment.digest}`;
}

function toError({ step }: TaskNode, why: string): TaskError {
  const message = `${MOST} workers of ${step.name} in a row ended without an answer, so it is not tried again in this run: ${why}`;
  return { code: 'quarantined', message };
}
