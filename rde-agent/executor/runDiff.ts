import { toCanonicalJson } from '../../language/model/json.ts';
import type { CacheLookup } from '../engine/cacheLookup.ts';
import { explain } from '../engine/explain.ts';
import type { Hash } from '../engine/hash.ts';
import type { StandingResults } from '../engine/standing.ts';
import type { TaskGraph } from '../engine/taskGraph.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { DiffDocument, DiffStep } from '../protocol/comparisons.ts';
import type { KeyParts } from '../protocol/keyParts.ts';
import type { PinnedEnvironment, PinnedWorkflow } from '../protocol/pinned.ts';
import type { Reason } from '../protocol/reason.ts';
import { toStepId, type OutputRecord, type TaskId } from '../protocol/runEvents.ts';
import type { RunView } from '../protocol/runView.ts';
import type { TaskView } from '../protocol/taskView.ts';
import type { Submitted } from './activeRunOptions.ts';
import { diffGraphs, listSteps, mergeOrders, type ListedStep } from './diffGraphs.ts';
import type { Manifests } from './manifests.ts';
import { compareOutputs } from './replayComparison.ts';
import { toGraph } from './runKeeper.ts';
import type { RunLibrary } from './runLibrary.ts';
import { listTasks, toUse, type ListedTask } from './runTasks.ts';
import { readStanding } from './standings.ts';

export interface DiffServices {
  readonly library: RunLibrary;
  readonly manifests: Manifests;
  readonly cache: CacheLookup;
  readonly hash: Hash;
}

/** In what two runs differ. Rejects with `unknown-run`. Runs that are under way are compared as far as they have come. */
export async function diffRuns(before: string, after: string, services: DiffServices): Promise<DiffDocument> {
  const [old, now] = [new Side(before, services), new Side(after, services)];
  const steps: DiffStep[] = [];
  for (const path of mergeOrders([...old.tasks.keys()], [...now.tasks.keys()])) steps.push(await diffStep(path, old, now, services));
  const params = diffValues(old.definition.params, now.definition.params);
  const environments = diffEnvironments(old.definition, now.definition);
  return {
    v: 1,
    before: old.document,
    after: now.document,
    equal: steps.every(({ equal }) => equal) && params.length === 0 && environments.length === 0,
    params,
    environments,
    steps,
    graph: [...diffGraphs(old.steps, now.steps)],
  };
}

/** One run with everything that is nested in it. */
class Side {
  readonly run: string;
  readonly view: RunView;
  readonly tasks: ReadonlyMap<string, ListedTask>;
  readonly #services: DiffServices;
  readonly #parts = new Map<string, ReadonlyMap<TaskId, KeyParts>>();
  readonly #graphs = new Map<string, TaskGraph>();
  readonly #standing = new Map<string, StandingResults | undefined>();

  constructor(run: string, services: DiffServices) {
    this.run = run;
    this.#services = services;
    this.view = services.library.get(run).view;
    this.tasks = new Map(listTasks(this.view, (id) => services.library.find(id)?.view).map((each) => [each.path, each]));
  }

  get steps(): ReadonlyMap<string, ListedStep> {
    return listSteps(this.view, (id) => this.#services.library.find(id)?.view);
  }

  get definition(): PinnedWorkflow {
    return this.#submitted(this.run).definition;
  }

  get document(): DiffDocument['before'] {
    const { workflow, state, submitted, seconds, tree } = this.view;
    return { run: this.run, workflow, state, started: submitted, seconds, tree };
  }

  /** What a task was given; `undefined` = it was never decided, or its kind has no key. */
  partsOf({ run, task }: ListedTask): KeyParts | undefined {
    let parts = this.#parts.get(run);
    if (parts === undefined) this.#parts.set(run, (parts = this.#readParts(run)));
    return parts.get(task.id) ?? this.#standingOf(run)?.find(task.id)?.parts;
  }

  executionOf({ run, task }: ListedTask): CachedResult | undefined {
    return this.#standingOf(run)?.execution(task.id);
  }

  /** Of a fan-out that unfolded while it ran: another task of its step, which has the same code and sources. */
  nodeOf({ run, task }: ListedTask): TaskNode | undefined {
    let graph = this.#graphs.get(run);
    if (graph === undefined) this.#graphs.set(run, (graph = toGraph(this.#submitted(run))));
    const place = graph.step(toStepId(task.id));
    return graph.byId.get(task.id) ?? place?.tasks[0] ?? place?.placeholder ?? undefined;
  }

  #standingOf(run: string): StandingResults | undefined {
    if (!this.#standing.has(run)) this.#standing.set(run, readStanding(run, this.#services.library, this.#services.hash));
    return this.#standing.get(run);
  }

  #readParts(run: string): ReadonlyMap<TaskId, KeyParts> {
    const parts = new Map<TaskId, KeyParts>();
    for (const { event } of this.#services.library.events(run, 0))
      if ((event.type === 'task.started' || event.type === 'task.reused') && event.parts !== null) parts.set(event.task, event.parts);
    return parts;
  }

  #submitted(run: string): Submitted {
    const first = this.#services.library.events(run, 0)[0]?.event;
    if (first?.type !== 'run.submitted') throw new Error(`run ${run} has no beginning`);
    return first;
  }
}

async function diffStep(path: string, old: Side, now: Side, services: DiffServices): Promise<DiffStep> {
  const [before, after] = [old.tasks.get(path), now.tasks.get(path)];
  if (before !== undefined && after !== undefined) return diffBoth(path, { old, now, before, after }, services);
  const only = after ?? before;
  const place = after === undefined ? 'before' : 'after';
  const [was, is] = [toSide(before?.task), toSide(after?.task)];
  return {
    step: path,
    ...(only === undefined ? {} : toUse(only.step)),
    in: place,
    equal: false,
    ...toStates(was, is),
    reasons: [],
    outputs: diffOutputs(was.outputs, is.outputs),
    metrics: diffMetrics(was.metrics, is.metrics),
  };
}

interface Pair {
  readonly old: Side;
  readonly now: Side;
  readonly before: ListedTask;
  readonly after: ListedTask;
}

async function diffBoth(path: string, pair: Pair, services: DiffServices): Promise<DiffStep> {
  const [was, is] = [toSide(pair.before.task), toSide(pair.after.task)];
  const outputs = diffOutputs(was.outputs, is.outputs);
  const metrics = diffMetrics(was.metrics, is.metrics);
  const { reasons, isEffective } = await explainTask(pair, services);
  return {
    step: path,
    ...toUse(pair.after.step),
    in: 'both',
    equal: !isEffective && was.state === is.state && metrics.length === 0 && outputs.every(({ equal }) => equal),
    ...toStates(was, is),
    reasons: [...reasons],
    outputs,
    metrics,
  };
}

const ABSENT = { state: null, decision: null, seconds: null, outputs: {}, metrics: {} } as const;

function toSide(task: TaskView | undefined): Pick<TaskView, 'outputs' | 'metrics'> & {
  readonly [field in 'state' | 'decision' | 'seconds']: TaskView[field] | null;
} {
  return task ?? ABSENT;
}

function toStates(was: ReturnType<typeof toSide>, is: ReturnType<typeof toSide>): Pick<DiffStep, 'state' | 'decision' | 'seconds'> {
  return {
    state: { before: was.state, after: is.state },
    decision: { before: was.decision, after: is.decision },
    seconds: { before: was.seconds, after: is.seconds },
  };
}

interface Explained {
  readonly reasons: readonly Reason[];
  /** false = what differs has no effect */
  readonly isEffective: boolean;
}

const NONE: Explained = { reasons: [], isEffective: false };

async function explainTask({ old, now, before, after }: Pair, services: DiffServices): Promise<Explained> {
  const [was, is] = [old.partsOf(before), now.partsOf(after)];
  const node = now.nodeOf(after);
  if (was === undefined || is === undefined || node === undefined || toCanonicalJson(was) === toCanonicalJson(is)) return NONE;
  const { manifests, cache } = services;
  // Known lists of files let a reason name the file; without them it names the module.
  for (const { module } of [was, is]) await manifests.load(module.code).catch(() => undefined);
  const execution = old.executionOf(before);
  const verdict = execution?.trace === undefined || !differsInCode(execution.parts, is) ? undefined : await judge(execution, node, cache);
  const reasons = explain(was, is, {
    sources: node.inputs,
    filesOf: (artifact) => manifests.known(artifact),
    folder: node.step.folder,
    libraries: node.step.libraries ?? [],
    ...(verdict === undefined ? {} : { verdict }),
  });
  if (reasons.length > 0 || verdict?.kind !== 'same') return { reasons, isEffective: reasons.length > 0 };
  return { reasons: [{ kind: 'code', message: `${node.step.name} differs in nothing that it ran or looked at` }], isEffective: false };
}

/** What the trace of an execution says of other code; `undefined` = nothing. */
async function judge(execution: CachedResult, node: TaskNode, cache: CacheLookup): Promise<Parameters<typeof explain>[2]['verdict']> {
  let judgement = cache.judge(execution, node);
  if (judgement.kind === 'unknown') {
    await cache.learn([execution], node);
    judgement = cache.judge(execution, node);
  }
  return judgement.kind === 'same' || judgement.kind === 'differs' ? judgement : undefined;
}

function differsInCode(before: KeyParts, after: KeyParts): boolean {
  const toCode = ({ module, environment }: KeyParts): string =>
    toCanonicalJson([module.code, module.libraries ?? {}, environment.packages, environment.variables]);
  return toCode(before) !== toCode(after);
}

function diffOutputs(
  before: { readonly [port: string]: OutputRecord },
  after: { readonly [port: string]: OutputRecord },
): DiffStep['outputs'] {
  return compareOutputs(before, after).map((compared) => {
    const [old, now] = [before[compared.name], after[compared.name]];
    if (old?.columns === undefined && now?.columns === undefined) return compared;
    return {
      ...compared,
      rows: { before: old?.rows ?? null, after: now?.rows ?? null },
      columns: diffColumns(old?.columns ?? [], now?.columns ?? []),
    };
  });
}

type Columns = NonNullable<OutputRecord['columns']>;
type ColumnChanges = NonNullable<DiffStep['outputs'][number]['columns']>;

function diffColumns(before: Columns, after: Columns): ColumnChanges {
  const [old, now] = [new Map(before.map((column) => [column.name, column])), new Map(after.map((column) => [column.name, column]))];
  const changes = [...new Set([...now.keys(), ...old.keys()])].map((column): ColumnChanges[number] | undefined => {
    const [was, is] = [old.get(column), now.get(column)];
    if (was === undefined) return { column, change: 'added', ...(is === undefined ? {} : { after: is.type }) };
    if (is === undefined) return { column, change: 'removed', before: was.type };
    if (was.type !== is.type) return { column, change: 'type', before: was.type, after: is.type };
    return was.digest === is.digest ? undefined : { column, change: 'content' };
  });
  return changes.filter((change) => change !== undefined);
}

function diffMetrics(before: { readonly [name: string]: number }, after: { readonly [name: string]: number }): DiffStep['metrics'] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => ({ name, before: before[name] ?? null, after: after[name] ?? null }));
}

type Values = { readonly [name: string]: unknown };

function diffValues(before: Values, after: Values): DiffDocument['params'] {
  const toText = (values: Values, name: string): string | null => (Object.hasOwn(values, name) ? toCanonicalJson(values[name]) : null);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((name) => ({ name, before: toText(before, name), after: toText(after, name) }))
    .filter((change) => change.before !== change.after);
}

type EnvironmentChange = DiffDocument['environments'][number];

/** By name; one that serves both languages is two. */
function diffEnvironments(before: PinnedWorkflow, after: PinnedWorkflow): EnvironmentChange[] {
  const old = listEnvironments(before);
  return [...listEnvironments(after)].flatMap(([key, now]) => {
    const was = old.get(key);
    return was === undefined ? [] : diffEnvironment(was, now);
  });
}

function listEnvironments({ environments, workflows = [] }: PinnedWorkflow): ReadonlyMap<string, PinnedEnvironment> {
  const all = [environments, ...workflows.map((each) => each.environments)].flat();
  return new Map(all.reverse().map((each) => [`${each.node === undefined ? 'python' : 'node'} ${each.name}`, each]));
}

function diffEnvironment(before: PinnedEnvironment, after: PinnedEnvironment): EnvironmentChange[] {
  const environment = after.name;
  const single = (['python', 'node', 'platform', 'image'] as const).flatMap((kind): EnvironmentChange[] => {
    const [was, is] = [before[kind] ?? null, after[kind] ?? null];
    return was === is ? [] : [{ environment, kind, before: was, after: is }];
  });
  const named = (['package', 'variable'] as const).flatMap((kind): EnvironmentChange[] => {
    const field = kind === 'package' ? 'packages' : 'variables';
    const names = [...new Set([...Object.keys(before[field]), ...Object.keys(after[field])])].sort();
    return names.flatMap((name) => {
      const [was, is] = [before[field][name] ?? null, after[field][name] ?? null];
      return was === is ? [] : [{ environment, kind, name, before: was, after: is }];
    });
  });
  return [...single, ...named];
}
