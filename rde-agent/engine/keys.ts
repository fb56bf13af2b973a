import { toCanonicalJson } from '../../language/model/json.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import type { Digest } from '../../language/model/names.ts';
import type { PortType } from '../../language/model/portType.ts';
import type { InputPart, KeyParts } from '../protocol/keyParts.ts';
import type { PinnedStep } from '../protocol/pinned.ts';
import type { Reason } from '../protocol/reason.ts';
import type { OutputRecord, TaskId } from '../protocol/runEvents.ts';
import type { Scope } from '../protocol/who.ts';
import type { Hash } from './hash.ts';
import type { KeyMemo } from './keyMemo.ts';
import { toLogicalDigest, toProjection } from './projection.ts';
import type { TaskNode, TaskSource } from './taskNode.ts';

/** A task's key and what it was made of. With `uncacheable` nothing is looked up and nothing is stored. */
export interface TaskKey {
  readonly key: Digest;
  /** see `toCandidateKey`; made when it is asked for */
  readonly candidate: Digest;
  readonly parts: KeyParts;
  /** those of `parts`, without the rest being made */
  readonly inputs: KeyParts['inputs'];
  readonly uncacheable: Reason | null;
}

/** The same key with another answer to whether it may be reused. The candidate key is still made only when it is asked for. */
export function withUncacheable(made: TaskKey, uncacheable: Reason | null): TaskKey {
  return {
    key: made.key,
    get candidate() {
      return made.candidate;
    },
    parts: made.parts,
    inputs: made.inputs,
    uncacheable,
  };
}

/** The published output of a task; `undefined` = not known yet (only a plan asks for such). */
export type OutputLookup = (task: TaskId, port: string) => OutputRecord | undefined;

/** Stands for an input that is not known yet. No content has it. */
export const UNKNOWN_DIGEST: Digest = `sha256:${'0'.repeat(64)}`;

/** The version that the source of a fetched dataset has now; `undefined` = it could not be asked. */
export type SourceLookup = (node: TaskNode) => string | undefined;

export interface KeyMaker {
  /** Not for nested workflows: they have no key. Inputs must be as they will be for the task: they are written out once a step. */
  toKey(node: TaskNode, outputOf: OutputLookup): TaskKey;
}

/** Why nothing of this code of a module is reused or stored, whatever its contract says; `null` = nothing is known against it. */
export type Distrust = (module: KeyParts['module']) => Reason | null;

export interface KeyMakerOptions {
  readonly versionOf?: SourceLookup;
  readonly distrust?: Distrust;
  /** keys of wide steps that were made before */
  readonly memo?: KeyMemo | undefined;
}

/** Makes keys for the tasks of one run. What all tasks of a step share is computed and written out once. */
export function createKeyMaker(scope: Scope, hash: Hash, options: KeyMakerOptions = {}): KeyMaker {
  const { versionOf = () => undefined, distrust = () => null, memo } = options;
  const scopePart: KeyParts['scope'] = { tenant: scope.tenant, domain: scope.domain, residency: 'any' };
  const scopeText = toCanonicalJson(scopePart);
  const shared = new Map<PinnedStep, StepParts>();
  const given = new WeakMap<TaskNode['inputs'], InputParts>();
  return {
    toKey(node, outputOf) {
      let step = shared.get(node.step);
      if (step === undefined) shared.set(node.step, (step = toStepParts(node, hash)));
      let inputs = given.get(node.inputs);
      if (inputs === undefined) given.set(node.inputs, (inputs = toInputParts(node.inputs, step, outputOf, hash)));
      const source = toSourcePart(node, versionOf, hash);
      const made = { node, step, inputs, source, scope: scopePart, scopeText, hash };
      const uncacheable = toUncacheable(node, source) ?? distrust(step.module);
      const keys = source === undefined && node.element !== null ? memo?.keysOf(node.place, () => toSharedText(made)) : undefined;
      if (keys === undefined || node.element === null) return new MadeKey(made, uncacheable, toKeyOfText(toPartsText(made), hash));
      return new MadeKey(made, uncacheable, (keys[node.element] ??= toKeyOfText(toPartsText(made), hash)));
    },
  };
}

/** All that a key is made of. */
interface Making {
  readonly node: TaskNode;
  readonly step: StepParts;
  readonly inputs: InputParts;
  readonly source: KeyParts['source'];
  readonly scope: KeyParts['scope'];
  readonly scopeText: string;
  readonly hash: Hash;
}

/** Most tasks are found by their key: their parts and the second key are then never made. */
class MadeKey implements TaskKey {
  readonly key: Digest;
  readonly uncacheable: Reason | null;
  readonly #making: Making;
  #parts: KeyParts | undefined;
  #candidate: Digest | undefined;

  constructor(making: Making, uncacheable: Reason | null, key: Digest) {
    this.#making = making;
    this.uncacheable = uncacheable;
    this.key = key;
  }

  get inputs(): KeyParts['inputs'] {
    return this.#making.inputs.parts;
  }

  get parts(): KeyParts {
    return (this.#parts ??= toParts(this.#making));
  }

  get candidate(): Digest {
    const { step, hash } = this.#making;
    return (this.#candidate ??= toCandidateOfText(toPartsText(this.#making, step.fixedEnvironmentText, step.fixedModuleText), hash));
  }
}

function toParts({ node, step, inputs, source, scope }: Making): KeyParts {
  return {
    scope,
    module: step.module,
    ...(source === undefined ? {} : { source }),
    environment: step.environment,
    inputs: inputs.parts,
    params: toParamParts(node),
    seed: step.seed,
    nominalTime: node.nominalTime,
    determinism: step.determinism,
  };
}

/** The canonical text of the parts, from what is written out already. */
function toPartsText(making: Making, environment = making.step.environmentText, module = making.step.moduleText): string {
  const { node, step, inputs, source, scopeText } = making;
  return (
    `{"determinism":${step.determinismText},"environment":${environment},"inputs":${inputs.text},"module":${module},` +
    `"nominalTime":${toCanonicalJson(node.nominalTime)},"params":${toCanonicalJson(toParamParts(node))},` +
    `"scope":${scopeText},"seed":${toCanonicalJson(step.seed)}${source === undefined ? '' : `,"source":${toCanonicalJson(source)}`}}`
  );
}

/** What the keys of one step's tasks have in common: all but the values of their parameters. */
function toSharedText({ node, step, inputs, scopeText }: Making): string {
  const types = node.step.contract.params.map(({ name, type }) => [name, type]);
  const rest = toCanonicalJson([node.nominalTime, step.seed, types]);
  return [step.determinismText, step.environmentText, inputs.text, step.moduleText, scopeText, rest].join('\0');
}

/** The one definition of the key. */
export function toCacheKey(parts: KeyParts, hash: Hash): Digest {
  return toKeyOfText(toCanonicalJson(parts), hash);
}

/**
 * The key of everything but what a trace can tell more exactly: code, libraries, packages and variables. It finds earlier results; whether one
 * stands is decided by its trace.
 */
export function toCandidateKey({ module, environment, ...rest }: KeyParts, hash: Hash): Digest {
  const parts = { ...rest, module: toFixedModule(module), environment: toFixedEnvironment(environment) };
  return toCandidateOfText(toCanonicalJson(parts), hash);
}

function toFixedModule({ kind, name, entry, interface: meaning }: KeyParts['module']): object {
  return { kind, name, entry, interface: meaning };
}

function toFixedEnvironment({ python, platform, image, node }: KeyParts['environment']): object {
  return { python, platform, image, ...(node === undefined ? {} : { node }) };
}

function toCandidateOfText(text: string, hash: Hash): Digest {
  return hash(`cairn/candidate/v1\0${text}`);
}

function toKeyOfText(text: string, hash: Hash): Digest {
  return hash(`cairn/task/v1\0${text}`);
}

/**
 * Digest of what a contract means: ports with their types and columns, parameters with their types and defaults. Names are compared, order is
 * not. Descriptions, labels, limits and resources are not part of it; entry, seed and determinism are parts of their own.
 */
export function toInterfaceDigest(contract: ModuleContract, hash: Hash): Digest {
  const byName = <T extends { readonly name: string }>(items: readonly T[], meaning: (item: T) => unknown): object =>
    Object.fromEntries(items.map((item) => [item.name, meaning(item)]));
  const meaning = {
    inputs: byName(contract.inputs, (port) => toTypeMeaning(port.type)),
    outputs: byName(contract.outputs, (port) => toTypeMeaning(port.type)),
    params: byName(contract.params, (param) => [param.type, ...(param.default === undefined ? [] : [param.default])]),
  };
  return hash(`cairn/interface/v1\0${toCanonicalJson(meaning)}`);
}

function toTypeMeaning(type: PortType): unknown {
  if (type.kind === 'list') return { kind: 'list', of: toTypeMeaning(type.of) };
  if (type.kind !== 'table') return { kind: type.kind };
  return { kind: 'table', open: type.open, columns: type.columns.map((column) => [column.name, column.type]) };
}

interface StepParts {
  readonly module: KeyParts['module'];
  readonly moduleText: string;
  /** without what a trace tells */
  readonly fixedModuleText: string;
  readonly fixedEnvironmentText: string;
  readonly environment: KeyParts['environment'];
  readonly environmentText: string;
  readonly determinism: KeyParts['determinism'];
  readonly determinismText: string;
  readonly seed: number | null;
  readonly projections: ReadonlyMap<string, readonly string[] | null>;
}

function toStepParts({ step, environment: pinned }: TaskNode, hash: Hash): StepParts {
  const { contract, kind } = step;
  if (kind === 'workflow') throw new Error(`${step.id} is a nested workflow, which has no key`);
  const libraries = Object.fromEntries((step.libraries ?? []).map((library) => [library.name, library.artifact]));
  const module: KeyParts['module'] = {
    kind,
    name: step.name,
    entry: `${contract.entry.file}:${contract.entry.function}`,
    interface: toInterfaceDigest(contract, hash),
    code: step.code ?? step.artifact,
    ...(Object.keys(libraries).length === 0 ? {} : { libraries }),
  };
  const { python, platform, packages, image, variables, node } = pinned;
  const runsOnNode = contract.language === 'typescript' && node !== undefined;
  const environment: KeyParts['environment'] = { python, platform, packages, image, variables, ...(runsOnNode ? { node } : {}) };
  const determinism = { class: contract.determinism, version: contract.cache.version, salt: contract.cache.salt };
  return {
    module,
    environment,
    determinism,
    seed: contract.seed ?? null,
    moduleText: toCanonicalJson(module),
    fixedModuleText: toCanonicalJson(toFixedModule(module)),
    fixedEnvironmentText: toCanonicalJson(toFixedEnvironment(environment)),
    environmentText: toCanonicalJson(environment),
    determinismText: toCanonicalJson(determinism),
    projections: new Map(contract.inputs.map((port) => [port.name, toProjection(port.type)])),
  };
}

interface InputParts {
  readonly parts: KeyParts['inputs'];
  readonly text: string;
}

function toInputParts(sources: TaskNode['inputs'], step: StepParts, outputOf: OutputLookup, hash: Hash): InputParts {
  const parts: { [port: string]: InputPart } = {};
  for (const [port, source] of Object.entries(sources))
    parts[port] = toInputPart(source, step.projections.get(port) ?? null, outputOf, hash);
  const texts = Object.keys(parts)
    .sort()
    .map((port) => `${JSON.stringify(port)}:${toInputText(parts[port])}`);
  return { parts, text: `{${texts.join(',')}}` };
}

/** Canonical JSON of an input: a join may have ten thousand items of one form. */
function toInputText(part: InputPart | undefined): string {
  if (part?.kind === 'list') return `{"items":[${part.items.map(toInputText).join(',')}],"kind":"list"}`;
  if (part?.columns === null) return `{"columns":null,"digest":"${part.digest}","filter":null,"kind":"value","mask":null}`;
  return toCanonicalJson(part);
}

function toInputPart(source: TaskSource, columns: readonly string[] | null, outputOf: OutputLookup, hash: Hash): InputPart {
  if (source.kind === 'given') return toOutputPart(source.output, columns, hash);
  if (source.kind === 'value') return toOutputPart(outputOf(source.task, source.port), columns, hash);
  // Nobody knows yet how many items it will have.
  if (source.items.some(isPlaceholder)) return toOutputPart(null, null, hash);
  return { kind: 'list', items: source.items.map((item) => toInputPart(item, columns, outputOf, hash)) };
}

function isPlaceholder(source: TaskSource): boolean {
  return source.kind === 'value' && source.task.endsWith('[*]');
}

function toOutputPart(output: OutputRecord | null | undefined, columns: readonly string[] | null, hash: Hash): InputPart {
  if (output?.items !== undefined) return { kind: 'list', items: output.items.map((item) => toOutputPart(item, columns, hash)) };
  const digest = output == null ? UNKNOWN_DIGEST : toLogicalDigest(output, columns, hash);
  return { kind: 'value', digest, columns, filter: null, mask: null };
}

/** Of datasets that the agent fetches. A version that could not be asked is `''`, and the task is uncacheable. */
function toSourcePart(node: TaskNode, versionOf: SourceLookup, hash: Hash): KeyParts['source'] {
  const { source, format } = node.step;
  if (source === undefined) return undefined;
  const request = hash(`cairn/source/v1\0${toCanonicalJson(source)}`);
  return { kind: source.kind, request, version: versionOf(node) ?? '', format: format ?? 'parquet' };
}

function toParamParts({ step, params }: TaskNode): KeyParts['params'] {
  const types = new Map(step.contract.params.map((param) => [param.name, param.type]));
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, { type: types.get(name) ?? 'json', value }]));
}

/** What may not be reused, or cannot be told apart by its key, with the reason. */
function toUncacheable({ step, nominalTime }: TaskNode, source: KeyParts['source']): Reason | null {
  const { determinism, cache, reuse } = step.contract;
  if (step.cache === 'off') return uncacheable('the step says `cache: off`');
  if (determinism === 'sideEffect') return uncacheable(`${step.name} has side effects, so every run executes it`);
  if (determinism === 'external' && cache.ttl === undefined && nominalTime === null) {
    return uncacheable(`${step.name} reads the outside world and has neither a time to live nor a nominal time`);
  }
  if (source?.version === '') return uncacheable(`the source of ${step.name} could not be asked for its version`);
  if (reuse === 'worker') return uncacheable(`${step.name} runs in an interpreter that is used again, so its results are not kept`);
  return null;
}

function uncacheable(message: string): Reason {
  return { kind: 'uncacheable', message };
}
