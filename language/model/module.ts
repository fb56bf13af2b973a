import type { Json } from './json.ts';
import type { PortType } from './portType.ts';

export const MODULE_KINDS = ['data', 'train', 'package', 'evaluate', 'deploy'] as const;
export type ModuleKind = (typeof MODULE_KINDS)[number];

export const DETERMINISM_CLASSES = ['pure', 'seeded', 'stochastic', 'external', 'sideEffect'] as const;
/** How much a repeated execution may differ; decides what the cache may do (identity-and-cache, rule 5). */
export type Determinism = (typeof DETERMINISM_CLASSES)[number];

export const PARAM_TYPES = ['bool', 'int', 'float', 'string', 'json'] as const;
export type ParamType = (typeof PARAM_TYPES)[number];

/** A declared parameter. Without a default it must be given. `min`/`max` are inclusive and only for `int` and `float`. */
export interface Param {
  readonly name: string;
  readonly type: ParamType;
  readonly default?: Json;
  readonly min?: number;
  readonly max?: number;
  readonly description?: string;
}

export interface InputPort {
  readonly name: string;
  readonly type: PortType;
  /** Labels that this module may be given at most; absent = no claim. */
  readonly accepts?: readonly string[];
  readonly description?: string;
}

export interface OutputPort {
  readonly name: string;
  readonly type: PortType;
  readonly addLabels: readonly string[];
  readonly description?: string;
}

export interface Resources {
  readonly cpu: number;
  /** bytes */
  readonly memory: number;
  readonly gpu: number;
  readonly network: 'none' | 'any';
}

/** The declared part of the cache's behaviour. `ttl` in seconds. */
export interface CacheContract {
  readonly ttl?: number;
  readonly version: number;
  readonly salt: string;
}

/** The entry: `file:function`, the file relative to the module's folder. */
export interface Entry {
  readonly file: string;
  readonly function: string;
}

/** A module's contract, normalised: defaults filled in, ports in the order of the file. */
export interface ModuleContract {
  readonly name: string;
  readonly kind: ModuleKind;
  readonly description: string;
  readonly language: 'python' | 'typescript';
  readonly entry: Entry;
  /** Name of the environment; `undefined` = the workspace's default. */
  readonly environment: string | undefined;
  readonly uses: readonly string[];
  readonly inputs: readonly InputPort[];
  readonly params: readonly Param[];
  readonly outputs: readonly OutputPort[];
  readonly resources: Resources;
  readonly determinism: Determinism;
  readonly seed: number | undefined;
  readonly reuse: 'fork' | 'worker';
  /** Packages that a zygote imports before it forks. */
  readonly preload: readonly string[];
  readonly cache: CacheContract;
  readonly tests: string | undefined;
}
