import { toReferences, WORKFLOW_INPUTS, type Reference } from '../../../language/model/workflow.ts';
import type { PinnedStep } from '../../protocol/pinned.ts';
import { toStepId, type LineageRecord, type OutputRecord, type Recorded, type RunEvent, type TaskId } from '../../protocol/runEvents.ts';

export type Submitted = Extract<RunEvent, { type: 'run.submitted' }>;

/** What is known of a task that has begun. */
export interface KnownTask {
  readonly attempt: number;
  readonly outputs: { readonly [port: string]: OutputRecord };
  readonly lineage: readonly LineageRecord[];
  /** it has begun and not ended */
  readonly open: boolean;
}

const NEW: KnownTask = { attempt: 0, outputs: {}, lineage: [], open: false };

/** What OpenLineage needs to know of a run beside the event at hand. */
export class RunState {
  readonly submitted: Submitted;
  readonly #tasks = new Map<TaskId, KnownTask>();
  readonly #steps: ReadonlyMap<string, PinnedStep>;

  constructor(submitted: Submitted) {
    this.submitted = submitted;
    this.#steps = new Map(submitted.definition.steps.map((step) => [step.id, step]));
  }

  /** `undefined` where the events do not begin with a submission. */
  static of(events: Iterable<Recorded<RunEvent>>): RunState | undefined {
    let state: RunState | undefined;
    for (const { event } of events) {
      if (event.type === 'run.submitted') state = new RunState(event);
      else state?.apply(event);
    }
    return state;
  }

  task(task: TaskId): KnownTask {
    return this.#tasks.get(task) ?? NEW;
  }

  step(task: TaskId): PinnedStep | undefined {
    return this.#steps.get(toStepId(task));
  }

  apply(event: RunEvent): void {
    switch (event.type) {
      case 'task.started':
        this.#tasks.set(event.task, { ...NEW, attempt: event.attempt, open: true });
        return;
      case 'task.succeeded':
        this.#tasks.set(event.task, { attempt: event.attempt, outputs: event.outputs, lineage: event.lineage, open: false });
        return;
      case 'task.reused':
        this.#tasks.set(event.task, { attempt: 0, outputs: event.outputs, lineage: event.lineage, open: false });
        return;
      case 'tasks.ran':
        for (const ran of event.ran) this.#tasks.set(ran.task, { ...NEW, attempt: ran.attempt, outputs: ran.outputs });
        return;
      case 'task.failed':
      case 'task.lost':
      case 'task.cancelled':
        this.#tasks.set(event.task, { ...this.task(event.task), open: false });
        return;
      default:
      // Says nothing of what a task was given or gave.
    }
  }

  /** The outputs that a reference means, of tasks that have ended well. */
  find({ step, port = '', select }: Reference): readonly { readonly task: TaskId; readonly port: string }[] {
    if (step === WORKFLOW_INPUTS || select.kind === 'none') return [{ task: step, port }];
    if (select.kind === 'one') return [{ task: `${step}[${select.element}]`, port }];
    return [...this.#tasks]
      .filter(([task, { outputs }]) => toStepId(task) === step && outputs[port] !== undefined)
      .map(([task]) => ({ task, port }));
  }

  /** What a port of a step is given. */
  findInput(task: TaskId, port: string): readonly { readonly task: TaskId; readonly port: string }[] {
    const input = this.step(task)?.inputs[port];
    return input === undefined ? [] : toReferences(input).flatMap((reference) => this.find(reference));
  }
}
