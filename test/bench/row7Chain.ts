import { createWideWorkspace, type Reuse } from '../support/wideWorkspace.ts';
import { startBenchAgent, timeUnwatched } from './benchAgent.ts';
import { FsyncProbe } from './fsyncProbe.ts';
import { startPostgres } from './postgresServer.ts';
import { startDbosChain, startRay } from './pythonPeers.ts';
import { alternate, printTable, ratio, type Contestant } from './samples.ts';

const STEPS = 100;
const ROUNDS = 30;
const WARM_UPS = 3;

/**
 * Row 7, durable chain: 100 steps that do nothing, each given what the one before returned, in one run; each output is stored and recorded.
 * From the submit on the client until the end of the run is on disk.
 */
async function measure(): Promise<void> {
  const bench = await startBenchAgent();
  const spaces = (['worker', 'fork'] as const).map((reuse) => ({ reuse, space: createWideWorkspace({ chain: STEPS, fan: 2 }, reuse) }));
  const postgres = await startPostgres(bench.folder);
  const dbos = postgres.kind === 'ready' ? startDbosChain(postgres.peer.url, STEPS) : postgres;
  const ray = startRay('chain', STEPS);
  const peers = [dbos, ray].flatMap((one) => (one.kind === 'ready' ? [one.peer] : []));
  const probe = new FsyncProbe(bench.folder);
  let n = 0;
  const toOurs = (reuse: Reuse, root: string): Contestant => ({
    name: `cairn, ${reuse === 'worker' ? 'kept' : 'forked'}, durable`,
    once: async () => {
      // Far apart: what one run computed must not stand for a step of the next.
      n += 10 * STEPS;
      return (await timeUnwatched(bench.client, { root, workflow: 'bench/chain', params: { n } })).durable;
    },
  });
  try {
    const f: Contestant = { name: 'f (one fdatasync)', once: () => Promise.resolve(probe.once()) };
    const ours = spaces.map(({ reuse, space }) => toOurs(reuse, space.root));
    const [kept, forked, ...others] = await alternate([...ours, ...peers, f], ROUNDS, WARM_UPS);
    if (kept === undefined || forked === undefined) return;
    printTable([kept, forked, ...others]);
    const fsync = others.at(-1)?.p50 ?? Number.NaN;
    console.log(
      'ours: every output is a blob, every step a record; commits of several steps may share an fsync (grouped), a run is told as ended after its last',
    );
    console.log(
      'isolation: forked = own process, group, memory and folder for each step; kept = one interpreter, folders and variables put back',
    );
    console.log('DBOS: durable (PostgreSQL), steps run inside its process; Ray: not durable, worker processes');
    for (const one of [dbos, ray]) if (one.kind === 'missing') console.log(`peer missing: ${one.reason}`);
    for (const peer of others.slice(0, -1)) console.log(`kept: ${ratio(peer, kept)}; forked: ${ratio(peer, forked)}`);
    say('kept <= 110 f + 15 ms', kept.p50, 110 * fsync + 15);
    say('kept, grouped <= 15 ms', kept.p50, 15);
    say('forked <= 3 ms a step', forked.p50 / STEPS, 3);
  } finally {
    probe.dispose();
    for (const peer of peers) await peer.dispose();
    if (postgres.kind === 'ready') await postgres.peer.dispose();
    for (const { space } of spaces) space.dispose();
    await bench.dispose();
  }
}

function say(bar: string, measured: number, bound: number): void {
  console.log(`bar: ${bar}: ${measured.toFixed(2)} against ${bound.toFixed(2)} ms: ${measured <= bound ? 'met' : 'NOT met'}`);
}

await measure();
