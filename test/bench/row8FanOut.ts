import { createWideWorkspace } from '../support/wideWorkspace.ts';
import { startBenchAgent, timeUnwatched, type BenchAgent } from './benchAgent.ts';
import { FsyncProbe } from './fsyncProbe.ts';
import { startRay } from './pythonPeers.ts';
import { alternate, printTable, ratio, summarize, type Contestant, type Summary } from './samples.ts';

const SIZES = [100, 1000, 10_000] as const;
const WARM_UPS = 3;
/** bytes of memory that the agent may have afterwards */
const MEMORY = 300e6;

/**
 * Row 8, fan-out: one task, then n that do nothing and are given what it returned, then one that is given all n results; two workers. Each of
 * the n has a durable record with its output, and the end of the run is on disk when the clock stops.
 */
async function measure(): Promise<void> {
  const bench = await startBenchAgent();
  const probe = new FsyncProbe(bench.folder);
  try {
    for (const size of SIZES) await measureSize(bench, probe, size);
    const { rss } = await bench.client.request('agent.status', {});
    console.log(`bar: agent RSS <= 300 MB (scorecard 200): ${(rss / 1e6).toFixed(0)} MB: ${rss <= MEMORY ? 'met' : 'NOT met'}`);
    console.log(
      'ours: a record and a stored output for each task, one event for those that ended together; isolation: kept = one of two interpreters, forked = own process',
    );
    console.log('Ray: not durable, two worker processes');
  } finally {
    probe.dispose();
    await bench.dispose();
  }
}

async function measureSize(bench: BenchAgent, probe: FsyncProbe, size: number): Promise<void> {
  const kept = createWideWorkspace({ chain: 2, fan: size }, 'worker');
  const forked = createWideWorkspace({ chain: 2, fan: size }, 'fork');
  const ray = startRay('fan', size);
  const first: number[] = [];
  let n = 0;
  const toOurs = (name: string, root: string, into?: number[]): Contestant => ({
    name,
    once: async () => {
      n += 1;
      const times = await timeUnwatched(bench.client, { root, workflow: 'bench/fan', params: { n } });
      into?.push(times.first);
      return times.durable;
    },
  });
  try {
    const f: Contestant = { name: 'f (one fdatasync)', once: () => Promise.resolve(probe.once()) };
    const peers = ray.kind === 'ready' ? [ray.peer] : [];
    const many = await alternate([toOurs('cairn, kept, durable', kept.root, first), ...peers, f], 30, WARM_UPS);
    // A forked fan-out of ten thousand takes half a minute: few of them say what there is to say.
    const few = await alternate([toOurs('cairn, forked, durable', forked.root)], size > 1000 ? 2 : 5, 1);
    const series = [...many, summarize('cairn, kept, first result recorded', first.slice(WARM_UPS)), ...few];
    console.log(`\n1 -> ${String(size)} -> 1`);
    printTable(series);
    const [ours, peer] = many;
    const toRate = (summary: Summary | undefined): string =>
      summary === undefined ? '-' : `${Math.round((size / summary.p50) * 1000).toLocaleString('en')}/s`;
    console.log(
      `tasks a second (p50): kept ${toRate(ours)}, forked ${toRate(few[0])}${ray.kind === 'ready' ? `, Ray ${toRate(peer)}` : ''}`,
    );
    console.log(ray.kind === 'ready' ? `kept: ${ratio(peer, ours)}` : `peer missing: ${ray.reason}`);
    if (ours !== undefined && size === 10_000) {
      const rate = (size / ours.p50) * 1000;
      console.log(`bar: kept >= 50,000/s: ${rate >= 50_000 ? 'met' : 'NOT met'}`);
    }
  } finally {
    if (ray.kind === 'ready') await ray.peer.dispose();
    kept.dispose();
    forked.dispose();
  }
}

await measure();
