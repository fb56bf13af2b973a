import type { Json } from '../../language/model/json.ts';
import { toConditionSteps } from '../../language/model/condition.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { PlanDocument, PlanStep } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Reason } from '../protocol/reason.ts';
import type { OutputRecord, TaskId } from '../protocol/runEvents.ts';
import type { Scope } from '../protocol/who.ts';
import { judge, type Verdict } from './condition.ts';
import type { CacheLookup } from './cacheLookup.ts';
import { toExpansion } from './elements.ts';
import type { Hash } from './hash.ts';
import type { KeyMemo } from './keyMemo.ts';
import { createKeyMaker, type Distrust, type KeyMaker, type TaskKey } from './keys.ts';
import { toNestedDefinition, toNestedInputs, toRunResult, type RunResult, type TaskResults } from './nested.ts';
import { predict, type Prediction } from './predict.ts';
import { predictStanding, toInnerPlannedFork, type PlannedFork } from './standingPlan.ts';
import { toTaskGraph, type TaskGraph } from './taskGraph.ts';
import type { JoinNeed, StepNode, TaskNode } from './taskNode.ts';

/** tasks of a step whose earlier results are read together */
const WIDE = 64;
/** workflows within workflows */
const DEEPEST = 16;

export interface PlanOptions {
  readonly scope: Scope;
  readonly hash: Hash;
  readonly cache: CacheLookup;
  /** mean measured seconds of a module; `undefined` = never measured */
  readonly expectedSeconds: (module: string) => number | undefined;
  /** what a fan-out over this output runs over; `undefined` = it cannot be read. Absent = fan-outs stay unknown */
  readonly elementsOf?: (output: OutputRecord) => Promise<readonly Json[] | undefined>;
  /** of a dataset that the agent fetches; `undefined` = its source cannot be asked now */
  readonly versionOf?: (node: TaskNode) => Promise<string | undefined>;
  /** see Distrust */
  readonly distrust?: Distrust;
  /** told of each step that will be reused */
  readonly onHit?: (task: TaskNode, key: TaskKey, entry: CachedResult) => void;
  /** of earlier plans */
  readonly memo?: KeyMemo;
  /** of a fork: what it goes on from */
  readonly fork?: PlannedFork;
}

/**
 * What a run would do, by the functions that the run itself uses. A step below a predicted miss is `conditional`: a hit if its
 * input comes out with the digest `on`, else a miss. So is what depends on a condition that cannot be judged yet, on elements that are not known
 * yet (one row `train[*]`), or on which elements of a join come first. A step that is known not to run is `conditional` too, with
 * no expected seconds and a reason of kind `condition` that says so. Steps of nested workflows follow their own step as `check/score`.
 * The graph is the plan's: it grows. Rejects with `invalid-request` when workflows are nested too deeply.
 */
export async function toPlan(graph: TaskGraph, options: PlanOptions): Promise<PlanDocument> {
  const planner = new Planner(graph, options, 1);
  await planner.plan();
  const sum = (of: (row: Row) => number): number => round(planner.rows.reduce((total, row) => total + of(row), 0));
  return {
    v: 1,
    workflow: graph.definition.workflow,
    tree: graph.definition.tree,
    steps: planner.rows.map(({ step, saved }) => (saved > 0 ? { ...step, saved: round(saved) } : step)),
    saved: sum((row) => row.saved),
    predictedSeconds: sum((row) => row.step.predictedSeconds),
  };
}

interface Row {
  readonly step: PlanStep;
  /** seconds that reuse saves */
  readonly saved: number;
  /** known not to run: says nothing about the workflow that it is in */
  readonly isIdle?: true;
}

class Planner implements TaskResults {
  readonly rows: Row[] = [];
  readonly #graph: TaskGraph;
  readonly #options: PlanOptions;
  readonly #depth: number;
  readonly #keys: KeyMaker;
  readonly #versions = new Map<TaskId, string>();
  /** tasks that are known to be reused */
  readonly #known = new Map<TaskId, RunResult>();
  /** steps that are known not to run */
  readonly #idle = new Set<StepNode>();

  constructor(graph: TaskGraph, options: PlanOptions, depth: number) {
    if (depth > DEEPEST) throw new CairnError('invalid-request', `${graph.definition.workflow} is nested deeper than ${DEEPEST} workflows`);
    this.#graph = graph;
    this.#options = options;
    this.#depth = depth;
    const { scope, hash, distrust, memo } = options;
    const versionOf = (node: TaskNode): string | undefined => this.#versions.get(node.id);
    this.#keys = createKeyMaker(scope, hash, { versionOf, memo, ...(distrust === undefined ? {} : { distrust }) });
  }

  readonly output = (task: TaskId, port: string): OutputRecord | undefined => this.#known.get(task)?.outputs[port];
  readonly metricsOf = (task: TaskId): RunResult['metrics'] => this.#known.get(task)?.metrics ?? {};

  /** What the whole gives; only when all of it is known. */
  result(): RunResult {
    return toRunResult(this.#graph, this, this.#options.hash);
  }

  async plan(): Promise<void> {
    for (const place of this.#graph.steps) await this.#planStep(place);
  }

  async #planStep(place: StepNode): Promise<void> {
    const [blocker] = place.needs.strict.concat(place.needs.from).filter((need) => this.#idle.has(need.step));
    if (blocker !== undefined) return this.#rest(place, `not run: ${blocker.step.step.id}, which it needs, is not run`);
    const { placeholder } = place;
    if (placeholder !== null && !(await this.#expand(place))) {
      this.rows.push(this.#toUnknownFanOut(placeholder));
      return;
    }
    if (place.needs.joins.some((join) => join.given + this.#countElements(join) < join.count))
      return this.#rest(place, 'not run: too few of the elements that it joins are run');
    if (!this.#isOpenJoin(place) && place.needs.joins.length > 0) place.settle((task) => !this.#idle.has(task.place));
    const verdict = this.#judge(place);
    if (verdict?.kind === 'false') return this.#rest(place, 'not run: its condition is false');
    if (verdict?.kind === 'error') return this.#rest(place, `not run: its condition cannot be judged (${verdict.message})`);
    const from = this.rows.length;
    if (place.tasks.length >= WIDE) this.#expect(place);
    for (const task of place.tasks) await (task.step.kind === 'workflow' ? this.#planNested(task) : this.#planTask(task));
    if (verdict === undefined) this.#makeConditional(place, from);
  }

  /** The keys of a fetched dataset are made of versions that are asked for one after another. */
  #expect({ step, tasks }: StepNode): void {
    const { cache } = this.#options;
    if (step.kind === 'workflow' || step.source !== undefined || cache.expect === undefined) return;
    cache.expect(tasks.map((task) => this.#keys.toKey(task, this.output).key));
  }

  /** `undefined` = it cannot be judged before something has run. */
  #judge(place: StepNode): Verdict | undefined {
    const { when } = place.step;
    if (when === undefined) return { kind: 'true' };
    const steps = new Map(toConditionSteps(when).map((id) => [id, this.#graph.step(id)]));
    const isKnown = (step: StepNode | undefined): boolean =>
      step?.placeholder === null && step.tasks.every(({ id }) => this.#known.has(id));
    if (![...steps.values()].every(isKnown)) return undefined;
    const metric = (step: string, name: string): number | undefined => {
      const task = steps.get(step)?.tasks.findLast(({ id }) => Object.hasOwn(this.metricsOf(id), name));
      return task && this.metricsOf(task.id)[name];
    };
    return judge(when, { params: this.#graph.definition.params, metric });
  }

  #rest(place: StepNode, message: string): void {
    this.#idle.add(place);
    const tasks = place.placeholder === null ? place.tasks : [place.placeholder];
    for (const task of tasks)
      this.rows.push({ step: toStep(task, { kind: 'conditional', reasons: [{ kind: 'condition', message }] }, 0), saved: 0, isIdle: true });
  }

  /** Whether a step runs depends on what is not known: nothing that it gives is known either. */
  #makeConditional(place: StepNode, from: number): void {
    const reason: Reason = { kind: 'condition', message: 'run only if its condition turns out true' };
    for (const { id } of place.tasks) this.#known.delete(id);
    for (const [index, { step }] of this.rows.entries()) {
      if (index >= from) this.rows[index] = { step: { ...step, decision: 'conditional', reasons: [reason, ...step.reasons] }, saved: 0 };
    }
  }

  /** Whether the elements are known: each comes from something that will be reused. */
  async #expand(place: StepNode): Promise<boolean> {
    const { foreach } = place.step;
    const found: { [name: string]: readonly Json[] } = {};
    for (const [name, source] of Object.entries(place.from)) {
      if (source.kind === 'list') return false;
      const output = source.kind === 'given' ? source.output : this.output(source.task, source.port);
      const elements = output == null ? undefined : await this.#options.elementsOf?.(output);
      if (elements === undefined) return false;
      found[name] = elements;
    }
    if (foreach === undefined) return false;
    const expansion = toKnownExpansion(foreach, found);
    if (expansion === undefined) return false;
    this.#graph.expand(place.step.id, expansion.values, expansion.count);
    return true;
  }

  #toUnknownFanOut(task: TaskNode): Row {
    const [first] = Object.values(task.place.from);
    const upstream = first?.kind === 'value' ? first.task : undefined;
    const message = upstream === undefined ? 'its elements are known when it runs' : `its elements are known when ${upstream} has run`;
    const reason: Reason = { kind: 'input', ...(upstream === undefined ? {} : { upstream }), message };
    const seconds = this.#options.expectedSeconds(task.step.name) ?? 0;
    return { step: { ...toStep(task, { kind: 'conditional', reasons: [reason] }, seconds), elements: null }, saved: 0 };
  }

  async #planTask(task: TaskNode): Promise<void> {
    if (task.step.source !== undefined) {
      const version = await this.#options.versionOf?.(task);
      if (version !== undefined) this.#versions.set(task.id, version);
    }
    const key = this.#keys.toKey(task, this.output);
    const prediction = await this.#predict(task, key);
    if (prediction.kind === 'hit') {
      this.#known.set(task.id, prediction.entry);
      this.#options.onHit?.(task, key, prediction.entry);
      this.rows.push({ step: toStep(task, prediction, 0), saved: prediction.entry.seconds });
    } else this.rows.push({ step: toStep(task, prediction, toExpectedSeconds(task, this.#options)), saved: 0 });
  }

  /** What is not known of earlier results is read and analysed first; nothing of it is kept but what the analysis remembers. */
  async #predict(task: TaskNode, key: TaskKey): Promise<Prediction> {
    const { cache, fork } = this.#options;
    const isOpen = this.#isOpenJoin(task.place);
    const stands = fork && (await predictStanding(task, key, isOpen, fork, cache));
    if (stands !== undefined) return stands;
    for (;;) {
      const prediction = predict(task, key, isOpen, cache);
      if (prediction.kind !== 'unknown') return prediction;
      await cache.learn(prediction.entries, task);
    }
  }

  /** A join that takes some of several elements: which these are is known only where it takes all. */
  #isOpenJoin({ needs }: StepNode): boolean {
    return needs.joins.some((join) => join.given + this.#countElements(join) !== join.count);
  }

  /** Elements that may come; infinite while a fan-out is not known. */
  #countElements({ members }: JoinNeed): number {
    const sizes = members.map(({ step, task }) => {
      if (this.#idle.has(step)) return 0;
      if (task !== null) return 1;
      return step.placeholder === null ? step.tasks.length : Infinity;
    });
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async #planNested(task: TaskNode): Promise<void> {
    const { hash } = this.#options;
    const isOpen = this.#isOpenJoin(task.place);
    const inputs = Object.fromEntries(
      Object.entries(toNestedInputs(task, this.output, hash)).map(([port, record]) => [
        port,
        isOpen && record?.items !== undefined ? null : record,
      ]),
    );
    const { definition, run } = this.#graph;
    const child = toTaskGraph(toNestedDefinition(definition, task, task.params), { ...run, inputs }, null);
    const { fork, ...options } = this.#options;
    const inner = fork === undefined ? options : { ...options, fork: toInnerPlannedFork(task, fork) };
    const planner = new Planner(child, inner, this.#depth + 1);
    await planner.plan();
    const prediction = toNestedPrediction(task, planner.rows);
    if (prediction.kind === 'hit') this.#known.set(task.id, planner.result());
    this.rows.push({ step: toStep(task, prediction, 0), saved: 0 });
    for (const row of planner.rows) this.rows.push({ ...row, step: { ...row.step, step: `${task.id}/${row.step.step}` } });
  }
}

/** Lists that do not fit together are a failure of the run; the plan leaves the elements open. */
function toKnownExpansion(...given: Parameters<typeof toExpansion>): ReturnType<typeof toExpansion> | undefined {
  try {
    return toExpansion(...given);
  } catch (error) {
    if (error instanceof CairnError) return undefined;
    throw error;
  }
}

/** A row without what only a task in the cache has. */
type Said = Pick<Prediction, 'kind' | 'reasons'> & { readonly on?: string; readonly entry?: CachedResult };

/** A hit when all inside are hits, a miss when one inside is a miss. */
function toNestedPrediction(task: TaskNode, rows: readonly Row[]): Said {
  const counted = rows.filter((row) => row.isIdle !== true).map((row) => row.step);
  const telling = counted.find((step) => step.decision === 'miss') ?? counted.find((step) => step.decision === 'conditional');
  if (telling === undefined) return { kind: 'hit', reasons: [{ kind: 'hit', message: 'all of its steps can be reused' }] };
  const step = `${task.id}/${telling.step}`;
  const [first] = telling.reasons;
  const reason: Reason = { kind: first?.kind ?? 'no-prior', upstream: step, message: `${step}: ${first?.message ?? 'it will run'}` };
  return { kind: telling.decision, reasons: [reason] };
}

/** What this very task took the last time, else what its module usually takes. */
function toExpectedSeconds(node: TaskNode, { cache, expectedSeconds }: PlanOptions): number {
  // Its own come first: where the first is another's, it has none.
  for (const result of cache.recent(node)) {
    if (result.producer.task === node.id) return result.seconds;
    break;
  }
  return expectedSeconds(node.step.name) ?? 0;
}

function toStep({ id, step: { kind, name } }: TaskNode, said: Said, predictedSeconds: number): PlanStep {
  const { entry, on } = said;
  return {
    step: id,
    [kind]: name,
    decision: said.kind,
    ...(on === undefined ? {} : { on }),
    reasons: [...said.reasons],
    predictedSeconds,
    ...(entry === undefined ? {} : { entry: entry.id }),
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
