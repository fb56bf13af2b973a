import { pathToFileURL } from 'node:url';
import { toBundle, toFailure } from './failure.ts';
import { readInput } from './inputs.ts';
import { writeOutputs } from './outputs.ts';
import { Reporter } from './reporter.ts';
import { seedRandom } from './seedRandom.ts';
import { type Send, TaskFailure, type TaskContext } from './wire.ts';

type Timing = { [part in 'load' | 'read' | 'run' | 'write']: number };
type UserFunction = (given: { readonly [name: string]: unknown }) => unknown;

const FRAMES = 50;

/** One attempt: settle in, load the bundle, read inputs, call, check and write outputs, answer. Rejects never. */
export async function runTask(context: TaskContext, send: Send): Promise<void> {
  const reporter = new Reporter(send);
  Object.defineProperty(globalThis, Symbol.for('cairn.worker'), { value: reporter });
  const fail = (thrown: unknown): void => {
    reporter.flush();
    send('failed', toFailure(thrown, toBundle(context.root)));
  };
  // What nobody waits for fails the task as well; the answer is the first one.
  process.once('uncaughtException', fail);
  try {
    const answer = await perform(context, reporter);
    reporter.flush();
    send('succeeded', { ...answer, metrics: reporter.metrics });
  } catch (error) {
    fail(error);
  }
}

async function perform(
  context: TaskContext,
  reporter: Reporter,
): Promise<{ readonly outputs: readonly object[]; readonly timing: Timing }> {
  const timing: Timing = { load: 0, read: 0, run: 0, write: 0 };
  let since = performance.now();
  const lap = (part: keyof Timing): void => {
    timing[part] = (performance.now() - since) / 1000;
    since = performance.now();
  };
  settle(context);
  const entry = await loadFunction(context);
  lap('load');
  const inputs = context.inputs.map(({ name, value }) => [name, readInput(name, value, context.scratch)] as const);
  lap('read');
  const returned = await entry({ ...Object.fromEntries(inputs), ...context.params });
  lap('run');
  const outputs = store(returned, context, reporter);
  lap('write');
  return { outputs, timing };
}

function settle({ variables, scratch, root, seed, entry }: TaskContext): void {
  Error.stackTraceLimit = FRAMES;
  Object.assign(process.env, variables, { TMPDIR: scratch });
  process.chdir(root);
  process.argv = [process.execPath, entry.file];
  if (seed !== null) seedRandom(seed);
}

async function loadFunction({ root, entry }: TaskContext): Promise<UserFunction> {
  const loaded = (await import(pathToFileURL(toBundle(root)).href)) as { readonly [name: string]: unknown };
  const found = loaded[entry.function];
  if (typeof found === 'function') return found as UserFunction;
  const there = Object.keys(loaded).filter((name) => typeof loaded[name] === 'function');
  throw new TaskFailure('entry-missing', `${entry.file} exports no function ${entry.function}; it has ${there.join(', ') || 'none'}`);
}

function store(returned: unknown, context: TaskContext, reporter: Reporter): readonly object[] {
  try {
    return writeOutputs(returned, context, reporter);
  } catch (error) {
    if (error instanceof TaskFailure || !(error instanceof Error) || !('syscall' in error)) throw error;
    throw new TaskFailure('store-failed', `the outputs cannot be written: ${error.message}`);
  }
}
