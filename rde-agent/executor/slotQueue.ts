import type { TaskNode } from '../engine/taskNode.ts';
import type { TaskId } from '../protocol/runEvents.ts';
import type { RunDesk } from './activeRunOptions.ts';
import type { AttemptResult } from './attemptOptions.ts';
import { toSlotRequest } from './slotRequests.ts';
import type { SlotRequest } from './slots.ts';

type Failed = Extract<AttemptResult, { kind: 'failed' }>;

interface Waiting {
  readonly request: SlotRequest;
  readonly timer: NodeJS.Timeout | undefined;
}

/** longest time that a timer can wait, in milliseconds */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Tasks of one run that wait for a place, for as long as their `timeout.queue` lets them. */
export class SlotQueue {
  readonly #desk: RunDesk;
  readonly #waiting = new Map<TaskId, Waiting>();

  constructor(desk: RunDesk) {
    this.#desk = desk;
  }

  /** Exactly one of the two is called unless the task is withdrawn: `start`, at once if a place is free, or `late`. */
  wait(task: TaskNode, start: (release: () => void) => void, late: (failed: Failed) => void): void {
    const { slots } = this.#desk.services;
    const request: SlotRequest = toSlotRequest(this.#desk, task, () => {
      clearTimeout(this.#waiting.get(task.id)?.timer);
      this.#waiting.delete(task.id);
      // The place may have come free in another run's turn: then nobody else sends this run's record.
      this.#desk.together(() => start(() => slots.release(request)));
    });
    this.#waiting.set(task.id, { request, timer: this.#startTimer(task, request, late) });
    slots.request(request);
  }

  withdraw(task: TaskId): void {
    const waiting = this.#waiting.get(task);
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    this.#desk.services.slots.withdraw(waiting.request);
    this.#waiting.delete(task);
  }

  /** Takes all requests back, and answers whose they were. */
  clear(): readonly TaskId[] {
    const tasks = [...this.#waiting.keys()];
    for (const task of tasks) this.withdraw(task);
    return tasks;
  }

  #startTimer(task: TaskNode, request: SlotRequest, late: (failed: Failed) => void): NodeJS.Timeout | undefined {
    const { queueTimeout: seconds } = task.step;
    if (seconds === undefined) return undefined;
    const give = (): void => {
      this.#waiting.delete(task.id);
      this.#desk.services.slots.withdraw(request);
      const message = `${task.id} waited ${seconds} s for a place on cluster ${task.step.cluster} and got none`;
      this.#desk.together(() => late({ kind: 'failed', failure: 'resource', error: { code: 'queue-timeout', message }, seconds: 0 }));
    };
    return setTimeout(give, Math.min(seconds * 1000, LONGEST_TIMER));
  }
}
