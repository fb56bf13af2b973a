import type { Digest } from '../../language/model/names.ts';
import type { ReadSecret } from '../protocol/agentConfig.ts';
import type { Missing } from '../protocol/comparisons.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedEnvironment, PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';
import type { Receipt, ReceiptTask } from '../protocol/receipt.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { BlobCache } from './blobCache.ts';
import type { Environments } from './environments.ts';
import type { Manifests } from './manifests.ts';
import { toMissingBlob } from './receiptFolder.ts';
import { isFromOutside } from './receipts.ts';
import { readSecrets } from './taskSecrets.ts';

export interface NeedServices {
  readonly blobs: BlobCache;
  readonly manifests: Manifests;
  readonly environments: Environments;
  readonly runtimes: { readonly [cluster: string]: Runtime };
  readonly readSecret: ReadSecret | undefined;
}

/** Everything that a replay needs and that is not to be had here. Environments are made ready on the way. */
export async function findMissing(receipt: Receipt, services: NeedServices, signal: AbortSignal): Promise<readonly Missing[]> {
  const missing = await findMissingBlobs(receipt, services);
  const known = new Set<string>();
  for (const workflow of listWorkflows(receipt.definition)) {
    for (const step of workflow.steps) {
      const environment = workflow.environments.find(({ digest }) => digest === step.environment);
      if (environment === undefined || known.has(environment.digest)) continue;
      known.add(environment.digest);
      missing.push(...(await findMissingOf(environment, step, services, signal)));
    }
  }
  return missing;
}

/** What of that one task cannot do without. */
export function toMissingOf({ definition }: Receipt, missing: readonly Missing[]): (task: ReceiptTask) => readonly Missing[] {
  const environments = new Map(
    listWorkflows(definition).flatMap((each) => each.environments.map((environment) => [environment.digest as string, environment])),
  );
  const steps = listWorkflows(definition).flatMap((each) => each.steps);
  return (task) => {
    const own = steps.filter(({ kind, name }) => kind === task.kind && name === task.module);
    const names = new Set(own.flatMap(({ environment }) => environments.get(environment)?.name ?? []));
    const secrets = new Set(own.flatMap(({ environment }) => environments.get(environment)?.secrets ?? []));
    return missing.filter(({ kind, name, step }) => {
      if (kind === 'secret') return secrets.has(name);
      if (kind === 'blob') return step !== undefined && own.some(({ id }) => id === step);
      return kind === 'source' ? name === task.module : names.has(name);
    });
  };
}

function listWorkflows(definition: PinnedWorkflow): readonly PinnedWorkflow[] {
  return [definition, ...(definition.workflows ?? [])];
}

async function findMissingBlobs(receipt: Receipt, { blobs, manifests }: NeedServices): Promise<Missing[]> {
  const steps = listWorkflows(receipt.definition).flatMap((each) => each.steps);
  const owners = new Map<string, string>();
  for (const step of steps) for (const digest of await listCode(step, manifests)) owners.set(digest, step.id);
  const outside = new Set(steps.filter(isFromOutside).map(({ name }) => name));
  const sources = new Map(
    receipt.tasks
      .filter(({ kind, module }) => kind === 'dataset' && outside.has(module))
      .flatMap(({ outputs, module, path }) => Object.values(outputs).map((output) => [output.digest as string, { module, path }])),
  );
  const absent = receipt.blobs.filter((digest) => !blobs.has(digest));
  return [
    ...absent.map((digest): Missing => {
      const source = sources.get(digest);
      if (source !== undefined)
        return {
          kind: 'source',
          name: source.module,
          step: source.path,
          message: `the content of ${source.module} that the run read (${digest}) is not here`,
        };
      const step = owners.get(digest);
      return { ...toMissingBlob(digest), ...(step === undefined ? {} : { step }) };
    }),
    ...receipt.tasks
      .filter(({ kind, module, state }) => kind === 'dataset' && outside.has(module) && state !== 'succeeded')
      .map(({ module, path }): Missing => ({
        kind: 'source',
        name: module,
        step: path,
        message: `the run never got the content of ${module}, so there is none to repeat it with`,
      })),
  ];
}

async function listCode(step: PinnedStep, manifests: Manifests): Promise<readonly Digest[]> {
  if (step.kind === 'workflow') return [];
  const found: Digest[] = [];
  for (const artifact of [step.artifact, ...(step.libraries ?? []).map((library) => library.artifact)]) {
    // One that is not here is missing itself.
    const manifest = await manifests.load(artifact).catch(() => undefined);
    found.push(artifact, ...(manifest?.files ?? []).map(({ digest }) => digest));
  }
  return found;
}

async function findMissingOf(
  environment: PinnedEnvironment,
  step: PinnedStep,
  { blobs, environments, runtimes, readSecret }: NeedServices,
  signal: AbortSignal,
): Promise<readonly Missing[]> {
  const missing: Missing[] = [];
  for (const secret of environment.secrets ?? []) {
    const message = await readSecrets([secret], readSecret, signal).then(
      () => undefined,
      (error: unknown) => toMessage(error, 'secret-missing'),
    );
    if (message !== undefined) missing.push({ kind: 'secret', name: secret, step: step.id, message });
  }
  const runtime = runtimes[step.cluster] ?? runtimes['local'];
  if (runtime === undefined || (environment.lock !== null && !blobs.has(environment.lock))) return missing;
  try {
    await environments.ensure(runtime, environment, () => undefined);
  } catch (error) {
    missing.push(toMissingEnvironment(environment, step, error));
  }
  return missing;
}

function toMissingEnvironment({ name, node, python }: PinnedEnvironment, { id }: PinnedStep, error: unknown): Missing {
  if (!(error instanceof CairnError) || (error.code !== 'python-missing' && error.code !== 'environment-failed')) throw error;
  const named = name === '' ? 'default' : name;
  if (node !== undefined) return { kind: 'node', name: named, step: id, message: error.message };
  if (error.code === 'python-missing') return { kind: 'python', name: named, step: id, message: `Python ${python}: ${error.message}` };
  return { kind: 'package', name: named, step: id, message: error.message };
}

function toMessage(error: unknown, code: string): string {
  if (error instanceof CairnError && error.code === code) return error.message;
  throw error;
}
