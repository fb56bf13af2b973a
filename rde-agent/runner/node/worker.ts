import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { runTask } from './task.ts';
import type { TaskContext } from './wire.ts';

// `node worker.mjs`: says hello on descriptor 3, takes one task there, answers, leaves. Descriptors 1 and 2 are the user's own.

const CONTROL = 3;

/** A thread of its own notices that the agent is gone also while the user's code never returns. */
const WATCH = `
const { workerData: agent } = require('node:worker_threads');
setInterval(() => {
  if (process.ppid === agent) return;
  try { process.kill(-process.pid, 'SIGKILL'); } catch { process.kill(process.pid, 'SIGKILL'); }
}, 500);
`;

const control = new Socket({ fd: CONTROL, readable: true, writable: true });
const agent = process.ppid;
const begun: string[] = [];
let isAnswered = false;

// The number is read here: the agent may be gone before the thread runs.
new Worker(WATCH, { eval: true, stdin: false, workerData: agent }).unref();

/**
 * What is at the other end of descriptors 1 and 2 is a socket to Node, whose writes wait in memory when it is full: they would be lost with
 * `process.exit`, ours or the user's. There is no public way to ask for waiting writes.
 */
function writeAtOnce(stream: NodeJS.WriteStream): void {
  const handle: unknown = Reflect.get(stream, '_handle');
  const setBlocking: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'setBlocking') : undefined;
  if (typeof setBlocking === 'function') Reflect.apply(setBlocking, handle, [true]);
}

function send(method: string, params: object): void {
  if (isAnswered) return;
  const isAnswer = method === 'succeeded' || method === 'failed';
  isAnswered = isAnswer;
  const line = `${JSON.stringify({ v: 1, method, params })}\n`;
  if (!isAnswer) control.write(line);
  // The user's streams are written synchronously (see `writeAtOnce`); the answer must be out before the process is.
  else control.end(line, () => process.exit(0));
}

function take(chunk: string): void {
  begun.push(chunk);
  if (!chunk.includes('\n')) return;
  control.off('data', take);
  control.resume();
  const message = JSON.parse(begun.join('')) as { readonly params: TaskContext };
  begun.length = 0;
  void runTask(message.params, send);
}

writeAtOnce(process.stdout);
writeAtOnce(process.stderr);
control.setEncoding('utf8').on('data', take);
// The agent has let go of this worker: whatever runs is not wanted any more.
control.on('end', () => isAnswered || process.exit(1));
control.on('error', () => process.exit(1));
send('hello', { token: process.env['CAIRN_TASK'] ?? '', stream: 'control', pid: process.pid, parent: agent });
