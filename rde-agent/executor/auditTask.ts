import { randomInt } from 'node:crypto';
import type { OutputLookup } from '../engine/keys.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { Runtime, TaskObserver } from '../runtimes/runtime.ts';
import { toContext } from './attemptContext.ts';
import type { AttemptServices } from './attemptOptions.ts';
import { findDifference, type Difference } from './auditCompare.ts';
import { readSecrets } from './taskSecrets.ts';

/** A reused result, and the task that it stood for. */
export interface AuditCase {
  readonly run: string;
  readonly node: TaskNode;
  readonly outputOf: OutputLookup;
  readonly entry: CachedResult;
}

/**
 * `failed`: the task itself failed, though it had succeeded before; `bytes`: equal in each execution of today, but written with other bytes than
 * before, in a format that allows that; `unknown`: nothing can be said, for the reason that it gives.
 */
export type AuditResult =
  | { readonly kind: 'equal' | 'bytes' }
  | { readonly kind: 'differs'; readonly difference: Difference }
  | { readonly kind: 'failed' | 'unknown'; readonly message: string };

export type AuditServices = Pick<AttemptServices, 'trees' | 'inputs' | 'environments' | 'scratch' | 'readSecret'>;

/** Nothing of what it prints or says is kept. */
const SILENT: TaskObserver = {
  running: () => undefined,
  progress: () => undefined,
  metric: () => undefined,
  output: () => undefined,
};

const MOST_SEED = 2 ** 32 - 1;

/** Executes a task again, in an interpreter of its own, and compares. Publishes nothing. Never rejects. */
export async function auditTask(given: AuditCase, runtime: Runtime, services: AuditServices, signal: AbortSignal): Promise<AuditResult> {
  try {
    const hashSeed = randomInt(1, MOST_SEED);
    const first = await execute(given, runtime, services, hashSeed, signal);
    if (first.kind !== 'done') return first;
    const difference = findDifference(given.entry.outputs, first.outputs);
    if (difference === undefined) return { kind: 'equal' };
    if (!difference.isBytesOnly) return { kind: 'differs', difference };
    // The order in which a set is pickled is no content: what does not even repeat itself is.
    const second = await execute(given, runtime, services, hashSeed, signal);
    if (second.kind !== 'done') return second;
    const again = findDifference(toRecords(first.outputs), second.outputs);
    return again === undefined ? { kind: 'bytes' } : { kind: 'differs', difference };
  } catch (error) {
    return { kind: 'unknown', message: error instanceof Error ? error.message : String(error) };
  }
}

type Outputs = Parameters<typeof findDifference>[1];
type Executed = { readonly kind: 'done'; readonly outputs: Outputs } | { readonly kind: 'failed' | 'unknown'; readonly message: string };

async function execute(
  { run, node, outputOf }: AuditCase,
  runtime: Runtime,
  { trees, inputs, environments, scratch, readSecret }: AuditServices,
  hashSeed: number,
  signal: AbortSignal,
): Promise<Executed> {
  const { contract } = node.step;
  await environments.ensure(runtime, node.environment, () => undefined);
  const tree = await trees.ensure(node.step);
  const values = await inputs.toInputs(node, outputOf);
  const secrets = await readSecrets(node.environment.secrets ?? [], readSecret, signal);
  const folder = scratch.take();
  try {
    const usual = toContext({ run, node, attempt: 1, tree, inputs: values, folder, secrets, source: undefined, trace: false });
    const threads = usual.threads === 1 ? 2 : 1;
    // Everything comes as a file or inline, as it does for any task; what is written stays in the folder and goes with it.
    const request = {
      environment: node.environment,
      context: { ...usual, threads },
      preload: [],
      reuse: 'fork',
      observer: SILENT,
    } as const;
    const outcome = await runtime.launch({ ...request, fresh: { hashSeed, cpus: threads } }, signal);
    await trees.restore(usual.root);
    if (outcome.kind === 'succeeded') return { kind: 'done', outputs: outcome.outputs };
    if (outcome.kind === 'failed' && outcome.failure === 'user')
      return { kind: 'failed', message: `${contract.name}: ${outcome.error.message}` };
    return { kind: 'unknown', message: outcome.kind === 'failed' ? outcome.error.message : outcome.kind };
  } finally {
    scratch.giveBack(folder);
  }
}

function toRecords(outputs: Outputs): Parameters<typeof findDifference>[0] {
  return Object.fromEntries(
    outputs.map(({ name, type, digest, logical, exact, bytes, format }) => {
      return [name, { type, digest: digest as `sha256:${string}`, logical: logical as `sha256:${string}`, exact, bytes, format }];
    }),
  );
}
