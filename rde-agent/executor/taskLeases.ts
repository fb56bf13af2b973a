import type { TaskKey } from '../engine/keys.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { TaskId } from '../protocol/runEvents.ts';
import { AGENT, type RunDesk } from './activeRunOptions.ts';
import type { Lease, LeaseOwner } from './leases.ts';

/** The leases of the tasks of one run, and which of them wait for somebody else's. */
export class TaskLeases {
  readonly #desk: RunDesk;
  readonly #held = new Map<TaskId, Lease>();
  /** task → run and task that it waits for, or waited for last */
  readonly #waited = new Map<TaskId, string>();

  constructor(desk: RunDesk) {
    this.#desk = desk;
  }

  hasWaited(task: TaskId): boolean {
    return this.#waited.has(task);
  }

  /**
   * `wait` = somebody computes the same: the task is dispatched again when that has ended. Forced tasks never wait, and what is not stored needs
   * no lease (`null`).
   */
  take(task: TaskNode, key: TaskKey, isForced: boolean): Lease | null | 'wait' {
    if (key.uncacheable !== null) return null;
    const { leases } = this.#desk.services.rules;
    const owner = this.#toOwner(task);
    if (isForced) return this.#hold(task, leases.takeBeside(key.key, owner));
    const taken = leases.take(key.key, owner, () => this.#desk.ask({ kind: 'dispatch', task }));
    if (taken.kind === 'mine') return this.#hold(task, taken.lease);
    this.#tell(task, taken.for);
    return 'wait';
  }

  release(task: TaskId): void {
    const lease = this.#held.get(task);
    this.#held.delete(task);
    if (lease !== undefined) this.#desk.services.rules.leases.release(lease);
  }

  #hold(task: TaskNode, lease: Lease): Lease {
    this.#held.set(task.id, lease);
    return lease;
  }

  #toOwner({ id }: TaskNode): LeaseOwner {
    const { run, machine } = this.#desk;
    return {
      run,
      task: id,
      isAlive: () => {
        const state = machine.stateOf(id);
        return !this.#desk.isStopped && (state === 'ready' || state === 'running');
      },
    };
  }

  /** Whom it waits for is recorded, once for each; a run that its owner may not see is not named. */
  #tell(task: TaskNode, { run, task: other }: LeaseOwner): void {
    const { services, by, options } = this.#desk;
    const mayKnow = services.authorize({ id: by }, 'read', { kind: 'run', id: run }, options.scope).kind === 'allow';
    const named = mayKnow ? `${run} ${other}` : '';
    if (this.#waited.get(task.id) === named) return;
    this.#waited.set(task.id, named);
    this.#desk.record(AGENT, [{ type: 'task.waiting', task: task.id, ...(mayKnow ? { for: { run, task: other } } : {}) }]);
  }
}
