import type { TaskNode } from '../engine/taskNode.ts';
import { toFloorLineage } from '../engine/lineage.ts';
import type { RunEvent, TaskId, WorkerRecord } from '../protocol/runEvents.ts';
import { AGENT, type RunDesk } from './activeRunOptions.ts';
import type { AttemptResult } from './attemptOptions.ts';
import { runKeptBatch, runsInBatches, type KeptListener, type KeptTask } from './keptBatches.ts';
import type { Quarantine } from './quarantine.ts';
import { toSlotRequest } from './slotRequests.ts';
import type { SlotRequest } from './slots.ts';

/** tasks after which a batch gives its place back, if only for a moment: others may have waited */
const MOST = 1000;

/** Ready tasks of one step that go to kept interpreters. */
interface Lane {
  readonly first: TaskNode;
  readonly waiting: Set<TaskNode>;
  /** for the place of one more batch */
  request: SlotRequest | undefined;
}

/** Hands ready tasks of steps with `reuse: worker` over as batches: one place, one interpreter, many tasks. */
export class KeptLanes {
  readonly #desk: RunDesk;
  readonly #quarantine: Quarantine;
  /** by step */
  readonly #lanes = new Map<string, Lane>();
  readonly #running = new Map<AbortController, Promise<void>>();
  /** tasks that were told as started, with the batch that they are in */
  readonly #started = new Map<TaskId, AbortController>();

  constructor(desk: RunDesk, quarantine: Quarantine) {
    this.#desk = desk;
    this.#quarantine = quarantine;
  }

  /** False = this task goes the ordinary way. */
  takes(node: TaskNode): boolean {
    return !node.mustReuse && runsInBatches(this.#desk.services.runtimes[node.step.cluster], node);
  }

  add(node: TaskNode): void {
    let lane = this.#lanes.get(node.step.id);
    if (lane === undefined) this.#lanes.set(node.step.id, (lane = { first: node, waiting: new Set(), request: undefined }));
    lane.waiting.add(node);
  }

  /** To be called when everything of a turn has been added. */
  go(): void {
    for (const lane of this.#lanes.values()) if (lane.request === undefined && lane.waiting.size > 0) this.#ask(lane);
  }

  withdraw(node: TaskNode): void {
    this.#lanes.get(node.step.id)?.waiting.delete(node);
  }

  /** A task that runs is not wanted any more. The interpreter ends with it; others of its batch go on in another. */
  abort(task: TaskId): void {
    this.#started.get(task)?.abort('cancelled');
  }

  /** The run was cancelled: nothing that an interpreter still holds is wanted. */
  cancel(): void {
    for (const lane of this.#lanes.values()) lane.waiting.clear();
    for (const controller of this.#running.keys()) controller.abort('cancelled');
  }

  /** Ends everything. Resolves, with the tasks that had been told as started, when the interpreters have nothing of it any more. */
  async halt(): Promise<readonly TaskId[]> {
    for (const lane of this.#lanes.values()) {
      if (lane.request !== undefined) this.#desk.services.slots.withdraw(lane.request);
      lane.waiting.clear();
    }
    const started = [...this.#started.keys()];
    for (const controller of this.#running.keys()) controller.abort('stopping');
    await Promise.all(this.#running.values());
    return started;
  }

  #ask(lane: Lane): void {
    const request: SlotRequest = {
      ...toSlotRequest(this.#desk, lane.first, () => this.#desk.together(() => this.#start(lane, request))),
      task: lane.first.step.id,
      tasks: () => lane.waiting.size,
    };
    lane.request = request;
    this.#desk.services.slots.request(request);
  }

  /** The place is this lane's. */
  #start(lane: Lane, request: SlotRequest): void {
    const { services, run, by, options, outputOf } = this.#desk;
    lane.request = undefined;
    const runtime = services.runtimes[request.cluster];
    if (lane.waiting.size === 0 || runtime === undefined) return services.slots.release(request);
    const controller = new AbortController();
    const { tenant, domain } = options.scope;
    const owner = JSON.stringify([by, tenant, domain]);
    this.#desk.hasStarted();
    const done = runKeptBatch(
      { run, owner, runtime, node: lane.first, outputOf, take: this.#toTake(lane), listener: this.#toListener(lane, controller) },
      controller,
      services,
    ).then(() => {
      this.#running.delete(controller);
      this.#desk.together(() => {
        services.slots.release(request);
        if (!this.#desk.isStopped) this.go();
      });
    });
    this.#running.set(controller, done);
    // Another place may be free for more of them.
    if (lane.waiting.size > 1) this.#ask(lane);
  }

  #toTake(lane: Lane): (count: number) => readonly KeptTask[] {
    let left = MOST;
    return (count) => {
      const taken: KeptTask[] = [];
      for (const node of lane.waiting) {
        if (taken.length >= Math.min(count, left)) break;
        lane.waiting.delete(node);
        if (this.#wants(node)) taken.push({ node, ...this.#desk.machine.nextAttempt(node.id) });
      }
      left -= taken.length;
      return taken;
    };
  }

  #toListener(lane: Lane, controller: AbortController): KeptListener {
    const { options, by, machine } = this.#desk;
    const note = (event: RunEvent): void => {
      this.#desk.record(by, [event]);
      options.stream.flushSoon();
    };
    return {
      ran: (worker, ran, blobs) => {
        const wanted = ran.filter(({ task }) => machine.stateOf(task) === 'ready' || machine.stateOf(task) === 'pausing');
        if (wanted.length === 0) return;
        this.#quarantine.passed(lane.first);
        this.#desk.together(() => this.#desk.record(by, [{ type: 'tasks.ran', step: lane.first.step.id, worker, ran: wanted }], blobs));
      },
      started: (task, worker) => {
        if (!this.#wants(task.node)) return;
        this.#started.set(task.node.id, controller);
        this.#desk.together(() => this.#desk.record(by, toBegun(task, worker)));
      },
      progress: ({ node, attempt }, done, total, message) => {
        if (this.#started.has(node.id)) note({ type: 'task.progress', task: node.id, attempt, done, total, message });
      },
      metric: ({ node, attempt }, name, value, step) => {
        if (this.#started.has(node.id)) note({ type: 'task.metric', task: node.id, attempt, name, value, step });
      },
      ended: (task, result, isStarted) => this.#desk.together(() => this.#ended(task, result, isStarted)),
      returned: (tasks) => {
        const wanted = tasks.map((task) => task.node).filter((node) => !this.#desk.isStopped && this.#wants(node));
        for (const node of wanted) lane.waiting.add(node);
        // Another place may be free for them while the batch goes on with a task that takes long.
        if (wanted.length > 0) this.#desk.together(() => this.go());
      },
    };
  }

  #ended(task: KeptTask, result: AttemptResult, isStarted: boolean): void {
    const { machine, isStopped, by } = this.#desk;
    const { node, attempt, fence } = task;
    this.#started.delete(node.id);
    if (isStopped && result.kind !== 'succeeded') return;
    if (!isStarted && !this.#wants(node)) return;
    if (!isStarted) this.#desk.record(by, toBegun(task, null));
    if (!machine.isCurrent(node.id, fence)) return;
    switch (result.kind) {
      case 'succeeded': {
        const { outputs, metrics, seconds, timing, blobs } = result;
        const lineage = toFloorLineage(node);
        this.#quarantine.passed(node);
        const event: RunEvent = {
          type: 'task.succeeded',
          task: node.id,
          attempt,
          fence,
          outputs,
          metrics,
          lineage,
          seconds,
          timing,
          entry: null,
        };
        return this.#desk.record(by, [event], blobs);
      }
      case 'failed': {
        const { failure, error, seconds } = result;
        const poisoned = this.#quarantine.failed(node, result);
        const retryIn = poisoned === undefined ? machine.retryAfter(node.id, failure) : null;
        return this.#desk.record(by, [
          { type: 'task.failed', task: node.id, attempt, failure, error: poisoned ?? error, seconds, retryIn },
        ]);
      }
      case 'stopped': {
        // Another task of its interpreter was the one to be ended: this one is tried again.
        const reason = machine.endReason(node.id);
        if (reason === null) return this.#desk.record(AGENT, [{ type: 'task.lost', task: node.id, attempt }]);
        return this.#desk.record(AGENT, [{ type: 'task.cancelled', task: node.id, ...(reason === 'run' ? {} : { because: reason }) }]);
      }
    }
  }

  #wants(task: TaskNode): boolean {
    return this.#desk.machine.wants({ kind: 'dispatch', task });
  }
}

function toBegun({ node, attempt, fence }: KeptTask, worker: WorkerRecord | null): readonly RunEvent[] {
  const message = `${node.step.name} runs in an interpreter that is used again, so its results are not kept`;
  const reasons = [{ kind: 'uncacheable', message } as const];
  return [
    { type: 'task.started', task: node.id, attempt, fence, key: null, parts: null, against: null, reasons },
    ...(worker === null ? [] : [{ type: 'task.running', task: node.id, attempt, worker } as const]),
  ];
}
