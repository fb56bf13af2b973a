import type { ResolvedWorkflow } from '../../language/service/resolvedWorkflow.ts';
import { resolveWorkflow } from '../../language/service/resolveWorkflow.ts';
import type { PlanDocument } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { SubmitRequest } from '../protocol/roles.ts';
import type { Principal } from '../protocol/who.ts';
import { toCheckFailure } from './checkFailure.ts';
import type { Courier, Delivery } from './delivery.ts';
import type { Foreign } from './foreignReleases.ts';
import type { Pinning, WorkflowPinner } from './workflowPinner.ts';
import { createSourceReader } from './sourceReader.ts';
import { type Checked } from './workspaceChecker.ts';
import type { Documents, Workspace } from './workspace.ts';
import type { WorkspaceRoleOptions } from './workspaceOptions.ts';

/** Times that a request starts again because files changed while it was put together. */
const ATTEMPTS = 5;
/** names that a message gives */
const NAMED = 10;

/** Plans and runs of the working tree of one workspace. */
export class WorkspaceRuns {
  readonly #workspace: Workspace;
  readonly #options: WorkspaceRoleOptions;
  readonly #courier: Courier;
  readonly #pinner: WorkflowPinner;

  constructor(workspace: Workspace, options: WorkspaceRoleOptions, courier: Courier, pinner: WorkflowPinner) {
    this.#workspace = workspace;
    this.#options = options;
    this.#courier = courier;
    this.#pinner = pinner;
  }

  async plan(params: CheckedParamsOf<'workspace.plan'>, who: Principal): Promise<PlanDocument> {
    const { pinned, artifacts } = await this.#pin(params.workflow, params.params, params.documents);
    const manifests = artifacts.map(({ artifact }) => ({ digest: artifact.digest, bytes: artifact.bytes }));
    const readSource = createSourceReader(this.#workspace.live.index, artifacts);
    return this.#options.runRole.plan(pinned, params.from ?? null, who, manifests, readSource, params.fork);
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
        ...(params.fork === undefined ? {} : { fork: params.fork }),
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
    const current = await this.#workspace.currentAmong(documents);
    return this.#pinner.pin(current, findWorkflow(current.checked, name, current.foreign), params);
  }
}

function findWorkflow(checked: Checked, name: string, foreign: Foreign | undefined): ResolvedWorkflow {
  const resolution = resolveWorkflow(checked, name);
  switch (resolution.kind) {
    case 'resolved':
      return refuseInputs(resolution.workflow);
    case 'broken':
      throw toCheckFailure(`${name} can't run`, resolution.diagnostics, foreign?.absent.get(resolution.absent[0] ?? ''));
    case 'unknown': {
      const near = resolution.near.length === 0 ? '' : `; did you mean ${resolution.near.join(' or ')}?`;
      throw new CairnError('unknown-workflow', `there is no workflow ${name}${near}`, {
        next: toChoice([...checked.model.workflows.keys()]),
      });
    }
  }
}

/** Nobody could give them: it is a part of other workflows. */
function refuseInputs(resolved: ResolvedWorkflow): ResolvedWorkflow {
  const [input] = resolved.workflow.inputs;
  if (input === undefined) return resolved;
  throw new CairnError(
    'check-failed',
    `${resolved.workflow.name} needs the input ${input.name}, so it runs only as a step of another workflow`,
    {
      next: 'Run a workflow that uses it.',
    },
  );
}

function toChoice(names: readonly string[]): string {
  if (names.length === 0) return 'Make one with `cairn new workflow`; `cairn check` tells if one cannot be read.';
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `Name one of ${names.slice(0, NAMED).join(', ')}${more}, or its file.`;
}
