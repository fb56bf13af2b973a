import type { Column } from '../../language/model/portType.ts';
import { joinTraces, pickColumns, type ColumnTrace, type OutputTrace } from '../engine/columnTrace.ts';
import { toRunLineage, toTraceKey, traceRun, type RunLineage, type Traces } from '../engine/lineageTrace.ts';
import type { DatasetVersion, LineageDocument } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedStep } from '../protocol/pinned.ts';
import { toStepId, type RunEvent } from '../protocol/runEvents.ts';
import { findVersion } from './datasetArrivals.ts';
import { parseTarget, type LineageTarget } from './lineageTarget.ts';

/** What lineage is answered from. */
export interface LineageSources {
  /** `undefined` = no such run */
  events(run: string): Iterable<RunEvent> | undefined;
  /** arrived versions, newest first */
  versions(dataset: string): readonly DatasetVersion[];
}

export type OutputTarget = Extract<LineageTarget, { kind: 'output' }>;

/** What a column without labels counts as. */
export const MOST_RESTRICTED = 'restricted';
/** The whole of an output. */
export const WHOLE = '*';

/**
 * Where the columns of a target come from, followed through all steps to columns of datasets. Labels are those that the newest definition of a
 * dataset gives and those that the run itself was pinned with, never fewer. Throws CairnError `invalid-request`, `unknown-run`, `unknown-step` or `unknown-dataset`.
 */
export function showLineage(text: string, sources: LineageSources): LineageDocument {
  const target = parseTarget(text);
  return target.kind === 'dataset' ? showDataset(text, target, sources) : showOutput(text, target, sources);
}

function showDataset(text: string, target: Extract<LineageTarget, { kind: 'dataset' }>, sources: LineageSources): LineageDocument {
  const { dataset, version } = target;
  const wanted = findVersion(dataset, version, sources.versions(dataset));
  const labels = new Labels(sources);
  const columns = readColumns(dataset, wanted.run, sources);
  return {
    v: 1,
    target: text,
    columns: columns.map(({ name }) => ({
      column: name,
      from: [{ dataset, column: name, kind: 'direct', evidence: 'enforced' }],
      labels: labels.ofColumn(dataset, name, [columns]),
    })),
  };
}

function showOutput(text: string, target: OutputTarget, sources: LineageSources): LineageDocument {
  const { step, port, trace, labels } = openOutput(target, sources);
  const columns = listColumns(step, port, target.column);
  return {
    v: 1,
    target: text,
    columns: columns.map((column) => {
      const traced = trace(column);
      return { column, from: [...traced.sources.values()], labels: labels(traced) };
    }),
  };
}

/** What is known of the class of a column. */
export interface ColumnClass {
  /** of datasets' columns that have some, and those that outputs have added */
  readonly labels: readonly string[];
  /** it comes from a column of a dataset that nobody has classified */
  readonly isUnclassified: boolean;
  /** something in it was made of no dataset at all */
  readonly isMade: boolean;
}

/** Classes of columns of an output, `*` = of all of it. Throws as `showLineage` does. */
export function classifyColumns(target: OutputTarget, columns: readonly string[], sources: LineageSources): readonly ColumnClass[] {
  const { trace, classOf } = openOutput(target, sources);
  return columns.map((column) => classOf(trace(column)));
}

interface OpenOutput {
  readonly step: PinnedStep;
  readonly port: string;
  /** `*` = of all of it */
  readonly trace: (column: string) => ColumnTrace;
  readonly labels: (trace: ColumnTrace) => string[];
  readonly classOf: (trace: ColumnTrace) => ColumnClass;
}

function openOutput(target: OutputTarget, sources: LineageSources): OpenOutput {
  const run = readRun(target.run, sources);
  const nested = new Map<string, RunLineage | undefined>();
  const toNested = (id: string): RunLineage | undefined => {
    if (!nested.has(id)) nested.set(id, toRunLineage(sources.events(id) ?? []));
    return nested.get(id);
  };
  const traces = traceRun(run, toNested);
  const { step, owner, tasks } = findStep(target, run, toNested, traces);
  const port = findPort(target, step);
  const found = tasks.flatMap((task) => traces.get(toTraceKey(task, port)) ?? []);
  if (found.length === 0)
    throw new CairnError(
      'invalid-request',
      `${target.steps.join('/')}.${port} of run ${target.run} is not there: the step has not succeeded`,
    );
  const labels = new Labels(sources);
  const pinned = [run, owner, ...nested.values()].flatMap((each) => each?.definition.steps ?? []);
  return {
    step,
    port,
    trace: (column) => joinTraces(found.map((each) => pickOne(each, column))),
    labels: (trace) => labels.of(trace, pinned),
    classOf: (trace) => labels.classOf(trace, pinned),
  };
}

function pickOne(trace: OutputTrace, column: string): ColumnTrace {
  return column === WHOLE ? trace.all : pickColumns(trace, [column]);
}

function readRun(id: string, sources: LineageSources): RunLineage {
  const events = sources.events(id);
  const run = events === undefined ? undefined : toRunLineage(events);
  if (run === undefined) throw new CairnError('unknown-run', `There is no run ${id}`);
  return run;
}

interface FoundStep {
  readonly step: PinnedStep;
  readonly owner: RunLineage;
  /** paths of the tasks that are meant */
  readonly tasks: readonly string[];
}

/** Goes down a path of nested steps: `check/score`, `check[a]/train[ridge]`. `[*]` and a fan-out without an element mean all of its tasks. */
function findStep(target: OutputTarget, run: RunLineage, nested: (run: string) => RunLineage | undefined, traces: Traces): FoundStep {
  const parts = target.steps;
  let owner: RunLineage | undefined = run;
  for (const part of parts.slice(0, -1)) {
    const child: string | undefined = owner.nested.get(part);
    owner = child === undefined ? undefined : nested(child);
    if (owner === undefined) throw new CairnError('unknown-step', `Run ${target.run} has no nested step ${part}`);
  }
  const last = parts.at(-1) ?? '';
  const step = owner.definition.steps.find((each) => each.id === toStepId(last));
  if (step === undefined) throw new CairnError('unknown-step', `Run ${target.run} has no step ${target.steps.join('/')}`);
  const isAll = last.endsWith('[*]') || (last === step.id && step.foreach !== undefined);
  const ids = isAll ? [...owner.tasks.keys()].filter((task) => toStepId(task) === step.id) : [last];
  const before = parts
    .slice(0, -1)
    .map((part) => `${part}/`)
    .join('');
  const tasks = ids.map((id) => before + id).filter((task) => step.contract.outputs.some(({ name }) => traces.has(toTraceKey(task, name))));
  return { step, owner, tasks };
}

function findPort({ port, steps }: OutputTarget, { contract }: PinnedStep): string {
  const path = steps.join('/');
  const names = contract.outputs.map((output) => output.name);
  const [only] = names;
  if (port === undefined && names.length === 1 && only !== undefined) return only;
  if (port !== undefined && names.includes(port)) return port;
  throw new CairnError('invalid-request', port === undefined ? `${path} has several outputs` : `${path} has no output ${port}`, {
    next: `Name one of ${names.map((name) => `${path}.${name}`).join(', ') || 'another step: this one has no outputs'}.`,
  });
}

/** Declared columns; what an open table has beside them comes from the same. */
function listColumns({ contract }: PinnedStep, port: string, wanted: string | undefined): readonly string[] {
  const type = contract.outputs.find((output) => output.name === port)?.type;
  const names = type?.kind === 'table' ? type.columns.map((column) => column.name) : [WHOLE];
  if (wanted === undefined) return names.length === 0 ? [WHOLE] : names;
  if (names.includes(wanted) || (type?.kind === 'table' && (type.open || type.columns.length === 0))) return [wanted];
  throw new CairnError('invalid-request', `${port} has no column ${wanted}`, { next: `Name one of ${names.join(', ')}.` });
}

/** Labels of datasets' columns, each definition read once. */
class Labels {
  readonly #sources: LineageSources;
  readonly #newest = new Map<string, readonly Column[]>();

  constructor(sources: LineageSources) {
    this.#sources = sources;
  }

  of(trace: ColumnTrace, pinned: readonly PinnedStep[]): string[] {
    const { labels, isUnclassified, isMade } = this.classOf(trace, pinned);
    return [...new Set([...labels, ...(isUnclassified || isMade ? [MOST_RESTRICTED] : [])])].sort();
  }

  classOf(trace: ColumnTrace, pinned: readonly PinnedStep[]): ColumnClass {
    const labels = new Set(trace.added);
    let isUnclassified = false;
    for (const { dataset, column } of trace.sources.values()) {
      const definitions = pinned.filter((step) => step.kind === 'dataset' && step.name === dataset).map((step) => step.columns ?? []);
      for (const declared of this.#declared(dataset, column, definitions)) {
        if (declared.labels === undefined) isUnclassified = true;
        for (const label of declared.labels ?? []) labels.add(label);
      }
    }
    return { labels: [...labels].sort(), isUnclassified, isMade: trace.unlabelled };
  }

  /** A column that one of the definitions does not label is treated as the most restricted. */
  ofColumn(dataset: string, column: string, pinned: readonly (readonly Column[])[]): string[] {
    return [...new Set(this.#declared(dataset, column, pinned).flatMap(({ labels }) => labels ?? [MOST_RESTRICTED]))].sort();
  }

  #declared(dataset: string, column: string, pinned: readonly (readonly Column[])[]): readonly Column[] {
    return [this.#newestOf(dataset), ...pinned].flatMap((columns) => columns.filter(({ name }) => name === column));
  }

  /** The definition that the newest version arrived with: a label that was raised counts for everything that was made before. */
  #newestOf(dataset: string): readonly Column[] {
    let columns = this.#newest.get(dataset);
    if (columns === undefined) {
      const [newest] = this.#sources.versions(dataset);
      this.#newest.set(dataset, (columns = newest === undefined ? [] : readColumns(dataset, newest.run, this.#sources)));
    }
    return columns;
  }
}

function readColumns(dataset: string, run: string, sources: LineageSources): readonly Column[] {
  const lineage = toRunLineage(sources.events(run) ?? []);
  return lineage?.definition.steps.find((step) => step.kind === 'dataset' && step.name === dataset)?.columns ?? [];
}
