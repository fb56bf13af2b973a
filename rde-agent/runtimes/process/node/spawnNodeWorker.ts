import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import os from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { Logger } from '../../../protocol/logger.ts';
import { hasStreams } from '../execute.ts';
import { sendSignal } from '../worker/leftovers.ts';
import { Worker } from '../worker/worker.ts';

export interface SpawnNodeWorkerOptions {
  readonly node: string;
  /** the script of the runner */
  readonly script: string;
  readonly variables: { readonly [name: string]: string };
  readonly token: string;
  /** bytes of heap; `null` = Node's own limit */
  readonly memory: number | null;
  readonly lineBytes: number;
  readonly startSeconds: number;
  readonly logger: Logger;
}

const KEPT_CHARACTERS = 8192;
const MEBIBYTE = 1_048_576;
/** Node itself needs some. */
const LEAST_HEAP = 32;
const { SIGABRT } = os.constants.signals;

/**
 * Starts a Node process that waits for one task. Its streams are pipes made at the spawn: stdout, stderr, and descriptor 3 for messages. It is
 * ready when it has said hello.
 */
export function spawnNodeWorker(options: SpawnNodeWorkerOptions): Worker {
  const { token, memory, lineBytes, logger } = options;
  const worker = new Worker({ token, parent: process.pid, role: 'spawned', lineBytes, logger });
  const heap = memory === null ? [] : [`--max-old-space-size=${String(Math.max(LEAST_HEAP, Math.floor(memory / MEBIBYTE)))}`];
  const child = spawn(options.node, [...heap, options.script], {
    env: { ...options.variables },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let printed = '';
  const keep = (chunk: Buffer): void => {
    printed = (printed + chunk.toString('utf8')).slice(-KEPT_CHARACTERS);
  };
  if (child.pid !== undefined && hasStreams(child)) {
    worker.setPid(child.pid);
    attachStreams(worker, child.pid, child.stdio, keep);
  }
  const timer = setTimeout(() => worker.signalGroup('SIGKILL'), options.startSeconds * 1000);
  const stopTimer = (): void => clearTimeout(timer);
  worker.ready.then(stopTimer, stopTimer);
  child.once('error', (error) => worker.setExit({ kind: 'lost', message: error.message }));
  child.once('exit', (status, signal) => {
    // What it started goes with it; its number stays taken while a member of the group is left.
    if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
    const number = signal === null ? null : os.constants.signals[signal];
    // V8 aborts when its heap is at the limit; nobody measured the process, so the limit stands for what it used.
    if (worker.isReady) worker.setExit({ kind: 'exited', status, signal: number, maxRss: number === SIGABRT ? memory : null });
    else
      setImmediate(() =>
        worker.setExit({
          kind: 'lost',
          message: `Node ended (${signal ?? `code ${String(status)}`}) before it was ready: ${printed.trim()}`,
        }),
      );
  });
  return worker;
}

type Streams = readonly (Readable | Writable | null | undefined)[];

function attachStreams(worker: Worker, pid: number, streams: Streams, keep: (chunk: Buffer) => void): void {
  const [, out, err, control] = streams;
  if (!(out instanceof Socket) || !(err instanceof Socket) || !(control instanceof Socket)) return;
  for (const socket of [out, err, control]) {
    // Without a listener it would end the agent; the close that follows it is what is acted on.
    socket.on('error', () => undefined);
  }
  err.on('data', keep);
  worker.ready.then(
    () => err.off('data', keep),
    () => undefined,
  );
  worker.attach({ stream: 'out', pid }, out, Buffer.alloc(0));
  worker.attach({ stream: 'err', pid }, err, Buffer.alloc(0));
  waitForHello(control, (rest) => worker.attach({ stream: 'control', pid }, control, rest));
}

/** The first line is the hello: nobody else can be at the other end of this pipe, so it is not looked into. */
function waitForHello(control: Socket, attach: (rest: Buffer) => void): void {
  let begun = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    begun = Buffer.concat([begun, chunk]);
    const end = begun.indexOf(10);
    if (end === -1) return;
    control.off('data', read);
    attach(begun.subarray(end + 1));
  };
  control.on('data', read);
}
