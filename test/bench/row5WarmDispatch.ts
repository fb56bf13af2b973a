import { SmallWorkspace, moduleFiles } from '../support/smallWorkspace.ts';
import { startBenchAgent, timeRun, type RunTimes } from './benchAgent.ts';
import { FsyncProbe } from './fsyncProbe.ts';
import { startGraphileWorker } from './graphileWorker.ts';
import { startPostgres } from './postgresServer.ts';
import { alternate, printTable, ratio, summarize, type Contestant } from './samples.ts';

const ROUNDS = 200;
const WARM_UPS = 20;
/** milliseconds between samples: a person's or a scheduler's pace, not a closed loop's */
const PACING = 10;

/**
 * Row 5, warm durable dispatch: one no-op task, from the submit on the client until its result is known there and on disk. Ours is
 * a run of its own (plan, cache key, reasons, lineage, publication), its task in a clean process forked from a zygote.
 */
async function measure(): Promise<void> {
  const bench = await startBenchAgent();
  const workspace = new SmallWorkspace({
    ...moduleFiles('bench/noop', { code: 'def run(n: int):\n    return {"out": n}\n', params: '{ n: int }' }),
    'workflows/noop.workflow.yaml':
      'workflow: bench/noop-flow\nparams: { n: int }\nsteps:\n  noop: { module: bench/noop, params: { n: "${params.n}" } }\noutputs: { out: noop.out }\n',
  });
  const postgres = await startPostgres(bench.folder);
  const peer = postgres.kind === 'ready' ? await startGraphileWorker(postgres.peer.url) : undefined;
  const probe = new FsyncProbe(bench.folder);
  try {
    const times: RunTimes[] = [];
    let n = 0;
    const ours: Contestant = {
      name: 'cairn, forked, durable',
      once: async () => {
        n += 1;
        const one = await timeRun(bench.client, { root: workspace.root, workflow: 'bench/noop-flow', params: { n } });
        times.push(one);
        return one.durable;
      },
    };
    const f: Contestant = { name: 'f (one fdatasync)', once: () => Promise.resolve(probe.once()) };
    const paced = [ours, ...(peer === undefined ? [] : [peer]), f].map((contestant) => withPacing(contestant));
    const [durable, ...others] = await alternate(paced, ROUNDS, WARM_UPS);
    const counted = times.slice(WARM_UPS);
    const modes = new Set(counted.map((one) => one.view.tasks['noop']?.worker?.mode));
    printTable([
      ...(durable === undefined ? [] : [durable]),
      summarize(
        'cairn, forked, shown',
        counted.map((one) => one.shown),
      ),
      summarize(
        'cairn, submit acknowledged',
        counted.map((one) => one.acknowledged),
      ),
      ...others,
    ]);
    const fSummary = others.at(-1);
    console.log(
      `mode: ${[...modes].join(', ')}; isolation: own process, group, memory and working directory; durability: submit and result each committed with fsync before they are acknowledged`,
    );
    console.log('peer graphile-worker: durable (PostgreSQL, synchronous commit), no isolation: the task runs inside the worker process');
    if (postgres.kind === 'missing') console.log(`peer missing: ${postgres.reason}`);
    else console.log(`cairn against graphile-worker: ${ratio(others[0], durable)}`);
    if (durable !== undefined && fSummary !== undefined) {
      const bound = 2.2 * fSummary.p50 + 3;
      console.log(
        `bar: p50 <= 2.2 f + 3 ms = ${bound.toFixed(2)} ms; measured ${durable.p50.toFixed(2)} ms: ${durable.p50 <= bound ? 'met' : 'NOT met'}`,
      );
    }
  } finally {
    probe.dispose();
    await peer?.dispose();
    if (postgres.kind === 'ready') await postgres.peer.dispose();
    workspace.dispose();
    await bench.dispose();
  }
}

function withPacing(contestant: Contestant): Contestant {
  return {
    name: contestant.name,
    once: async () => {
      await new Promise((resolve) => setTimeout(resolve, PACING));
      return contestant.once();
    },
  };
}

await measure();
