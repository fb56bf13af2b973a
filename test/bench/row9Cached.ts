import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestAgent } from '../support/agent.ts';
import { createWideWorkspace } from '../support/wideWorkspace.ts';
import { timeRun } from './benchAgent.ts';
import { startCachedPeers } from './cachedPeers.ts';
import { alternate, printTable, ratio, summarize, type Contestant } from './samples.ts';

/** `npm run bench 9 [SIZE…]`: others for a trial */
const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1000, 10_000];
const ROUNDS = 30;
const WARM_UPS = 3;
/** a cold process takes a second, so fewer of them */
const COLD = 8;
/** milliseconds for 10,000 steps */
const BARS = { cold: 500, warm: 50 } as const;

/**
 * Row 9, a workflow whose steps are all in the cache: 1 → n → 1. What is measured is the decision about every step, with its reason, as the client
 * gets it (`cairn plan`): that is all that a no-op build of a peer does. Cold = the agent's process was just started, on the state that another one
 * left, and has opened no workspace. Beside it, whole runs of it (each step recorded as reused, durable), and a plan after one leaf was edited.
 */
async function measure(): Promise<void> {
  for (const size of SIZES) await measureSize(size);
  console.log(
    'ours: a plan names for each step whether it is reused, what that rests on and what it saves; runs record all of that durably',
  );
  console.log('peers: ninja and snakemake decide by times of files, redun and joblib by hashes; none of them says why');
}

async function measureSize(size: number): Promise<void> {
  const space = createWideWorkspace({ chain: 2, fan: size }, 'fork');
  const agent = new TestAgent();
  const peers = startCachedPeers(size);
  try {
    await agent.start();
    const request = { root: space.root, workflow: 'bench/fan', params: { n: 1 } };
    let client = agent.connect();
    await timeRun(client, request);
    const plan = async (): Promise<number> => {
      const began = performance.now();
      const { steps } = await client.request('workspace.plan', request);
      const took = performance.now() - began;
      const missed = steps.filter(({ decision }) => decision !== 'hit').length;
      if (missed > 1 || steps.length !== size + 2) throw new Error(`${String(missed)} of ${String(steps.length)} steps are not reused`);
      return took;
    };
    const warm: Contestant = { name: 'cairn, warm plan', once: plan };
    const run: Contestant = { name: 'cairn, warm run (durable)', once: async () => (await timeRun(client, request)).durable };
    const inProcess = peers.flatMap((one) => (one.kind === 'ready' && one.peer.isFast ? [one.peer] : []));
    const slow = peers.flatMap((one) => (one.kind === 'ready' && !one.peer.isFast ? [one.peer] : []));
    const fast = await alternate([warm, ...inProcess], ROUNDS, WARM_UPS);
    const runs = await alternate([run], 5, 1);
    let edit = 0;
    const leaf: Contestant = {
      name: 'cairn, warm plan after an edit of the leaf',
      once: () => {
        edit += 1;
        writeFileSync(
          join(space.root, 'modules/bench/join/main.py'),
          `def run(values: list):\n    return {"out": sum(values) + ${String(edit)}}\n`,
        );
        return plan();
      },
    };
    const edited = await alternate([leaf], 10, 1);
    writeFileSync(join(space.root, 'modules/bench/join/main.py'), 'def run(values: list):\n    return {"out": sum(values)}\n');
    const cold: number[] = [];
    const answered: number[] = [];
    for (let round = 0; round < COLD; round += 1) {
      client.dispose();
      await agent.end('SIGTERM');
      const began = performance.now();
      await agent.start();
      client = agent.connect();
      await client.request('agent.status', {});
      const ready = performance.now();
      await plan();
      cold.push(performance.now() - began);
      answered.push(performance.now() - ready);
    }
    const others = await alternate(slow, 3, 0);
    const series = [
      ...fast,
      ...edited,
      ...runs,
      summarize('cairn, first plan of a new process', answered),
      summarize('cairn, the same with its start', cold),
      ...others,
    ];
    console.log(`\n1 -> ${String(size)} -> 1, all in the cache`);
    printTable(series);
    for (const peer of [...fast.slice(1), ...others]) console.log(`warm plan: ${ratio(peer, fast[0])}`);
    for (const one of peers) if (one.kind === 'missing') console.log(`peer missing: ${one.reason}`);
    if (size === 10_000) {
      say('warm plan of 10,000', fast[0]?.p50 ?? Number.NaN, BARS.warm);
      say('first plan of a new process, 10,000', summarize('', answered).p50, BARS.cold);
    }
  } finally {
    for (const one of peers) if (one.kind === 'ready') await one.peer.dispose();
    await agent.dispose();
    space.dispose();
  }
}

function say(bar: string, measured: number, bound: number): void {
  console.log(`bar: ${bar} <= ${String(bound)} ms: ${measured.toFixed(0)} ms: ${measured <= bound ? 'met' : 'NOT met'}`);
}

await measure();
