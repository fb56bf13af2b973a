import { toReferences } from '../../../language/model/workflow.ts';
import type { Recorded, RunEvent, TaskError, TaskId } from '../../protocol/runEvents.ts';
import { toInputs, toName, toOutputs, toSourceInputs, type DatasetContext } from './datasets.ts';
import {
  PRODUCER,
  RUN_EVENT_SCHEMA,
  toFacet,
  toOwnFacet,
  type Facets,
  type LineageDataset,
  type LineageEvent,
  type LineageEventType,
} from './lineageEvent.ts';
import type { RunState } from './runState.ts';

export interface EventContext extends DatasetContext {
  /** A UUID that is always the same for the same text. */
  readonly toId: (text: string) => string;
}

type TaskEvent = Extract<RunEvent, { readonly task: string }>;
type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** What one recorded event is in OpenLineage, in order; `state` is that of its run before it. Pure: the same again for the same events. */
export function toLineageEvents({ event, at, seq }: Recorded<RunEvent>, state: RunState, context: EventContext): readonly LineageEvent[] {
  const writer = new Writer(state, at, context);
  switch (event.type) {
    case 'run.submitted':
      return [writer.run('START')];
    case 'run.finished':
      return [writer.run(ENDS[event.state])];
    case 'task.started':
      return [writer.task('START', event, event.attempt)];
    case 'task.succeeded':
      return [writer.succeeded(event)];
    case 'task.reused':
      return writer.reused(event);
    case 'tasks.ran':
      return writer.ran(event);
    case 'task.failed':
      return state.task(event.task).open
        ? [writer.task('FAIL', event, event.attempt, toFailure(event.error))]
        : writer.notBegun(event, seq);
    case 'task.lost':
    case 'task.cancelled':
      // One that never began has nothing to end.
      return state.task(event.task).open ? [writer.task('ABORT', event, state.task(event.task).attempt)] : [];
    default:
      return [];
  }
}

const ENDS = { succeeded: 'COMPLETE', failed: 'FAIL', cancelled: 'ABORT' } as const satisfies {
  readonly [state: string]: LineageEventType;
};

/** tasks of a batch that are named */
const NAMED = 100;

class Writer {
  readonly #state: RunState;
  readonly #at: string;
  readonly #context: EventContext;

  constructor(state: RunState, at: string, context: EventContext) {
    this.#state = state;
    this.#at = at;
    this.#context = context;
  }

  run(type: LineageEventType): LineageEvent {
    const { run, nominalTime } = this.#state.submitted;
    const time: Facets = nominalTime === undefined ? {} : { nominalTime: toFacet('nominalTime', { nominalStartTime: nominalTime }) };
    return this.#event(type, run, { ...time, ...this.#toParentOfRun() }, this.#toWorkflowJob(), {
      inputs: this.#state.submitted.definition.steps
        .filter(({ kind }) => kind === 'dataset')
        .map(({ id }) => toName({ state: this.#state, task: id, port: '' }, this.#context)),
      outputs: type === 'COMPLETE' ? this.#toRunOutputs() : [],
    });
  }

  task(
    type: LineageEventType,
    { task }: Pick<TaskEvent, 'task'>,
    attempt: number,
    facets: Facets = {},
    data: Partial<Pick<LineageEvent, 'inputs' | 'outputs'>> = {},
  ): LineageEvent {
    const { run, definition } = this.#state.submitted;
    const job = this.#toJob(`${definition.workflow}.${task}`, 'TASK');
    return this.#event(type, this.#toTaskId(run, task, attempt), { ...this.#toParent(), ...facets }, job, {
      inputs: [],
      outputs: [],
      ...data,
    });
  }

  succeeded(event: Of<'task.succeeded'>): LineageEvent {
    return this.task('COMPLETE', event, event.attempt, {}, this.#toData(event));
  }

  reused(event: Of<'task.reused'>): readonly LineageEvent[] {
    const { producer, saved } = event;
    const facets = toOwnFacet('reuse', { producerRun: producer.run, producerTask: producer.task, savedSeconds: saved });
    return [this.task('START', event, 0, facets), this.task('COMPLETE', event, 0, facets, this.#toData(event))];
  }

  /** One pair for a batch: its tasks were one piece of work in one process. */
  ran({ step, ran }: Of<'tasks.ran'>): readonly LineageEvent[] {
    const first = ran[0];
    if (first === undefined) return [];
    const task = { task: `${step}[*]` };
    const facets = toOwnFacet('batch', { count: ran.length, tasks: ran.slice(0, NAMED).map((each) => each.task) });
    const id = `${first.task} ${String(first.attempt)}`;
    return (['START', 'COMPLETE'] as const).map((type) => {
      const event = this.task(type, task, first.attempt, facets);
      return { ...event, run: { ...event.run, runId: this.#context.toId(`${this.#state.submitted.run} batch ${id}`) } };
    });
  }

  /** One that failed before it began: its source could not be asked, it had no place to run. Each such try is a run of its own. */
  notBegun(event: Of<'task.failed'>, seq: number): readonly LineageEvent[] {
    const runId = this.#context.toId(`${this.#state.submitted.run} ${event.task} event ${String(seq)}`);
    const start = this.task('START', event, event.attempt);
    const fail = this.task('FAIL', event, event.attempt, toFailure(event.error));
    return [start, fail].map((each) => ({ ...each, run: { ...each.run, runId } }));
  }

  #toData(event: Of<'task.succeeded'> | Of<'task.reused'>): Pick<LineageEvent, 'inputs' | 'outputs'> {
    const { task, lineage, outputs } = event;
    const step = this.#state.step(task);
    const outside = step?.kind === 'dataset' ? toSourceInputs(step, Object.values(outputs)[0], this.#context) : [];
    return {
      inputs: [...toInputs(this.#state, lineage, this.#context), ...outside],
      outputs: toOutputs(this.#state, task, { outputs, lineage }, this.#context),
    };
  }

  #toRunOutputs(): readonly LineageDataset[] {
    const found = Object.values(this.#state.submitted.definition.outputs).flatMap((reference) =>
      toReferences(reference).flatMap((each) => this.#state.find(each)),
    );
    return found.map((place) => toName({ state: this.#state, ...place }, this.#context));
  }

  /** Of a nested run: the task that it is, in the run around it. */
  #toParentOfRun(): Facets {
    const { origin } = this.#state.submitted;
    if (origin?.kind !== 'nested') return {};
    const around = this.#context.stateOf(origin.run);
    if (around === undefined) return {};
    const name = `${around.submitted.definition.workflow}.${origin.task}`;
    const run = { runId: this.#toTaskId(origin.run, origin.task, around.task(origin.task).attempt) };
    return { parent: toFacet('parent', { run, job: { namespace: this.#context.namespace, name } }) };
  }

  /** Of a task: its run. */
  #toParent(): Facets {
    const { run, definition } = this.#state.submitted;
    return { parent: toFacet('parent', { run: { runId: run }, job: { namespace: this.#context.namespace, name: definition.workflow } }) };
  }

  #toTaskId(run: string, task: TaskId, attempt: number): string {
    return this.#context.toId(`${run} ${task} ${String(attempt)}`);
  }

  #toWorkflowJob(): LineageEvent['job'] {
    return this.#toJob(this.#state.submitted.definition.workflow, 'WORKFLOW');
  }

  #toJob(name: string, jobType: string): LineageEvent['job'] {
    return {
      namespace: this.#context.namespace,
      name,
      facets: { jobType: toFacet('jobType', { processingType: 'BATCH', integration: 'CAIRN', jobType }) },
    };
  }

  #event(
    eventType: LineageEventType,
    runId: string,
    facets: Facets,
    job: LineageEvent['job'],
    data: Pick<LineageEvent, 'inputs' | 'outputs'>,
  ): LineageEvent {
    return { eventType, eventTime: this.#at, producer: PRODUCER, schemaURL: RUN_EVENT_SCHEMA, run: { runId, facets }, job, ...data };
  }
}

function toFailure({ code, message, traceback }: TaskError): Facets {
  const trace = traceback === undefined ? {} : { stackTrace: traceback };
  return { errorMessage: toFacet('errorMessage', { message: `${code}: ${message}`, programmingLanguage: 'PYTHON', ...trace }) };
}
