import type { CacheLookup } from '../engine/cacheLookup.ts';
import { decide, isForced, toForced } from '../engine/decide.ts';
import { createKeyMaker, withUncacheable, type KeyMaker, type TaskKey } from '../engine/keys.ts';
import { decideStanding } from '../engine/standing.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { Reason } from '../protocol/reason.ts';
import type { TaskId } from '../protocol/runEvents.ts';
import { AbsentInputs } from './absentInputs.ts';
import { AGENT, type RunDesk } from './activeRunOptions.ts';
import { toSourceFailure } from './attemptFailure.ts';
import type { Attempts } from './attempts.ts';
import { toGivenReuse } from './givenResults.ts';
import type { KeptLanes } from './keptLanes.ts';
import type { NestedTasks } from './nestedTasks.ts';
import type { Quarantine } from './quarantine.ts';
import { SlotQueue } from './slotQueue.ts';
import { toGivenUp, toHitAfterWait, toNotReusable, toReused, type Decided } from './taskEvents.ts';
import { TaskLeases } from './taskLeases.ts';

/** A replay executes everything, and what comes of it is no result of the cache: it says whether that of the run that it repeats was right. */
const REPLAYED: Reason = { kind: 'forced', message: 'a replay executes everything and publishes nothing' };

/** The ways that a task that runs can go. */
interface Ways {
  readonly attempts: Attempts;
  readonly lanes: KeptLanes;
  readonly nested: NestedTasks;
  readonly quarantine: Quarantine;
}

/**
 * Decides ready tasks of one run: given, reused, waiting for somebody who computes the same, or run; and holds those that wait for a place. A
 * dataset that the agent fetches is asked for its version first, because that is part of its key.
 */
export class Dispatcher {
  readonly #desk: RunDesk;
  readonly #ways: Ways;
  readonly #keys: KeyMaker;
  readonly #cache: CacheLookup;
  readonly #queue: SlotQueue;
  /** datasets whose sources are being asked, and tasks whose earlier results are being looked at */
  readonly #asking = new Map<TaskId, AbortController>();
  readonly #versions = new Map<TaskId, string>();
  readonly #absent: AbsentInputs;
  readonly #leases: TaskLeases;

  constructor(desk: RunDesk, ways: Ways) {
    this.#desk = desk;
    this.#ways = ways;
    const { options, services, by } = desk;
    const { access, distrusts } = services.rules;
    this.#keys = createKeyMaker(options.scope, services.hash, {
      versionOf: (node) => this.#versions.get(node.id),
      distrust: distrusts.reason,
    });
    this.#cache = access.guard(services.results.lookup(), { id: by }, options.scope);
    this.#leases = new TaskLeases(desk);
    this.#queue = new SlotQueue(desk);
    this.#absent = new AbsentInputs(desk.outputOf);
  }

  dispatch(task: TaskNode): void {
    const { services, by, run, options } = this.#desk;
    const allowed = services.authorize({ id: by }, 'dispatch', { kind: 'run', id: run }, options.scope);
    if (allowed.kind === 'deny') return this.#giveUp(task, { code: 'denied', message: allowed.reason });
    const absent = this.#absent.of(task);
    if (absent !== null) return this.#desk.record(AGENT, [{ type: 'task.skipped', task: task.id, because: absent, reason: 'upstream' }]);
    const given = toGivenReuse(task, options.submitted, () => this.#keys.toKey(task, this.#desk.outputOf));
    if (given !== undefined) return this.#desk.record(AGENT, [given]);
    const { nested, quarantine, lanes } = this.#ways;
    if (task.step.kind === 'workflow') return nested.begin(task);
    const refusal = quarantine.refusal(task);
    if (refusal !== undefined) return this.#giveUp(task, refusal);
    if (lanes.takes(task) && !this.#stands(task)) return lanes.add(task);
    if (task.step.source === undefined) return this.#decide(task, null);
    this.#ask(task);
  }

  /** The task does not wait any more. */
  withdraw(task: TaskId): void {
    this.#asking.get(task)?.abort();
    this.#asking.delete(task);
    this.#queue.withdraw(task);
    this.#leases.release(task);
  }

  /** Nothing waits any more; what runs keeps its claim until it has ended. */
  halt(): void {
    for (const controller of this.#asking.values()) controller.abort();
    for (const task of this.#queue.clear()) this.#leases.release(task);
  }

  #ask(task: TaskNode): void {
    const { services } = this.#desk;
    if (services.sources === undefined) return this.#giveUp(task, { code: 'source-failed', message: 'this agent fetches no datasets' });
    const controller = new AbortController();
    this.#asking.set(task.id, controller);
    const began = services.clock.monotonic();
    services.sources.version(task, controller.signal).then(
      (version) => this.#answered(task, controller, () => this.#decide(task, version)),
      (error: unknown) => {
        const seconds = services.clock.monotonic() - began;
        this.#answered(task, controller, () => this.#fail(task, toSourceFailure(error, task, seconds)));
      },
    );
  }

  #answered(task: TaskNode, controller: AbortController, go: () => void): void {
    if (this.#asking.get(task.id) !== controller) return;
    this.#asking.delete(task.id);
    if (!this.#desk.isStopped && this.#desk.machine.wants({ kind: 'dispatch', task })) this.#desk.together(go);
  }

  #decide(task: TaskNode, version: string | null): void {
    const { submitted } = this.#desk.options;
    if (version !== null) this.#versions.set(task.id, version);
    const key = this.#toKey(task);
    const decision = this.#judge(task, key);
    if (decision.kind === 'unknown') return this.#postpone(task, version, this.#cache.learn(decision.entries, task));
    if (decision.kind === 'hit') {
      if (this.#doubts(task, version, decision.entry)) return;
      const reasons = this.#leases.hasWaited(task.id) ? toHitAfterWait(decision.entry) : decision.reasons;
      this.#desk.record(this.#desk.by, [toReused(task, key, decision, reasons)]);
      const audit = { run: this.#desk.run, node: task, outputOf: this.#desk.outputOf, entry: decision.entry };
      return this.#desk.services.rules.audits.offer(audit, decision.trace === 'excused');
    }
    if (task.mustReuse) return this.#giveUp(task, toNotReusable(task, decision.reasons, submitted.from));
    this.#run(task, { key, reasons: decision.reasons, against: decision.against, version });
  }

  #run(task: TaskNode, wanted: Omit<Decided, 'lease'>): void {
    const { key } = wanted;
    const { rules } = this.#desk.services;
    const force = toForced(task, isForced(task, this.#desk.options.submitted)) !== null;
    const known = key.uncacheable !== null || force ? undefined : rules.failures.find(key.key);
    if (known !== undefined) return this.#giveUp(task, known.error, [known.reason]);
    const lease = this.#leases.take(task, key, force);
    if (lease !== 'wait') this.#wait(task, { ...wanted, lease });
  }

  #toKey(task: TaskNode): TaskKey {
    const key = this.#keys.toKey(task, this.#desk.outputOf);
    return this.#desk.options.submitted.replay === undefined ? key : withUncacheable(key, REPLAYED);
  }

  /** What a fork goes on from stands wherever it is still right, whatever the cache has. */
  #judge(task: TaskNode, key: TaskKey): ReturnType<typeof decide> {
    const { submitted, standing } = this.#desk.options;
    const force = isForced(task, submitted);
    const stands = standing === undefined || force ? undefined : decideStanding(task, key, standing, this.#cache);
    return stands ?? decide(task, key, force, this.#cache);
  }

  #stands(task: TaskNode): boolean {
    const { submitted, standing } = this.#desk.options;
    if (standing === undefined || isForced(task, submitted)) return false;
    return decideStanding(task, this.#toKey(task), standing, this.#cache)?.kind === 'hit';
  }

  /** True = something of the result has to be read before it may be reused; then it is decided anew. */
  #doubts(task: TaskNode, version: string | null, entry: CachedResult): boolean {
    const { soundness } = this.#desk.services.results;
    const doubtful = soundness.doubtful(entry);
    if (doubtful.length === 0) return false;
    this.#postpone(task, version, soundness.verify(doubtful, entry.at));
    return true;
  }

  /** Decides anew when more is known. `known` never rejects. */
  #postpone(task: TaskNode, version: string | null, known: Promise<void>): void {
    const controller = new AbortController();
    this.#asking.set(task.id, controller);
    void known.then(() => this.#answered(task, controller, () => this.#decide(task, version)));
  }

  #wait(task: TaskNode, decided: Decided): void {
    const start = (giveBack: () => void): void => {
      const ended = (): void => {
        this.#leases.release(task.id);
        giveBack();
      };
      // While it waited, others of its module may have shown that it is of no use.
      const refusal = this.#ways.quarantine.refusal(task);
      if (refusal === undefined) return this.#ways.attempts.start(task, decided, ended);
      this.#giveUp(task, refusal);
      ended();
    };
    this.#queue.wait(task, start, (failed) => {
      this.#leases.release(task.id);
      this.#fail(task, failed);
    });
  }

  #fail(task: TaskNode, { failure, error, seconds }: ReturnType<typeof toSourceFailure>): void {
    const { machine } = this.#desk;
    const retryIn = machine.retryAfter(task.id, failure);
    this.#desk.record(AGENT, [
      { type: 'task.failed', task: task.id, attempt: machine.attemptOf(task.id), failure, error, seconds, retryIn },
    ]);
  }

  #giveUp(task: TaskNode, error: Parameters<typeof toGivenUp>[2], reasons?: readonly Reason[]): void {
    const event = toGivenUp(task, this.#desk.machine.attemptOf(task.id), error);
    this.#desk.record(AGENT, [{ ...event, ...(reasons === undefined ? {} : { reasons }) }]);
  }
}
