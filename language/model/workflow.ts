import type { Domain } from './dataset.ts';
import type { Json } from './json.ts';
import { toConditionSteps, type Condition } from './condition.ts';
import type { InputPort, Param } from './module.ts';
import type { Schedule } from './schedule.ts';

/** Which element(s) of a fan-out a reference names. */
export type ElementSelector = { readonly kind: 'none' } | { readonly kind: 'all' } | { readonly kind: 'one'; readonly element: string };

/** `step`, `step.port`, `step[*].port`, `step[ridge].port`. Without a port: the step's only output. */
export interface Reference {
  readonly step: string;
  readonly port: string | undefined;
  readonly select: ElementSelector;
}

/** A part of a text with substitutions. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'substitution'; readonly scope: 'params' | 'run' | 'foreach'; readonly name: string };

/** The word that stands for a step where a reference names an input of the workflow itself: `inputs.model`. */
export const WORKFLOW_INPUTS = 'inputs';

/** What a port is given: one output, or a list of outputs written one by one (`[a.model, b[*].model]`, joined in that order). */
export type StepInput = Reference | ReferenceList;
export interface ReferenceList {
  readonly items: readonly Reference[];
}

/** Every reference of an input, in order. */
export function toReferences(input: StepInput): readonly Reference[] {
  return 'items' in input ? input.items : [input];
}

/**
 * A parameter's value in a step: a literal, or a text with `${…}`. A template of exactly one substitution keeps the
 * value's type; otherwise the values are inserted into the text.
 */
export type ParamValue =
  { readonly kind: 'literal'; readonly value: Json } | { readonly kind: 'template'; readonly parts: readonly TemplatePart[] };

export const FAILURE_CLASSES = ['infrastructure', 'resource', 'user'] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** `attempts` counts all, the first included. `backoff` in seconds, doubled for each further attempt. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly backoff: number;
  readonly on: readonly FailureClass[];
}

/**
 * Fan-out. Each name runs over literals (`values`) or over the elements of an upstream output (`from`: rows of a table as objects, items of a
 * json list). Several names are zipped (all lists have one length), with `product` crossed (the last name varies fastest).
 */
export interface Foreach {
  readonly names: readonly string[];
  readonly values: { readonly [name: string]: readonly Json[] };
  readonly from?: { readonly [name: string]: Reference };
  readonly product?: boolean;
}

/** When a step with lists of inputs may run: all elements, the first, or the first `count` that succeed. */
export type Join = { readonly kind: 'all' } | { readonly kind: 'any' } | { readonly kind: 'quorum'; readonly count: number };

/** seconds; absent = no limit. `queue`: waiting for a place; `run`: one attempt; `idle`: an attempt without output, progress or metric. */
export interface Timeouts {
  readonly queue?: number;
  readonly run?: number;
  readonly idle?: number;
}

/** How much of a workflow may happen at once; absent = no limit of its own. Further runs and tasks wait in line. */
export interface Concurrency {
  readonly runs?: number;
  readonly tasks?: number;
}

export type StepUse =
  | { readonly kind: 'module'; readonly module: string; readonly tag: string | undefined }
  | { readonly kind: 'dataset'; readonly dataset: string }
  | { readonly kind: 'workflow'; readonly workflow: string };

/** What a step uses, by its name. */
export function toUseName(use: StepUse): string {
  if (use.kind === 'module') return use.module;
  return use.kind === 'dataset' ? use.dataset : use.workflow;
}

export interface Step {
  readonly id: string;
  readonly description: string;
  readonly use: StepUse;
  readonly inputs: { readonly [port: string]: StepInput };
  readonly params: { readonly [name: string]: ParamValue };
  readonly foreach: Foreach | undefined;
  readonly join: Join;
  /** `undefined` = always */
  readonly when: Condition | undefined;
  readonly retry: RetryPolicy;
  readonly timeout: Timeouts;
  /** -100 to 100; of two tasks that wait for a place the higher one gets it; `undefined` = the workflow's */
  readonly priority: number | undefined;
  readonly cluster: string | undefined;
  readonly cache: 'on' | 'off' | 'refresh';
}

export interface Workflow {
  readonly name: string;
  readonly description: string;
  readonly domain: Domain | undefined;
  readonly params: readonly Param[];
  /** What it is given where it is a step of another workflow. A workflow with inputs cannot be run by itself. */
  readonly inputs: readonly InputPort[];
  /** In the order of the file. */
  readonly steps: readonly Step[];
  readonly outputs: { readonly [name: string]: Reference };
  readonly schedule: Schedule | undefined;
  readonly concurrency: Concurrency;
  readonly priority: number;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 3, backoff: 1, on: ['infrastructure'] };

/**
 * The name of one element of a fan-out, as paths show it: `ridge`, `ridge,7`. Characters that have a meaning in
 * references (`[ ] , . *`) and white space in a text are replaced by `_`; the caller appends `#<index>` to a repeated name.
 */
function toElementName(values: readonly Json[]): string {
  return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)).replace(/[[\],.*\s]/g, '_')).join(',');
}

/** The most elements of a fan-out, counted after crossing. */
export const MOST_ELEMENTS = 10_000;

/** Whether elements come from upstream outputs: then they are known when those are, and are named by their index. */
export function isDynamicForeach(foreach: Foreach): boolean {
  return Object.keys(foreach.from ?? {}).length > 0;
}

/** How many elements lists of these lengths make: zipped as many as the first has (all have as many), crossed all combinations. */
export function toElementCount(foreach: Pick<Foreach, 'names' | 'values' | 'product'>): number {
  const lengths = foreach.names.map((name) => foreach.values[name]?.length ?? 0);
  if (foreach.product !== true) return lengths[0] ?? 0;
  return lengths.length === 0 ? 0 : lengths.reduce((count, length) => count * length, 1);
}

/** What each name is in one element, by its index in foreach order; crossed, the last name varies fastest. `null` beyond a list's end. */
export function toElementValues(foreach: Pick<Foreach, 'names' | 'values' | 'product'>, index: number): { readonly [name: string]: Json } {
  const values: { [name: string]: Json } = {};
  let rest = index;
  for (const name of foreach.names.toReversed()) {
    const list = foreach.values[name] ?? [];
    const at = foreach.product === true ? rest % Math.max(1, list.length) : index;
    rest = Math.floor(rest / Math.max(1, list.length));
    values[name] = list[at] ?? null;
  }
  return values;
}

/** Names of all elements of a fan-out over literals, in foreach order, unique. One over upstream outputs has none yet: its elements are `0`, `1`, … */
export function toElementNames(foreach: Foreach): readonly string[] {
  const seen = new Map<string, number>();
  return Array.from({ length: toElementCount(foreach) }, (_, index) => {
    const values = toElementValues(foreach, index);
    const name = toElementName(foreach.names.map((key) => values[key] ?? null));
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    return times === 0 ? name : `${name}#${index}`;
  });
}

/** Steps that a step waits for: those it takes inputs or elements from and those whose metrics its condition reads, each once. */
export function toUpstreamSteps(step: Pick<Step, 'inputs' | 'foreach' | 'when'>): readonly string[] {
  const names = new Set<string>();
  for (const input of Object.values(step.inputs)) {
    if ('items' in input) for (const { step: name } of input.items) names.add(name);
    else names.add(input.step);
  }
  for (const reference of Object.values(step.foreach?.from ?? {})) names.add(reference.step);
  if (step.when !== undefined) for (const name of toConditionSteps(step.when)) names.add(name);
  names.delete(WORKFLOW_INPUTS);
  return [...names];
}
