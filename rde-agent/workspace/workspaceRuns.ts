import type { Digest } from '../../language/model/names.ts';
import type { ResolvedStep, ResolvedWorkflow } from '../../language/service/resolvedWorkflow.ts';
import { resolveWorkflow } from '../../language/service/resolveWorkflow.ts';
import type { PlanDocument } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { SubmitRequest } from '../protocol/roles.ts';
import type { Principal } from '../protocol/who.ts';
import { toCheckFailure } from './checkFailure.ts';
import type { Courier } from './delivery.ts';
import { type BuiltArtifact, type Delivery } from './delivery.ts';
import type { EnvironmentPin } from './environmentPins.ts';
import { type PinnedCode, pinWorkflow } from './pinWorkflow.ts';
import type { TaggedContracts } from './taggedContracts.ts';
import { type Checked } from './workspaceChecker.ts';
import type { Current, Documents, Workspace } from './workspace.ts';
import type { WorkspaceRoleOptions } from './workspaceOptions.ts';

/** A pinned workflow and what its request must bring along. */
interface Pinning {
  readonly pinned: PinnedWorkflow;
  readonly artifacts: readonly BuiltArtifact[];
  readonly environments: readonly EnvironmentPin[];
}

/** Times that a request starts again because files changed while it was put together. */
const ATTEMPTS = 5;
const LOCAL = ['local'];
/** names that a message gives */
const NAMED = 10;

/** Plans and runs of the working tree of one workspace. */
export class WorkspaceRuns {
  readonly #workspace: Workspace;
  readonly #options: WorkspaceRoleOptions;
  readonly #courier: Courier;
  readonly #contracts: TaggedContracts;

  constructor(workspace: Workspace, options: WorkspaceRoleOptions, courier: Courier, contracts: TaggedContracts) {
    this.#workspace = workspace;
    this.#options = options;
    this.#courier = courier;
    this.#contracts = contracts;
  }

  async plan(params: CheckedParamsOf<'workspace.plan'>, who: Principal): Promise<PlanDocument> {
    const { pinned, artifacts } = await this.#pin(params.workflow, params.params, params.documents);
    const manifests = artifacts.map(({ artifact }) => ({ digest: artifact.digest, bytes: artifact.bytes }));
    return this.#options.runRole.plan(pinned, params.from ?? null, who, manifests);
  }

  /** Rejects with what pinning rejects with, or with `conflict` when files keep changing. */
  async submit(params: CheckedParamsOf<'run.submit'>, who: Principal): Promise<{ readonly run: string }> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const pinning = await this.#pin(params.workflow, params.params, attempt === 0 ? params.documents : {});
      const delivery = await this.#courier.collect({ ...pinning, tree: pinning.pinned.tree, wholeTree: false });
      if (delivery === undefined) {
        await this.#workspace.live.refresh(['']);
        continue;
      }
      const request = {
        key: params.key,
        definition: pinning.pinned,
        blobs: delivery.blobs,
        force: params.force,
        from: params.from ?? null,
      };
      const answer = await this.#send(request, delivery, who);
      if (answer !== undefined) return answer;
    }
    throw new CairnError('conflict', 'files of this workspace keep changing while they are collected', {
      next: 'Wait until the program that writes them is done, and try again.',
    });
  }

  /** `undefined`: the run role has lost what it had confirmed; offer everything again. */
  async #send(request: SubmitRequest, delivery: Delivery, who: Principal): Promise<{ readonly run: string } | undefined> {
    try {
      const answer = await this.#options.runRole.submit(request, who);
      delivery.confirm();
      return answer;
    } catch (error) {
      if (!(error instanceof CairnError) || error.code !== 'unknown-blob' || !this.#courier.knowsAny) throw error;
      this.#courier.forget();
      return undefined;
    }
  }

  async #pin(name: string, params: PinnedWorkflow['params'], documents: Documents): Promise<Pinning> {
    const current = await this.#workspace.current(documents);
    const resolved = findWorkflow(current.checked, name);
    const artifacts = new Map<Digest, BuiltArtifact>();
    const environments = new Map<Digest, EnvironmentPin>();
    const { model } = current.checked;
    const pinned = await pinWorkflow(resolved, params, {
      manifest: model.manifest,
      clusters: this.#options.clusters ?? LOCAL,
      environment: async (environment) => {
        const pin = await this.#workspace.pins.get(model, environment);
        environments.set(pin.pinned.digest, pin);
        return pin;
      },
      code: (step, domain) => this.#findCode(step, domain, current, artifacts),
      tree: () => this.#workspace.live.index.tree(),
    });
    return { pinned, artifacts: [...artifacts.values()], environments: [...environments.values()] };
  }

  #findCode(step: ResolvedStep, domain: PinnedWorkflow['domain'], current: Current, artifacts: Map<Digest, BuiltArtifact>): PinnedCode {
    const tagged = this.#findTagged(step, domain);
    if (tagged !== undefined) return { artifact: tagged, contract: this.#contracts.get(tagged) ?? step.contract };
    const { datasets, modules } = current.targets;
    const target = (step.use.kind === 'dataset' ? datasets : modules).get(step.use.name);
    if (target === undefined) throw new CairnError('check-failed', `${step.use.name} can't be built: its file has errors`);
    const result = this.#workspace.builds.build(target);
    if (result.kind === 'failed') throw result.error;
    artifacts.set(result.artifact.digest, { target, artifact: result.artifact });
    return { artifact: result.artifact.digest, contract: step.contract };
  }

  /** Without a version: the working tree, but `latest` in production. `latestAlpha` that was never pushed is the working tree too. */
  #findTagged({ use }: ResolvedStep, domain: PinnedWorkflow['domain']): Digest | undefined {
    if (use.kind === 'dataset') return undefined;
    const tag = use.tag ?? (domain === 'production' ? 'latest' : undefined);
    if (tag === undefined) return undefined;
    const artifact = this.#options.runRole.tags(use.name)[tag];
    if (artifact === undefined && tag === 'latestAlpha') return undefined;
    if (artifact === undefined)
      throw new CairnError('check-failed', `${use.name} has no version tagged ${tag}`, {
        next: 'Push it with that tag, or use another version.',
      });
    return `sha256:${artifact.replace(/^sha256:/, '')}`;
  }
}

function findWorkflow(checked: Checked, name: string): ResolvedWorkflow {
  const resolution = resolveWorkflow(checked, name);
  switch (resolution.kind) {
    case 'resolved':
      return resolution.workflow;
    case 'broken':
      throw toCheckFailure(`${name} can't run`, resolution.diagnostics);
    case 'unknown': {
      const near = resolution.near.length === 0 ? '' : `; did you mean ${resolution.near.join(' or ')}?`;
      throw new CairnError('unknown-workflow', `there is no workflow ${name}${near}`, {
        next: toChoice([...checked.model.workflows.keys()]),
      });
    }
  }
}

function toChoice(names: readonly string[]): string {
  if (names.length === 0) return 'Make one with `cairn new workflow`; `cairn check` tells if one cannot be read.';
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `Name one of ${names.slice(0, NAMED).join(', ')}${more}, or its file.`;
}
