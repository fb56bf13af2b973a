import { spawn } from 'node:child_process';
import os from 'node:os';
import type { Logger } from '../../../protocol/logger.ts';
import { hasStreams } from '../execute.ts';
import { sendSignal } from './leftovers.ts';
import { Worker } from './worker.ts';
import type { WorkerListener } from './workerListener.ts';

export interface SpawnWorkerOptions {
  readonly python: string;
  readonly runnerFolder: string;
  readonly socket: string;
  readonly variables: { readonly [name: string]: string };
  readonly token: string;
  readonly listener: WorkerListener;
  readonly lineBytes: number;
  readonly startSeconds: number;
  readonly logger: Logger;
}

const KEPT_CHARACTERS = 8192;

/** Starts a fresh interpreter that waits for a task, for where forking is unsafe. `ready` rejects with its last words. */
export function spawnWorker(options: SpawnWorkerOptions): Worker {
  const { token, listener, lineBytes, logger } = options;
  const worker = new Worker({ token, parent: process.pid, role: 'spawned', lineBytes, logger });
  listener.expect(token, (greeting, socket, rest) => worker.attach(greeting, socket, rest));
  const child = spawn(options.python, ['-s', '-m', 'cairn.worker', '--socket', options.socket, '--token', token], {
    cwd: options.runnerFolder,
    env: { ...options.variables },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let printed = '';
  if (hasStreams(child)) {
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      printed = (printed + chunk).slice(-KEPT_CHARACTERS);
    });
  }
  if (child.pid !== undefined) worker.setPid(child.pid);
  const timer = setTimeout(() => worker.signalGroup('SIGKILL'), options.startSeconds * 1000);
  worker.ready.then(
    () => clearTimeout(timer),
    () => clearTimeout(timer),
  );
  child.once('error', (error) => end({ kind: 'lost', message: error.message }));
  child.once('exit', (status, signal) => {
    // What it started goes with it; its number stays taken while a member of the group is left.
    if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
    const number = signal === null ? null : os.constants.signals[signal];
    if (worker.isReady) end({ kind: 'exited', status, signal: number, maxRss: null });
    else
      setImmediate(() =>
        end({
          kind: 'lost',
          message: `the interpreter ended (${signal ?? `code ${String(status)}`}) before it was ready: ${printed.trim()}`,
        }),
      );
  });
  function end(exit: Parameters<Worker['setExit']>[0]): void {
    listener.forget(token);
    worker.setExit(exit);
  }
  return worker;
}
