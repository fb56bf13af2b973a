import { OWNER, RunRoleHarness } from '../support/runRole.ts';
import { printTable, summarize } from './samples.ts';

/** results that a store holds when it is asked */
const ENTRIES = Number(process.argv[2] ?? 100_000);
const BATCH = 10_000;
const SAMPLES = 50;
/** milliseconds */
const BAR = 200;

/**
 * `why`, and the plan of a step that has changed, with 100,000 earlier results in the store, most of them of the same module: node
 * test/bench/whyEntries.ts [ENTRIES]. The role over the real store; tasks are done by a runtime without processes.
 */
async function measure(): Promise<void> {
  const harness = new RunRoleHarness();
  await harness.open({ slots: 64 });
  try {
    const step = (from: number, length: number): Parameters<RunRoleHarness['run']>[0] => ({
      a: {},
      b: { needs: ['a'], foreach: Array.from({ length }, (_, index) => from + index) },
    });
    for (let from = 0; from < ENTRIES; from += BATCH) await harness.run(step(from, Math.min(BATCH, ENTRIES - from)));
    const { run } = await harness.run({ a: {}, b: { needs: ['a'], foreach: [0, 1], code: 'other' } });
    const whys: number[] = [];
    const plans: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      let began = performance.now();
      const why = harness.role.why(run, 'b[1]', OWNER);
      whys.push(performance.now() - began);
      if (why.reasons[0]?.kind !== 'code') throw new Error(`why says ${JSON.stringify(why)}`);
      const { definition } = harness.toRequest({ a: {}, b: { needs: ['a'], foreach: [0, 1], code: `edit ${String(sample)}` } });
      began = performance.now();
      const { steps } = await harness.role.plan(definition, null, OWNER);
      plans.push(performance.now() - began);
      if (steps[1]?.reasons[0]?.kind !== 'code') throw new Error(`the plan says ${JSON.stringify(steps[1])}`);
    }
    const series = [summarize(`why, ${String(ENTRIES)} entries`, whys), summarize('plan of an edited step', plans)];
    printTable(series);
    const p99 = series[0]?.p99 ?? Number.NaN;
    console.log(`bar: why <= ${String(BAR)} ms: ${p99.toFixed(2)} ms: ${p99 <= BAR ? 'met' : 'NOT met'}`);
  } finally {
    await harness.remove();
  }
}

await measure();
