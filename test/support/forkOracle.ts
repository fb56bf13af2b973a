import { toCanonicalJson, type Json } from '../../language/model/json.ts';
import type { RunDocument } from '../../rde-agent/protocol/documents.ts';
import type { InputValue, TaskContext } from '../../rde-agent/protocol/runner.ts';
import { fail, succeedWith, toOutput, type Behaviour } from './fakeRuntime.ts';
import { sketchFlows, type FlowSketch, type FlowStep } from './nestedWorkflow.ts';
import { digestOf } from './pinnedWorkflow.ts';

/** How a step's results may be kept; `off` and `refresh` are what the step says, the others what its module says. */
export type StepClass = 'pure' | 'seeded' | 'stochastic' | 'sideEffect' | 'off' | 'refresh';

export interface ModelStep {
  readonly id: string;
  readonly class: StepClass;
  /** `list` gives a list of numbers; `fan` has two elements; `over` has one for each item of the list that it is given */
  readonly kind: 'value' | 'list' | 'fan' | 'over' | 'nested';
  /** ids of steps above, or `data` in the inner flow */
  readonly needs: readonly string[];
  readonly over?: string;
  /** of `p`; `null` = it reads the workflow's parameter */
  readonly param: number | null;
  readonly code: number;
  /** number of different values: a small one gives the same content again now and then */
  readonly values: number;
  readonly fails: boolean;
}

export interface ModelFlow {
  readonly name: string;
  readonly steps: readonly ModelStep[];
  readonly inner: readonly ModelStep[];
  readonly param: number;
}

/** What became of a task: what it was given, and its value where it succeeded. */
export interface ModelResult {
  readonly given: string;
  readonly value: Json;
}
export type ModelRun = ReadonlyMap<string, ModelResult>;

/** What a run is expected to do, by path of each task. */
export interface Expected {
  readonly executed: readonly string[];
  readonly reused: readonly string[];
  readonly run: ModelRun;
}

interface Walk extends Expected {
  readonly flow: ModelFlow;
  readonly base: ModelRun | undefined;
  /** digests of outputs by path */
  readonly told: ReadonlyMap<string, string>;
  readonly executed: string[];
  readonly reused: string[];
  readonly run: Map<string, ModelResult>;
}

/** A flow within a flow. */
interface Place {
  readonly prefix: string;
  readonly from: string | null;
  readonly force: boolean;
  /** by step: its value, or the list of those of its elements; absent = it has none */
  readonly known: Map<string, Json>;
}

interface Task {
  readonly path: string;
  readonly given: string;
  readonly isForced: boolean;
}

const KEPT: ReadonlySet<StepClass> = new Set(['pure', 'seeded', 'stochastic']);
const CHANCY: ReadonlySet<StepClass> = new Set(['stochastic', 'sideEffect']);

function toCode({ id, code, fails }: ModelStep): string {
  return `${id} ${String(code)}${fails ? ' fails' : ''}`;
}

function toModule(flow: string, id: string): string {
  return `${flow}/${id}`;
}

/**
 * Says, without anything of the product, what a fork must execute: a task stands exactly when the run that it goes on from has a result of the same
 * path that was computed by the same code from the same parameters and the same content. Beside it: a cache that keeps what may be kept.
 */
export class ForkOracle {
  readonly #cache = new Map<string, Json>();
  /** values by digest of their text: what chance has given */
  readonly #values = new Map<string, Json>();
  #chance = 0;

  /** What the tasks of a flow do. */
  behaviour(flow: ModelFlow): Behaviour {
    const steps = new Map([...flow.steps, ...flow.inner].map((step) => [toModule(flow.name, step.id), step]));
    return ({ context }) => {
      const step = steps.get(context.module);
      if (step === undefined) throw new Error(`no module ${context.module}`);
      if (context.code['main.py'] !== digestOf(toCode(step))) throw new Error(`${context.module} runs other code than it should`);
      if (step.fails) return fail('user');
      const value = this.#compute(step, toGiven(step, context.params, readInputs(context)), (this.#chance += 1));
      this.#values.set(digestOf(toCanonicalJson(value)), value);
      return succeedWith([toOutput('out', value)]);
    };
  }

  /** `document` only tells what chance gave. `from` = path of the step that runs whatever. */
  expect(flow: ModelFlow, base: ModelRun | undefined, from: string | null, document: RunDocument): Expected {
    const told = new Map(document.steps.map((step) => [step.step, step.outputs['out']?.digest ?? '']));
    const walk: Walk = { flow, base, told, executed: [], reused: [], run: new Map() };
    this.#walk(walk, flow.steps, { prefix: '', from, force: false, known: new Map() });
    return walk;
  }

  /** The value of the last step; `undefined` = one has failed, and with it the whole. */
  #walk(walk: Walk, steps: readonly ModelStep[], at: Place): Json | undefined {
    const { known } = at;
    for (const step of steps) {
      const inputs = step.needs.map((need) => known.get(need));
      const items = known.get(step.over ?? '');
      if (inputs.includes(undefined) || (step.kind === 'over' && items === undefined)) continue;
      const given = inputs as readonly Json[];
      const value = step.kind === 'nested' ? this.#nest(walk, step, given, at) : this.#walkTasks(walk, step, given, items, at);
      if (value !== undefined) known.set(step.id, value);
    }
    return steps.every(({ id }) => known.has(id)) ? known.get(steps.at(-1)?.id ?? '') : undefined;
  }

  #nest(walk: Walk, { id }: ModelStep, [data = null]: readonly Json[], { from, force }: Place): Json | undefined {
    const inside = from?.startsWith(`${id}/`) === true ? from.slice(id.length + 1) : null;
    const known = new Map<string, Json>([['data', data]]);
    return this.#walk(walk, walk.flow.inner, { prefix: `${id}/`, from: inside, force: force || from === id, known });
  }

  #walkTasks(walk: Walk, step: ModelStep, inputs: readonly Json[], items: Json | undefined, at: Place): Json | undefined {
    const results = listElements(step, items).map(({ name, params }) => {
      const task = `${step.id}${name}`;
      const given = toGiven(step, { p: step.param ?? walk.flow.param, ...params }, inputs, walk.flow.name);
      const isForced = at.force || at.from === step.id || at.from === task;
      return this.#decide(walk, step, { path: `${at.prefix}${task}`, given, isForced });
    });
    if (results.includes(undefined)) return undefined;
    return step.kind === 'fan' || step.kind === 'over' ? (results as readonly Json[]) : results[0];
  }

  #decide(walk: Walk, step: ModelStep, { path, given, isForced }: Task): Json | undefined {
    const before = walk.base?.get(path);
    const stands = before?.given === given ? before.value : undefined;
    const known = isForced ? undefined : (stands ?? (KEPT.has(step.class) ? this.#cache.get(given) : undefined));
    (known === undefined ? walk.executed : walk.reused).push(path);
    if (known === undefined && step.fails) return undefined;
    const value = known ?? this.#execute(step, given, walk.told.get(path) ?? '');
    walk.run.set(path, { given, value });
    return value;
  }

  #execute(step: ModelStep, given: string, told: string): Json {
    const value = CHANCY.has(step.class) ? (this.#values.get(told) ?? null) : this.#compute(step, given, 0);
    if (KEPT.has(step.class) || step.class === 'refresh') this.#cache.set(given, value);
    return value;
  }

  #compute(step: ModelStep, given: string, chance: number): Json {
    const text = given.slice(given.indexOf('{'));
    const hash = parseInt(
      digestOf(`${step.id} ${String(step.code)} ${text} ${CHANCY.has(step.class) ? String(chance) : ''}`).slice(7, 19),
      16,
    );
    if (step.kind === 'list') return Array.from({ length: 1 + (hash % 3) }, (_, index) => index + (hash % step.values) * 10);
    return [step.id, hash % step.values];
  }
}

function listElements(
  { kind }: ModelStep,
  items: Json | undefined,
): readonly { readonly name: string; readonly params: { readonly [name: string]: Json } }[] {
  if (kind === 'fan') return ['a', 'b'].map((each) => ({ name: `[${each}]`, params: { each } }));
  if (kind !== 'over') return [{ name: '', params: {} }];
  return (items as readonly Json[]).map((e, index) => ({ name: `[${String(index)}]`, params: { e } }));
}

function toGiven(step: ModelStep, params: { readonly [name: string]: Json }, inputs: readonly Json[], flow = ''): string {
  return `${toModule(flow, step.id)} ${toCode(step)} ${toCanonicalJson({ params, inputs })}`;
}

function readInputs({ inputs }: TaskContext): readonly Json[] {
  return inputs.map(({ value }) => readInput(value));
}

function readInput(value: InputValue): Json {
  const parse = (data: string): Json => JSON.parse(Buffer.from(data, 'base64').toString()) as Json;
  if (value.kind === 'inline') return parse(value.data);
  if (value.kind === 'inlines') return value.data.map(parse);
  if (value.kind === 'list') return value.items.map(readInput);
  throw new Error('values are small');
}

/** The flow as a submission brings it. */
export function toSubmission(flow: ModelFlow): ReturnType<typeof sketchFlows> {
  const inner = `${flow.name}-inner`;
  const sketch = (steps: readonly ModelStep[]): FlowSketch['steps'] => {
    const fans = new Set(steps.filter(({ kind }) => kind === 'fan' || kind === 'over').map(({ id }) => id));
    return Object.fromEntries(steps.map((step) => [step.id, toStep(flow.name, inner, step, fans)]));
  };
  const flows: { [name: string]: FlowSketch } = { [flow.name]: { params: { k: flow.param }, steps: sketch(flow.steps) } };
  if (flow.steps.some(({ kind }) => kind === 'nested')) {
    const last = flow.inner.at(-1)?.id ?? '';
    flows[inner] = { params: { k: flow.param }, inputs: ['data'], steps: sketch(flow.inner), outputs: { out: last } };
  }
  return sketchFlows(flows, flow.name);
}

const PARAM = { kind: 'template', parts: [{ kind: 'substitution', scope: 'params', name: 'k' }] } as const;
const EACH = { kind: 'template', parts: [{ kind: 'substitution', scope: 'foreach', name: 'each' }] } as const;

function toStep(flow: string, inner: string, step: ModelStep, fans: ReadonlySet<string>): FlowStep {
  const refer = (need: string): string => (need === 'data' ? 'inputs.data' : fans.has(need) ? `${need}[*]` : need);
  const inputs = Object.fromEntries(step.needs.map((need, index) => [step.kind === 'nested' ? 'data' : `in${String(index)}`, refer(need)]));
  const k = { kind: 'template', parts: PARAM.parts } as const;
  if (step.kind === 'nested') return { workflow: inner, inputs, params: { k: 0 }, changes: { params: { k } } };
  const value = step.param === null ? PARAM : ({ kind: 'literal', value: step.param } as const);
  return {
    module: toModule(flow, step.id),
    code: toCode(step),
    inputs,
    params: { p: 0 },
    ...(step.kind === 'fan' ? { foreach: ['a', 'b'] } : {}),
    ...(step.kind === 'over' ? { over: { e: step.over ?? '' } } : {}),
    contract: {
      ...(step.class === 'off' || step.class === 'refresh' ? {} : { determinism: step.class }),
      ...(step.class === 'seeded' ? { seed: 1 } : {}),
    },
    changes: {
      params: { p: value, ...(step.kind === 'fan' ? { each: EACH } : {}) },
      cache: step.class === 'off' ? 'off' : step.class === 'refresh' ? 'refresh' : 'on',
      retry: { attempts: 1, backoff: 0, on: [] },
    },
  };
}
