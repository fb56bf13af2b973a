// Does the steps of set-up that a task needs: each once, one set-up at a time, one line of progress per step that had work to do.
import path from 'node:path';
import { SetupError } from './execute.mjs';
import { withLock } from './lock.mjs';
import { cache, checkoutId } from './paths.mjs';

/**
 * A step has `name`, `isDone()` (cheap: runs at every start), `run()`, and `perCheckout` when it changes the checkout.
 * `optional` steps may fail: the reasons are returned by name, and the suites that need them are skipped or failed by their runner.
 */
export async function prepare(steps, optional = []) {
  for (const step of steps) await doStep(step);
  const missing = {};
  for (const step of optional) {
    try {
      await doStep(step);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      missing[step.name] = error.message;
      console.error(`set-up: ${step.name}: left out: ${error.message}`);
    }
  }
  return missing;
}

async function doStep(step) {
  if (await step.isDone()) return;
  const lockFile = path.join(cache, 'locks', step.perCheckout ? `checkout-${checkoutId}` : 'cache');
  const onWait = (pid) => console.error(`set-up: ${step.name}: waiting for another set-up (process ${pid})`);
  await withLock(lockFile, () => runUnlessDone(step), onWait);
}

async function runUnlessDone(step) {
  if (await step.isDone()) return;
  const started = performance.now();
  if (process.stderr.isTTY) process.stderr.write(`set-up: ${step.name} ...\r`);
  await step.run();
  console.error(`set-up: ${step.name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Prints which step failed, why, and what to do. */
export function reportFailure(stepName, error) {
  console.error(`set-up failed: ${stepName}`);
  console.error(`  why: ${error.message}`);
  if (error.output) console.error(error.output.replace(/^/gm, '    | '));
  if (error.nextStep) console.error(`  next: ${error.nextStep}`);
}
