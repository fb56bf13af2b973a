import { toCanonicalJson } from '../../language/model/json.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import { CairnError } from '../protocol/errors.ts';
import type { InputValue, TaskContext } from '../protocol/runner.ts';
import type { Outcome } from '../runtimes/runtime.ts';
import { toContext } from './attemptContext.ts';
import { toFailure, toPlaced, toSourceFailure, toStopped } from './attemptFailure.ts';
import type { AttemptRequest, AttemptResult, AttemptServices, StopReason } from './attemptOptions.ts';
import type { CodeTree } from './codeTrees.ts';
import { createObserver, type Watcher } from './observer.ts';
import { collectOutputs, OutputProblem } from './outputs.ts';
import type { SourceFile } from './sourceHook.ts';
import { storeTrace } from './traces.ts';
import { createRedactor, readSecrets, type Redactor } from './taskSecrets.ts';

/** longest time that a timer can wait, in milliseconds */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Carries one attempt out, from its environment to outputs that can be published. Never rejects. Publishes nothing itself. */
export async function runAttempt(request: AttemptRequest, controller: AbortController, services: AttemptServices): Promise<AttemptResult> {
  const began = services.clock.monotonic();
  try {
    return await attempt(request, controller, services);
  } catch (error) {
    const seconds = services.clock.monotonic() - began;
    if (controller.signal.aborted) return toStopped(toReason(controller.signal), request.node, seconds);
    if (error instanceof SourceProblem) return toSourceFailure(error.cause, request.node, seconds);
    return toFailure(error, seconds, services.logger);
  }
}

async function attempt(request: AttemptRequest, controller: AbortController, services: AttemptServices): Promise<AttemptResult> {
  const { node, runtime } = request;
  const { signal } = controller;
  if (!services.environments.isReady(runtime, node.environment)) {
    const report = (message: string): void => request.progress(0, null, message);
    await untilAborted(services.environments.ensure(runtime, node.environment, report), signal);
  }
  const tree = services.trees.known(node.step) ?? (await services.trees.ensure(node.step));
  const inputs = await services.inputs.toInputs(node, request.outputOf);
  const names = node.environment.secrets ?? [];
  const secrets = names.length === 0 ? {} : await untilAborted(readSecrets(names, services.readSecret, signal), signal);
  const source = request.version === null ? undefined : await fetchSource(request, request.version, signal, services);
  const redactor = createRedactor(Object.values(secrets));
  const folder = services.scratch.take();
  const context = toContext({ ...request, tree, inputs, folder, secrets, source });
  try {
    const outcome = await launch({ ...request, redactor, tree }, context, controller, services);
    await takeBack(context, outcome, services);
    return await toResult(outcome, { ...request, redactor, tree }, context, signal, services);
  } finally {
    services.scratch.giveBack(folder);
  }
}

/** A dataset could not be fetched; the cause says why. */
class SourceProblem extends Error {}

async function fetchSource(
  { node }: AttemptRequest,
  version: string,
  signal: AbortSignal,
  { sources }: AttemptServices,
): Promise<SourceFile | undefined> {
  try {
    return await sources?.content(node, version, signal);
  } catch (cause) {
    throw new SourceProblem('not fetched', { cause });
  }
}

interface Launching extends AttemptRequest {
  readonly redactor: Redactor | undefined;
  readonly tree: CodeTree;
}

async function launch(request: Launching, context: TaskContext, controller: AbortController, services: AttemptServices): Promise<Outcome> {
  const { node, runtime } = request;
  const { contract } = node.step;
  const timers = startTimers(node, controller);
  const output = toOutput(request, services);
  const observer = createObserver(toWatcher(request, timers.touch), services.clock, (stream, chunk) => {
    timers.touch();
    output[stream].write(chunk);
  });
  try {
    if (controller.signal.aborted) return { kind: 'cancelled' };
    const launched = runtime.launch(
      { environment: node.environment, context, preload: contract.preload, reuse: contract.reuse, observer: observer.observer },
      controller.signal,
    );
    services.faults?.hit('after-launch');
    return await launched;
  } finally {
    timers.end();
    observer.end();
    output.out.end();
    output.err.end();
    await services.store.logs.end(request.run, node.id, request.attempt);
  }
}

type Stream = ReturnType<Redactor['stream']>;

/** The attempt's logs, without the values of its secrets. */
function toOutput(
  { run, node, attempt: number, redactor }: Launching,
  { store }: AttemptServices,
): { readonly out: Stream; readonly err: Stream } {
  const toStream = (stream: 'out' | 'err'): Stream => {
    const write = (chunk: Uint8Array): void => store.logs.append(run, node.id, number, stream, chunk);
    return redactor === undefined ? { write, end: () => undefined } : redactor.stream(write);
  };
  return { out: toStream('out'), err: toStream('err') };
}

/** Every sign of life is told to `touch`. */
function toWatcher({ running, progress, metric, redactor }: Launching, touch: () => void): Watcher {
  const hide = (text: string): string => redactor?.text(text) ?? text;
  return { running, progress: (done, total, message) => progress(done, total, hide(message)), metric, heard: touch };
}

/** Stops the attempt when it takes too long, or is silent for too long. */
function startTimers({ step }: TaskNode, controller: AbortController): { readonly touch: () => void; readonly end: () => void } {
  const after = (seconds: number | undefined, reason: StopReason): NodeJS.Timeout | undefined =>
    seconds === undefined ? undefined : setTimeout(() => controller.abort(reason), Math.min(seconds * 1000, LONGEST_TIMER));
  const whole = after(step.timeout, 'timeout');
  const idle = after(step.idleTimeout, 'idle-timeout');
  return {
    touch: () => void idle?.refresh(),
    end: () => {
      clearTimeout(whole);
      clearTimeout(idle);
    },
  };
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

async function toResult(
  outcome: Outcome,
  request: Launching,
  context: TaskContext,
  signal: AbortSignal,
  services: AttemptServices,
): Promise<AttemptResult> {
  const { node, redactor } = request;
  switch (outcome.kind) {
    case 'succeeded': {
      const { hash, faults, store } = services;
      const { outputs: told, metrics, seconds, timing } = outcome;
      const collected = await collectOutputs(told, node.step.contract.outputs, context.outputDir, { blobs: store.blobs, hash, faults });
      const traced = await keepTrace(outcome, redactor, services);
      return { kind: 'succeeded', ...collected, told, metrics, seconds, timing, ...traced };
    }
    case 'failed': {
      if (outcome.error.code === 'environment-failed') services.environments.forget(request.runtime, node.environment);
      const error = toPlaced(outcome.error, node.step);
      return { ...outcome, error: redactor?.error(error) ?? error };
    }
    case 'cancelled':
      return toStopped(toReason(signal), node, (signal.reason === 'timeout' ? node.step.timeout : node.step.idleTimeout) ?? 0);
    case 'lost':
      return { kind: 'failed', failure: 'infrastructure', error: { code: 'worker-lost', message: outcome.message }, seconds: 0 };
  }
}

/** Values of secrets are in no record: a trace that holds one (as a word of compiled text, or in a path) is as good as none. */
async function keepTrace(
  { trace, untraced }: Extract<Outcome, { kind: 'succeeded' }>,
  redactor: Redactor | undefined,
  { hash, store }: AttemptServices,
): Promise<Pick<Extract<AttemptResult, { kind: 'succeeded' }>, 'trace' | 'untraced'>> {
  if (untraced !== undefined) return { untraced };
  if (trace === undefined) return {};
  const text = toCanonicalJson(trace);
  if (redactor !== undefined && redactor.text(text) !== text) return { untraced: 'what it looked at would tell the value of a secret' };
  return { trace: await storeTrace(trace, text, hash, store.blobs) };
}

/** Whoever aborts an attempt gives one of them. */
function toReason(signal: AbortSignal): StopReason {
  return signal.reason as StopReason;
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
