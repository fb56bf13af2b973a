import type { Hash } from '../engine/hash.ts';
import type { OutputLookup } from '../engine/keys.ts';
import type { TaskNode } from '../engine/taskGraph.ts';
import type { Clock } from '../protocol/clock.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { TaskError, TaskFailureClass, TaskTiming, WorkerRecord } from '../protocol/runEvents.ts';
import { toWorkspacePath } from '../protocol/pinned.ts';
import { INLINE_BYTES, type InputValue, type TaskContext } from '../protocol/runner.ts';
import type { Outcome, Runtime } from '../runtimes/runtime.ts';
import type { Store } from '../store/store.ts';
import type { CodeTree, CodeTrees } from './codeTrees.ts';
import type { Environments } from './environments.ts';
import type { Faults } from './faults.ts';
import type { Inputs } from './inputs.ts';
import { toRunnerType } from './inputs.ts';
import { createObserver } from './observer.ts';
import { collectOutputs, OutputProblem, type CollectedOutputs } from './outputs.ts';
import type { ScratchFolder, ScratchFolders } from './scratchFolders.ts';

/** Why an attempt is stopped: the reason of its signal. */
export type StopReason = 'timeout' | 'cancelled' | 'stopping';

export interface AttemptRequest {
  readonly run: string;
  readonly node: TaskNode;
  readonly attempt: number;
  readonly runtime: Runtime;
  readonly outputOf: OutputLookup;
  readonly running: (worker: WorkerRecord) => void;
  readonly progress: (done: number, total: number | null, message: string) => void;
  readonly metric: (name: string, value: number, step: number | null) => void;
}

export type AttemptResult =
  | ({
      readonly kind: 'succeeded';
      readonly metrics: { readonly [name: string]: number };
      readonly seconds: number;
      readonly timing: TaskTiming;
    } & CollectedOutputs)
  | { readonly kind: 'failed'; readonly failure: TaskFailureClass; readonly error: TaskError; readonly seconds: number }
  /** stopped as asked; its process group is gone */
  | { readonly kind: 'stopped' };

export interface AttemptServices {
  readonly store: Store;
  readonly clock: Clock;
  readonly hash: Hash;
  readonly logger: Logger;
  readonly faults: Faults | undefined;
  readonly trees: CodeTrees;
  readonly inputs: Inputs;
  readonly environments: Environments;
  readonly scratch: ScratchFolders;
}

/** longest time that a timer can wait, in milliseconds */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Carries one attempt out, from its environment to outputs that can be published. Never rejects. Publishes nothing itself. */
export async function runAttempt(request: AttemptRequest, controller: AbortController, services: AttemptServices): Promise<AttemptResult> {
  const began = services.clock.monotonic();
  try {
    return await attempt(request, controller, services);
  } catch (error) {
    if (controller.signal.aborted) return toStopped(controller.signal, request.node, services.clock.monotonic() - began);
    return toFailure(error, services.clock.monotonic() - began, services.logger);
  }
}

async function attempt(request: AttemptRequest, controller: AbortController, services: AttemptServices): Promise<AttemptResult> {
  const { node, runtime } = request;
  const { signal } = controller;
  if (!services.environments.isReady(runtime, node.environment)) {
    const report = (message: string): void => request.progress(0, null, message);
    await untilAborted(services.environments.ensure(runtime, node.environment, report), signal);
  }
  const tree = services.trees.known(node.step.artifact) ?? (await services.trees.ensure(node.step.artifact));
  const inputs = await services.inputs.toInputs(node, request.outputOf);
  const folder = services.scratch.take();
  const context = toContext(request, tree, inputs, folder);
  try {
    const outcome = await launch(request, context, controller, services);
    await takeBack(context, outcome, services);
    return await toResult(outcome, request, context, signal, services);
  } finally {
    services.scratch.giveBack(folder);
  }
}

async function launch(
  request: AttemptRequest,
  context: TaskContext,
  controller: AbortController,
  services: AttemptServices,
): Promise<Outcome> {
  const { node, runtime, run } = request;
  const { contract, timeout } = node.step;
  const { logs } = services.store;
  const observer = createObserver(request, services.clock, (stream, chunk) => logs.append(run, node.id, request.attempt, stream, chunk));
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => controller.abort('timeout' satisfies StopReason), Math.min(timeout * 1000, LONGEST_TIMER));
  try {
    if (controller.signal.aborted) return { kind: 'cancelled' };
    const launched = runtime.launch(
      { environment: node.environment, context, preload: contract.preload, reuse: contract.reuse, observer: observer.observer },
      controller.signal,
    );
    services.faults?.hit('after-launch');
    return await launched;
  } finally {
    clearTimeout(timer);
    observer.end();
    await logs.end(run, node.id, request.attempt);
  }
}

/** A task must leave what it shares with others as it was. Rejects with OutputProblem when it succeeded and did not. */
async function takeBack(context: TaskContext, outcome: Outcome, { trees }: AttemptServices): Promise<void> {
  const shared = [context.root, ...context.inputs.flatMap(({ value }) => listFolders(value))];
  for (const root of shared) {
    const [first, ...others] = await trees.restore(root);
    if (first === undefined || outcome.kind !== 'succeeded') continue;
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    const where = root === context.root ? "its module's folder" : 'a folder that it was given';
    const message = `the task wrote ${first}${more} into ${where}, which is read-only because other tasks share it: write to $TMPDIR instead, or return it as an output`;
    // Another task at the same time may have been the one, so it may be tried again.
    throw new OutputProblem('infrastructure', { code: 'output-unexpected', message });
  }
}

function listFolders(value: InputValue): readonly string[] {
  if (value.kind === 'list') return value.items.flatMap(listFolders);
  return value.kind === 'file' && value.format === 'manifest' ? [value.path] : [];
}

function toContext(request: AttemptRequest, tree: CodeTree, inputs: TaskContext['inputs'], folder: ScratchFolder): TaskContext {
  const { node, run, attempt: number } = request;
  const { contract } = node.step;
  return {
    run,
    task: node.id,
    attempt: number,
    module: node.step.name,
    root: tree.root,
    entry: contract.entry,
    code: tree.code,
    inputs,
    params: toMutable(node.params),
    outputs: contract.outputs.map((port) => ({ name: port.name, type: toRunnerType(port.type) })),
    seed: contract.seed ?? null,
    nominalTime: node.nominalTime,
    scratch: folder.scratch,
    outputDir: folder.outputs,
    variables: node.environment.variables,
    threads: Math.max(1, Math.floor(contract.resources.cpu)),
    memory: contract.resources.memory || null,
    inlineBytes: INLINE_BYTES,
  };
}

function toMutable(params: TaskNode['params']): TaskContext['params'] {
  return structuredClone(params) as TaskContext['params'];
}

async function toResult(
  outcome: Outcome,
  request: AttemptRequest,
  context: TaskContext,
  signal: AbortSignal,
  services: AttemptServices,
): Promise<AttemptResult> {
  const { node } = request;
  switch (outcome.kind) {
    case 'succeeded': {
      const { hash, faults, store } = services;
      const collected = await collectOutputs(outcome.outputs, node.step.contract.outputs, context.outputDir, {
        blobs: store.blobs,
        hash,
        faults,
      });
      return { kind: 'succeeded', ...collected, metrics: outcome.metrics, seconds: outcome.seconds, timing: outcome.timing };
    }
    case 'failed':
      if (outcome.error.code === 'environment-failed') services.environments.forget(request.runtime, node.environment);
      return { ...outcome, error: toPlaced(outcome.error, node.step.folder) };
    case 'cancelled':
      return toStopped(signal, node, node.step.timeout ?? 0);
    case 'lost':
      return { kind: 'failed', failure: 'infrastructure', error: { code: 'worker-lost', message: outcome.message }, seconds: 0 };
  }
}

/** Workers know files relative to the code's folder, users relative to the workspace. */
function toPlaced(error: TaskError, folder: string | undefined): TaskError {
  return error.file === undefined ? error : { ...error, file: toWorkspacePath(folder, error.file) };
}

function toStopped(signal: AbortSignal, node: TaskNode, seconds: number): AttemptResult {
  if (signal.reason !== ('timeout' satisfies StopReason)) return { kind: 'stopped' };
  const message = `${node.id} took longer than its timeout of ${node.step.timeout ?? 0} s and was stopped`;
  return { kind: 'failed', failure: 'resource', error: { code: 'timeout', message }, seconds };
}

function toFailure(error: unknown, seconds: number, logger: Logger): AttemptResult {
  if (error instanceof OutputProblem) return { kind: 'failed', failure: error.failure, error: error.problem, seconds };
  if (!(error instanceof CairnError)) logger.error('An attempt failed in a way that nobody expected', { error });
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'failed', failure: 'infrastructure', error: { code: toTaskCode(error), message }, seconds };
}

function toTaskCode(error: unknown): TaskError['code'] {
  switch (error instanceof CairnError ? error.code : undefined) {
    case 'python-missing':
    case 'environment-failed':
      return 'environment-failed';
    case 'unknown-blob':
      return 'input-unreadable';
    case 'store-failed':
      return 'store-failed';
    default:
      return 'worker-start-failed';
  }
}

/** The work goes on for others who wait for it; only this waiting ends. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(new CairnError('cancelled', 'stopped while it waited for its environment'));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
