import { hash } from 'node:crypto';
import { toCanonicalJson } from '../../language/model/json.ts';
import type { PinnedEnvironment } from '../../rde-agent/protocol/pinned.ts';
import type { TaskContext, WorkerOutput } from '../../rde-agent/protocol/runner.ts';
import type { LaunchRequest, Outcome, PreparedEnvironment, Runtime } from '../../rde-agent/runtimes/runtime.ts';

export type Behaviour = (request: LaunchRequest, signal: AbortSignal) => Outcome | Promise<Outcome>;

/** A runtime without processes: what a task does is a function of the test, by task id, then by module, then a default that succeeds. */
export class FakeRuntime implements Runtime {
  readonly kind = 'fake';
  readonly capabilities = { outlivesAgent: false, startModes: ['forked'], restrictedView: false, memoryLimit: false } as const;
  readonly behaviours = new Map<string, Behaviour>();
  /** contexts in the order of their launches */
  readonly launched: TaskContext[] = [];
  readonly prepared: PinnedEnvironment[] = [];
  /** launched and not yet answered, and the most of them at one time */
  running = 0;
  mostRunning = 0;
  prepareProblem: Error | undefined;

  on(name: string, behaviour: Behaviour): void {
    this.behaviours.set(name, behaviour);
  }

  pin(): Promise<PinnedEnvironment> {
    return Promise.reject(new Error('a fake runtime pins nothing'));
  }

  prepare(environment: PinnedEnvironment): Promise<PreparedEnvironment> {
    if (this.prepareProblem !== undefined) return Promise.reject(this.prepareProblem);
    this.prepared.push(environment);
    return Promise.resolve({ environment, made: false, seconds: 0 });
  }

  warm(): Promise<void> {
    return Promise.resolve();
  }

  compile(): void {
    // Nothing to compile.
  }

  async launch(request: LaunchRequest, signal: AbortSignal): Promise<Outcome> {
    const { context, observer } = request;
    this.launched.push(context);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    observer.running({ mode: 'forked', pid: 1000 + this.launched.length, parent: 999 });
    const behave = this.behaviours.get(context.task) ?? this.behaviours.get(context.module) ?? succeed;
    try {
      return await behave(request, signal);
    } finally {
      this.running -= 1;
    }
  }

  workers(): readonly [] {
    return [];
  }
  notes(): readonly [] {
    return [];
  }
  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

/** Every declared output as JSON that depends on module, parameters and inputs. */
export function succeed({ context }: LaunchRequest): Outcome {
  const value = { module: context.module, params: context.params, inputs: context.inputs.map((input) => input.value) };
  return succeedWith(context.outputs.map((output) => toOutput(output.name, value)));
}

export function succeedWith(outputs: readonly WorkerOutput[], metrics: { readonly [name: string]: number } = {}): Outcome {
  return { kind: 'succeeded', outputs, metrics, seconds: 0.5, timing: { load: 0, read: 0, run: 0.5, write: 0 } };
}

export function toOutput(name: string, value: unknown): WorkerOutput {
  const bytes = Buffer.from(toCanonicalJson(value));
  const digest = `sha256:${hash('sha256', bytes, 'hex')}`;
  return { name, type: 'json', format: 'json', data: bytes.toString('base64'), digest, logical: digest, exact: true, bytes: bytes.length };
}

export function fail(failure: 'infrastructure' | 'resource' | 'user', message = 'no'): Outcome {
  return { kind: 'failed', failure, error: { code: failure === 'user' ? 'user-error' : 'killed', message }, seconds: 0.1 };
}

/** Runs until it is aborted, as a process would. */
export function untilAborted(_request: LaunchRequest, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve({ kind: 'cancelled' });
    signal.addEventListener('abort', () => resolve({ kind: 'cancelled' }), { once: true });
  });
}
