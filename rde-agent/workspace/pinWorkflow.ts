import { toCanonicalJson } from '../../language/model/json.ts';
import { findSameImport } from '../../language/model/library.ts';
import type { ModuleContract, Param } from '../../language/model/module.ts';
import type { Digest } from '../../language/model/names.ts';
import type { ParamValue, Timeouts } from '../../language/model/workflow.ts';
import type { WorkspaceManifest } from '../../language/model/workspace.ts';
import type { ResolvedLibrary, ResolvedStep, ResolvedWorkflow } from '../../language/service/resolvedWorkflow.ts';
import { toDigest } from '../builder/digest.ts';
import { CairnError } from '../protocol/errors.ts';
import type { LibraryArtifacts } from '../protocol/roles.ts';
import { withBrought } from '../protocol/broughtLibraries.ts';
import type { PinnedEnvironment, PinnedLibrary, PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';
import type { EnvironmentPin } from './environmentPins.ts';
import { findNested } from './nestedWorkflows.ts';
import { findValueProblem, type ParamValues, substituteParams, toParamValues } from './substitution.ts';

/** The code of a step: an artifact and the contract that it was built with. */
export interface PinnedCode {
  readonly artifact: Digest;
  /** see PinnedStep */
  readonly code?: Digest;
  readonly contract: ModuleContract;
  /** that was asked for */
  readonly tag?: string;
  /** of a module whose source is elsewhere: the one that it was pushed with */
  readonly environment?: PinnedEnvironment;
  /** of a tagged version: the libraries that it was pushed with, instead of those of the working tree */
  readonly libraries?: LibraryArtifacts;
}

/** The code of a library; a tagged version brings the libraries that it was pushed with. */
export interface LibraryCode {
  readonly artifact: Digest;
  readonly libraries?: LibraryArtifacts;
}

/** Where pinning gets what the files alone do not say. */
export interface PinSources {
  readonly manifest: WorkspaceManifest;
  readonly clusters: readonly string[];
  environment(name: string | undefined, language: ModuleContract['language']): Promise<EnvironmentPin>;
  /** Throws CairnError when the step's code can't be built or its tag is not known. Never asked about nested workflows. */
  code(step: ResolvedStep, domain: PinnedWorkflow['domain']): PinnedCode;
  library(library: ResolvedLibrary, domain: PinnedWorkflow['domain']): LibraryCode;
  /** of the workspace, asked in the same moment as `code` */
  tree(): Digest;
}

/** What one workflow and everything nested in it share. */
interface Pinning {
  readonly sources: PinSources;
  readonly domain: PinnedWorkflow['domain'];
  readonly tree: Digest;
  /** see `toEnvironmentKey` */
  readonly environments: ReadonlyMap<string, EnvironmentPin>;
  /** that came with modules of others, by digest */
  readonly brought: Map<Digest, PinnedEnvironment>;
  /** of the nested workflows pinned so far, by name */
  readonly nested: ReadonlyMap<string, PinnedWorkflow>;
}

/**
 * A checked workflow with everything decided, all that is nested in it included. Rejects with CairnError: `invalid-request` (parameters),
 * `check-failed` (a value does not fit after substitution, an unknown cluster), or what its sources reject with. With `given: null` the
 * workflow is pinned for later: parameters without a default stay open.
 */
export async function pinWorkflow(resolved: ResolvedWorkflow, given: ParamValues | null, sources: PinSources): Promise<PinnedWorkflow> {
  const domain = resolved.workflow.domain ?? sources.manifest.defaults.domain;
  const params =
    given === null ? toDefaults(resolved.params) : toParamValues(`the workflow ${resolved.workflow.name}`, resolved.params, given);
  const inner = findNested(resolved);
  const environments = await pinEnvironments([...inner, resolved], sources);
  // From here on nothing waits, so that code and tree are of one moment.
  const nested = new Map<string, PinnedWorkflow>();
  const pinning: Pinning = { sources, domain, tree: sources.tree(), environments, nested, brought: new Map() };
  for (const workflow of inner) nested.set(workflow.workflow.name, pinOne(workflow, toDefaults(workflow.params), null, pinning));
  const pinned = pinOne(resolved, params, given, pinning);
  return nested.size === 0 ? pinned : { ...pinned, workflows: [...nested.values()] };
}

async function pinEnvironments(workflows: readonly ResolvedWorkflow[], sources: PinSources): Promise<ReadonlyMap<string, EnvironmentPin>> {
  const environments = new Map<string, EnvironmentPin>();
  for (const step of workflows.flatMap(({ steps }) => steps)) {
    const key = toEnvironmentKey(step);
    if (step.use.kind === 'workflow' || environments.has(key)) continue;
    environments.set(key, await sources.environment(step.environment, step.contract.language));
  }
  return environments;
}

/** One definition may serve both languages, and means another thing for each. */
function toEnvironmentKey({ environment, contract }: ResolvedStep): string {
  return `${contract.language} ${environment ?? ''}`;
}

/** `given: null` = values of parameters come later, so only what does not stand on them is checked. */
function pinOne(resolved: ResolvedWorkflow, params: ParamValues, given: ParamValues | null, pinning: Pinning): PinnedWorkflow {
  const { workflow, file } = resolved;
  const { sources, domain } = pinning;
  const steps = resolved.steps.map((step) => {
    const place = `${file}:${step.line}:1: step ${step.step.id}`;
    return pinStep(step, { ...pinning, place, params: given === null ? null : params });
  });
  const used = new Set(steps.map((step) => step.environment));
  const environments = [...[...pinning.environments.values()].map(({ pinned }) => pinned), ...pinning.brought.values()].filter(
    ({ digest }) => used.has(digest),
  );
  const unique = new Map(environments.map((environment) => [environment.digest, environment]));
  return {
    workflow: workflow.name,
    workspace: sources.manifest.name,
    tree: pinning.tree,
    domain,
    params,
    environments: [...unique.values()],
    steps,
    outputs: resolved.outputs,
    declared: resolved.params,
    ...(workflow.inputs.length === 0 ? {} : { inputs: workflow.inputs }),
    ...(Object.keys(workflow.concurrency).length === 0 ? {} : { concurrency: workflow.concurrency }),
    ...(workflow.priority === 0 ? {} : { priority: workflow.priority }),
    ...(workflow.schedule === undefined ? {} : { schedule: workflow.schedule }),
  };
}

interface StepContext extends Pinning {
  /** begins the sentence of an error */
  readonly place: string;
  /** `null` = not known yet */
  readonly params: ParamValues | null;
}

function pinStep(resolved: ResolvedStep, context: StepContext): PinnedStep {
  const { step, use } = resolved;
  const { place, sources, domain } = context;
  const cluster = step.cluster ?? sources.manifest.defaults.cluster;
  if (!sources.clusters.includes(cluster))
    throw new CairnError('check-failed', `${place}: the cluster ${cluster} is not known; there is ${sources.clusters.join(', ')}`);
  const found = use.kind === 'workflow' ? pinNested(use.name, resolved, context) : sources.code(resolved, domain);
  const { artifact, code, contract } = found;
  refuseUnknown(resolved, contract, place);
  const missing = contract.inputs.find((input) => !Object.hasOwn(resolved.inputs, input.name));
  if (missing !== undefined)
    throw new CairnError('check-failed', `${place}: the tagged version of ${use.name} needs the input ${missing.name}`);
  return {
    id: step.id,
    kind: use.kind,
    name: use.name,
    artifact,
    ...(code === undefined ? {} : { code }),
    folder: resolved.folder,
    contract,
    environment: use.kind === 'workflow' ? '' : findEnvironment(resolved, found.environment, context),
    inputs: resolved.inputs,
    params: pinParams(resolved.params, contract, context),
    foreach: step.foreach,
    retry: step.retry,
    cluster,
    cache: step.cache,
    columns: use.kind === 'dataset' ? use.dataset.columns : undefined,
    ...toTimeouts(step.timeout),
    ...(step.join.kind === 'all' ? {} : { join: step.join }),
    ...(step.when === undefined ? {} : { when: step.when }),
    ...(step.priority === undefined ? {} : { priority: step.priority }),
    ...(found.tag === undefined ? {} : { tag: found.tag, given: Object.keys(step.params) }),
    ...toLibraries(resolved, found.libraries, context),
    ...toSource(resolved),
  };
}

/** Files are checked beforehand; a tagged version may have another contract, and of a module of others only the version is known. */
function refuseUnknown({ step, inputs }: ResolvedStep, contract: ModuleContract, place: string): void {
  const problem = (what: string): CairnError => new CairnError('check-failed', `${place}: ${what}`);
  for (const [port, input] of Object.entries(step.inputs)) {
    if (!contract.inputs.some(({ name }) => name === port)) throw problem(`${contract.name} has no input ${port}`);
    const found = Object.hasOwn(inputs, port) ? inputs[port] : undefined;
    const isWhole = found !== undefined && (!('items' in input) || ('items' in found && found.items.length === input.items.length));
    if (!isWhole) throw problem(`its input ${port} refers to an output that is not there`);
  }
  const param = Object.keys(step.params).find((given) => !contract.params.some(({ name }) => name === given));
  if (param !== undefined) throw problem(`${contract.name} has no parameter ${param}`);
}

function findEnvironment(
  resolved: ResolvedStep,
  own: PinnedEnvironment | undefined,
  { environments, brought, place }: StepContext,
): Digest {
  if (own !== undefined) {
    brought.set(own.digest, own);
    return own.digest;
  }
  const environment = environments.get(toEnvironmentKey(resolved));
  if (environment === undefined) throw new CairnError('internal', `${place}: its environment was not pinned`);
  return environment.pinned.digest;
}

/** A nested workflow is named by what it means: its definition without the tree that it was found in. */
function pinNested(name: string, { contract }: ResolvedStep, { nested, place }: StepContext): PinnedCode {
  const definition = nested.get(name);
  if (definition === undefined) throw new CairnError('internal', `${place}: the workflow ${name} was not pinned before it`);
  return { artifact: toDigest(toCanonicalJson({ ...definition, tree: '' })), contract };
}

function toTimeouts(timeout: Timeouts): Pick<PinnedStep, 'timeout' | 'queueTimeout' | 'idleTimeout'> {
  return {
    timeout: timeout.run,
    ...(timeout.queue === undefined ? {} : { queueTimeout: timeout.queue }),
    ...(timeout.idle === undefined ? {} : { idleTimeout: timeout.idle }),
  };
}

/** A bundle of TypeScript holds its libraries. */
function toLibraries(
  { libraries, contract }: ResolvedStep,
  pushed: LibraryArtifacts | undefined,
  { sources, domain, place }: StepContext,
): Pick<PinnedStep, 'libraries'> {
  if (pushed !== undefined) return { libraries: toPushedLibraries(pushed, libraries) };
  if (libraries.length === 0 || contract.language === 'typescript') return {};
  const asked = libraries.map((library) => ({ library, code: sources.library(library, domain) }));
  const pinned = asked.map(({ library: { name, tag, folder }, code: { artifact } }): PinnedLibrary => {
    const wanted = toWantedTag(tag, domain);
    return { name, artifact, folder, ...(wanted === undefined ? {} : { tag: wanted }) };
  });
  const brought = asked.flatMap(({ library: { name }, code }) =>
    code.libraries === undefined ? [] : [{ by: name, libraries: code.libraries }],
  );
  const all = withBrought(pinned, brought);
  const same = findSameImport(all.map(({ name }) => name));
  if (same !== undefined)
    throw new CairnError('check-failed', `${place}: ${same.name} and ${same.other} are both imported as ${same.word}`);
  return { libraries: all };
}

/** Without a version: the working tree (`undefined`), but `latest` in production. */
export function toWantedTag(wanted: string | undefined, domain: PinnedWorkflow['domain']): string | undefined {
  return wanted ?? (domain === 'production' ? 'latest' : undefined);
}

/** One that the working tree does not know any more has no folder here. */
function toPushedLibraries(pushed: LibraryArtifacts, known: ResolvedStep['libraries']): readonly PinnedLibrary[] {
  return Object.entries(pushed).map(([name, artifact]) => ({
    name,
    artifact,
    folder: known.find((library) => library.name === name)?.folder ?? '',
  }));
}

function toSource({ use }: ResolvedStep): Pick<PinnedStep, 'source' | 'format'> {
  if (use.kind !== 'dataset' || use.dataset.source.kind === 'python') return {};
  return { source: use.dataset.source, format: use.dataset.format };
}

/** In the contract's order. Values that still wait for an element, a run or a parameter are checked when they are known. */
function pinParams(
  values: { readonly [name: string]: ParamValue },
  contract: ModuleContract,
  { params, place }: StepContext,
): { readonly [name: string]: ParamValue } {
  const pinned: [string, ParamValue][] = [];
  for (const declared of contract.params) {
    const given = Object.hasOwn(values, declared.name) ? values[declared.name] : toDefault(declared.default);
    if (given === undefined)
      throw new CairnError('check-failed', `${place}: the parameter ${declared.name} of ${contract.name} is not given and has no default`);
    const value = params === null ? given : substituteParams(given, params);
    const problem = value.kind === 'literal' ? findValueProblem(declared, value.value) : undefined;
    if (problem !== undefined) throw new CairnError('check-failed', `${place}: the parameter ${declared.name} ${problem}`);
    pinned.push([declared.name, given]);
  }
  return Object.fromEntries(pinned);
}

function toDefault(value: Param['default']): ParamValue | undefined {
  return value === undefined ? undefined : { kind: 'literal', value };
}

function toDefaults(declared: readonly Param[]): ParamValues {
  return Object.fromEntries(declared.flatMap((param) => (param.default === undefined ? [] : [[param.name, param.default]])));
}
