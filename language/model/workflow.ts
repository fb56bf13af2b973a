import type { Domain } from './dataset.ts';
import type { Json } from './json.ts';
import type { Param } from './module.ts';

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

/** Fan-out over literals. Several names are zipped: all lists have one length. */
export interface Foreach {
  readonly names: readonly string[];
  readonly values: { readonly [name: string]: readonly Json[] };
}

export type StepUse =
  | { readonly kind: 'module'; readonly module: string; readonly tag: string | undefined }
  | { readonly kind: 'dataset'; readonly dataset: string };

export interface Step {
  readonly id: string;
  readonly description: string;
  readonly use: StepUse;
  readonly inputs: { readonly [port: string]: Reference };
  readonly params: { readonly [name: string]: ParamValue };
  readonly foreach: Foreach | undefined;
  readonly join: 'all';
  readonly retry: RetryPolicy;
  /** seconds of one attempt; `undefined` = none */
  readonly timeout: number | undefined;
  readonly cluster: string | undefined;
  readonly cache: 'on' | 'off' | 'refresh';
}

export interface Workflow {
  readonly name: string;
  readonly description: string;
  readonly domain: Domain | undefined;
  readonly params: readonly Param[];
  /** In the order of the file. */
  readonly steps: readonly Step[];
  readonly outputs: { readonly [name: string]: Reference };
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 3, backoff: 1, on: ['infrastructure'] };

/**
 * The name of one element of a fan-out, as paths show it: `ridge`, `ridge,7`. Characters that have a meaning in
 * references (`[ ] , . *`) and white space in a text are replaced by `_`; the caller appends `#<index>` to a repeated name.
 */
function toElementName(values: readonly Json[]): string {
  return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)).replace(/[[\],.*\s]/g, '_')).join(',');
}

/** Names of all elements of a fan-out, in foreach order, unique. */
export function toElementNames(foreach: Foreach): readonly string[] {
  const count = foreach.values[foreach.names[0] ?? '']?.length ?? 0;
  const seen = new Map<string, number>();
  return Array.from({ length: count }, (_, index) => {
    const name = toElementName(foreach.names.map((key) => foreach.values[key]?.[index] ?? null));
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    return times === 0 ? name : `${name}#${index}`;
  });
}
