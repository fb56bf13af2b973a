import { DATASET_PORT } from '../../language/model/dataset.ts';
import { toReferences, WORKFLOW_INPUTS, type Reference } from '../../language/model/workflow.ts';
import type { PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';
import { toStepId, type LineageRecord, type RunEvent, type TaskId } from '../protocol/runEvents.ts';
import { joinTraces, NOTHING, passThrough, pickColumns, toOrigin, UNKNOWN, type ColumnTrace, type OutputTrace } from './columnTrace.ts';
import { toProjection } from './projection.ts';

/** What the events of one run say about where its outputs come from. */
export interface RunLineage {
  readonly definition: PinnedWorkflow;
  /** tasks that have ended well, in that order, so that each follows what it was given; `null` = its event tells no lineage */
  readonly tasks: ReadonlyMap<TaskId, readonly LineageRecord[] | null>;
  /** task → the nested run that it was */
  readonly nested: ReadonlyMap<TaskId, string>;
}

/** `undefined` where there is no submission among the events. */
export function toRunLineage(events: Iterable<RunEvent>): RunLineage | undefined {
  let definition: PinnedWorkflow | undefined;
  const tasks = new Map<TaskId, readonly LineageRecord[] | null>();
  const nested = new Map<TaskId, string>();
  for (const event of events) {
    if (event.type === 'run.submitted') definition = event.definition;
    else if (event.type === 'task.succeeded' || event.type === 'task.reused') tasks.set(event.task, event.lineage);
    else if (event.type === 'task.delegated') nested.set(event.task, event.run);
    else if (event.type === 'tasks.ran') for (const { task } of event.ran) tasks.set(task, null);
  }
  return definition && { definition, tasks, nested };
}

/** Traces of outputs, by task path (`check/score`) and port. */
export type Traces = ReadonlyMap<string, OutputTrace>;

/** `nested` answers what is known of a nested run; `undefined` = nothing, so that its step counts as one that used everything it was given. */
export function traceRun(run: RunLineage, nested: (run: string) => RunLineage | undefined): Traces {
  const traces = new Map<string, OutputTrace>();
  traceTasks({ run, path: '', given: () => NOTHING, nested, traces });
  return traces;
}

export function toTraceKey(task: string, port: string): string {
  return `${task}\n${port}`;
}

interface Tracing {
  readonly run: RunLineage;
  /** before the ids of its tasks: `check/` */
  readonly path: string;
  /** of an input of the workflow itself */
  readonly given: (input: string, columns: readonly string[] | null) => ColumnTrace;
  readonly nested: (run: string) => RunLineage | undefined;
  readonly traces: Map<string, OutputTrace>;
}

function traceTasks(tracing: Tracing): void {
  const { run, path, traces } = tracing;
  const steps = new Map(run.definition.steps.map((step) => [step.id, step]));
  for (const [task, records] of run.tasks) {
    const step = steps.get(toStepId(task));
    if (step === undefined) continue;
    for (const [port, trace] of traceTask(task, step, records, tracing)) traces.set(toTraceKey(path + task, port), trace);
  }
}

function traceTask(
  task: TaskId,
  step: PinnedStep,
  records: readonly LineageRecord[] | null,
  tracing: Tracing,
): readonly [string, OutputTrace][] {
  if (step.kind === 'dataset') return [[DATASET_PORT, traceDataset(step)]];
  const child = tracing.run.nested.get(task);
  const inside = child === undefined ? undefined : tracing.nested(child);
  if (step.kind === 'workflow' && inside !== undefined) return traceNested(task, step, inside, tracing);
  return step.contract.outputs.map(({ name, addLabels }): [string, OutputTrace] => {
    const record = records?.find((each) => each.output === name) ?? toRecord(name, step, tracing);
    const sources = record.sources.map((source) => traceSource(source.task, source.port, source.columns, tracing));
    const joined = sources.length === 0 ? UNKNOWN : joinTraces(sources);
    return [name, { all: passThrough(joined, record.evidence, addLabels), columns: undefined }];
  });
}

function traceDataset({ name, columns = [] }: PinnedStep): OutputTrace {
  const traced = new Map(columns.map((column) => [column.name, toOrigin(name, column.name)]));
  return { all: joinTraces(traced.values()), columns: traced };
}

/** The outputs of a nested run are those of its own tasks; what it was given is traced on in the run around it. */
function traceNested(task: TaskId, step: PinnedStep, inside: RunLineage, tracing: Tracing): readonly [string, OutputTrace][] {
  const path = `${tracing.path}${task}/`;
  const given = (input: string, columns: readonly string[] | null): ColumnTrace => {
    const value = step.inputs[input];
    return value === undefined
      ? NOTHING
      : joinTraces(toReferences(value).flatMap((reference) => traceReference(reference, columns, tracing)));
  };
  const within: Tracing = { ...tracing, run: inside, path, given };
  traceTasks(within);
  return step.contract.outputs.map(({ name, addLabels }): [string, OutputTrace] => {
    const reference = inside.definition.outputs[name];
    const found =
      reference === undefined
        ? []
        : findTasks(reference, within).flatMap(([id, port]) => tracing.traces.get(toTraceKey(path + id, port)) ?? []);
    const [only] = found;
    const whole = found.length === 1 && only !== undefined ? only : { all: joinTraces(found.map(({ all }) => all)), columns: undefined };
    return [name, addLabels.length === 0 ? whole : { all: passThrough(whole.all, 'enforced', addLabels), columns: undefined }];
  });
}

function traceReference(reference: Reference, columns: readonly string[] | null, tracing: Tracing): readonly ColumnTrace[] {
  return findTasks(reference, tracing).map(([task, port]) => traceSource(task, port, columns, tracing));
}

function traceSource(task: TaskId, port: string, columns: readonly string[] | null, { given, path, traces }: Tracing): ColumnTrace {
  if (task === WORKFLOW_INPUTS) return given(port, columns);
  const trace = traces.get(toTraceKey(path + task, port));
  return trace === undefined ? UNKNOWN : pickColumns(trace, columns);
}

/** The tasks that a reference means, among those that have ended well. */
function findTasks({ step, port = '', select }: Reference, { run }: Tracing): readonly (readonly [TaskId, string])[] {
  if (step === WORKFLOW_INPUTS) return [[WORKFLOW_INPUTS, port]];
  if (select.kind === 'one') return [[`${step}[${select.element}]`, port]];
  if (select.kind === 'none') return [[step, port]];
  return [...run.tasks.keys()].filter((task) => toStepId(task) === step).map((task) => [task, port]);
}

/** At the floor, of what the definition says: a batch in a kept interpreter records no lineage for each of its tasks. */
function toRecord(output: string, step: PinnedStep, tracing: Tracing): LineageRecord {
  const types = new Map(step.contract.inputs.map((input) => [input.name, input.type]));
  const sources = Object.entries(step.inputs).flatMap(([port, input]) => {
    const type = types.get(port);
    const columns = type === undefined ? null : toProjection(type);
    return toReferences(input).flatMap((reference) => findTasks(reference, tracing).map(([task, from]) => ({ task, port: from, columns })));
  });
  const isEnforced = sources.length > 0 && sources.every((source) => source.columns !== null);
  return { output, evidence: isEnforced ? 'enforced' : 'floor', sources };
}
