import type { ModuleContract } from '../../language/model/module.ts';
import type { Digest } from '../../language/model/names.ts';
import type { ParamValue } from '../../language/model/workflow.ts';
import type { ResolvedStep, ResolvedWorkflow } from '../../language/service/resolvedWorkflow.ts';
import type { WorkspaceManifest } from '../../language/model/workspace.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';
import type { EnvironmentPin } from './environmentPins.ts';
import { findValueProblem, type ParamValues, substituteParams, toParamValues } from './substitution.ts';

/** The code of a step: an artifact and the contract that it was built with. */
export interface PinnedCode {
  readonly artifact: Digest;
  readonly contract: ModuleContract;
}

/** Where pinning gets what the files alone do not say. */
export interface PinSources {
  readonly manifest: WorkspaceManifest;
  readonly clusters: readonly string[];
  environment(name: string | undefined): Promise<EnvironmentPin>;
  /** Throws CairnError when the step's code can't be built or its tag is not known. */
  code(step: ResolvedStep, domain: PinnedWorkflow['domain']): PinnedCode;
  /** of the workspace, asked in the same moment as `code` */
  tree(): Digest;
}

/**
 * A checked workflow with everything decided. Rejects with CairnError: `invalid-request` (parameters), `check-failed`
 * (a value does not fit after substitution, an unknown cluster), or what its sources reject with.
 */
export async function pinWorkflow(resolved: ResolvedWorkflow, given: ParamValues, sources: PinSources): Promise<PinnedWorkflow> {
  const { workflow, file } = resolved;
  const domain = workflow.domain ?? sources.manifest.defaults.domain;
  const params = toParamValues(`the workflow ${workflow.name}`, resolved.params, given);
  const environments = new Map<string | undefined, EnvironmentPin>();
  for (const { environment } of resolved.steps)
    environments.set(environment, environments.get(environment) ?? (await sources.environment(environment)));
  // From here on nothing waits, so that code and tree are of one moment.
  const steps = resolved.steps.map((step) => {
    const place = `${file}:${step.line}:1: step ${step.step.id}`;
    return pinStep(step, sources.code(step, domain), { environments, params, place, sources });
  });
  const pinned = new Map([...environments.values()].map((environment) => [environment.pinned.digest, environment.pinned]));
  const { name: workspace } = sources.manifest;
  return {
    workflow: workflow.name,
    workspace,
    tree: sources.tree(),
    domain,
    params,
    environments: [...pinned.values()],
    steps,
    outputs: resolved.outputs,
  };
}

interface StepContext {
  readonly environments: ReadonlyMap<string | undefined, EnvironmentPin>;
  readonly params: ParamValues;
  /** begins the sentence of an error */
  readonly place: string;
  readonly sources: PinSources;
}

function pinStep(resolved: ResolvedStep, code: PinnedCode, { environments, params, place, sources }: StepContext): PinnedStep {
  const { step, use } = resolved;
  const cluster = step.cluster ?? sources.manifest.defaults.cluster;
  if (!sources.clusters.includes(cluster))
    throw new CairnError('check-failed', `${place}: the cluster ${cluster} is not known; there is ${sources.clusters.join(', ')}`);
  const missing = code.contract.inputs.find((input) => !Object.hasOwn(resolved.inputs, input.name));
  if (missing !== undefined)
    throw new CairnError('check-failed', `${place}: the tagged version of ${use.name} needs the input ${missing.name}`);
  const environment = environments.get(resolved.environment);
  if (environment === undefined) throw new CairnError('internal', `${place}: its environment was not pinned`);
  return {
    id: step.id,
    kind: use.kind,
    name: use.name,
    artifact: code.artifact,
    folder: resolved.folder,
    contract: code.contract,
    environment: environment.pinned.digest,
    inputs: resolved.inputs,
    params: pinParams(resolved.params, code.contract, params, place),
    foreach: step.foreach,
    retry: step.retry,
    timeout: step.timeout,
    cluster,
    cache: step.cache,
    columns: use.kind === 'dataset' ? use.dataset.columns : undefined,
  };
}

/** In the contract's order. Values that still wait for an element or a run are checked when they are known. */
function pinParams(
  values: { readonly [name: string]: ParamValue },
  contract: ModuleContract,
  params: ParamValues,
  place: string,
): { readonly [name: string]: ParamValue } {
  const pinned: [string, ParamValue][] = [];
  for (const declared of contract.params) {
    const given = Object.hasOwn(values, declared.name) ? values[declared.name] : toDefault(declared.default);
    if (given === undefined)
      throw new CairnError('check-failed', `${place}: the parameter ${declared.name} of ${contract.name} is not given and has no default`);
    const value = substituteParams(given, params);
    const problem = value.kind === 'literal' ? findValueProblem(declared, value.value) : undefined;
    if (problem !== undefined) throw new CairnError('check-failed', `${place}: the parameter ${declared.name} ${problem}`);
    pinned.push([declared.name, value]);
  }
  return Object.fromEntries(pinned);
}

function toDefault(value: ModuleContract['params'][number]['default']): ParamValue | undefined {
  return value === undefined ? undefined : { kind: 'literal', value };
}
