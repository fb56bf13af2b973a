import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentClient } from '../../../rde-agent/client/agentClient.ts';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import type { ReplayDocument } from '../../../rde-agent/protocol/comparisons.ts';
import { TestAgent } from '../../support/agent.ts';
import { SmallWorkspace } from '../../support/smallWorkspace.ts';
import { waitFor } from '../../support/waitFor.ts';
import { EDITS } from './programEdits.ts';
import { listSeeds, Random } from './random.ts';
import { createFlow, toFlowFiles, type Flow } from './randomFlow.ts';
import { withPart } from './randomProgram.ts';

const SEEDS = [301, 302];
const FLOWS = 10;
const RUNS_EACH = 10;
/** under way at once on one agent */
const AT_ONCE = 4;

const tally = { replays: 0, equal: 0, steps: 0, missing: 0, others: [] as string[] };

describe('agent: reuse: runs repeat on another agent from their receipts', function () {
  this.timeout(300_000);
  let here: TestAgent;
  let there: TestAgent;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-receipts-'));
    here = await TestAgent.start();
    // Another home, another hash seed, nothing in its state folder.
    there = await TestAgent.start({ env: { HOME: folder, PYTHONHASHSEED: '77', TZ: 'Asia/Kolkata' } });
  });
  after(async () => {
    await here.dispose();
    await there.dispose();
    rmSync(folder, { recursive: true });
  });

  for (const seed of listSeeds(SEEDS)) {
    it(`random runs come out equal (seed ${String(seed)})`, async () => {
      const random = new Random(seed);
      for (let count = 0; count < FLOWS; count += 1) {
        const receipts = await runOften(createFlow(random, 2 + random.below(3), false), random, `${String(seed)}-${String(count)}`);
        const replayed = await inTurns(receipts, (receipt) => replay(there.connect(), receipt));
        for (const document of replayed) judge(document);
      }
    });
  }

  it('names what is missing of them', async () => {
    const [first = ''] = readdirSync(folder).filter((name) => name.startsWith('receipt-'));
    const blobs = join(folder, first, 'blobs');
    const clean = await TestAgent.start();
    try {
      for (const blob of readdirSync(blobs)) {
        if (tally.missing > 0) break;
        rmSync(join(blobs, blob));
        const document = await replay(clean.connect(), join(folder, first));
        assert.deepEqual([document.run, document.missing.map(({ kind, name }) => [kind, name])], [null, [['blob', blob]]]);
        tally.missing += 1;
      }
    } finally {
      await clean.dispose();
    }
  });

  it('two hundred of them', function () {
    if (process.env['CAIRN_SEED'] !== undefined) this.skip();
    const { replays, equal, steps, others } = tally;
    console.log(`      ${String(replays)} replays, ${String(equal)} equal, ${String(steps)} results compared`);
    for (const each of others) console.log(`      ${each}`);
    assert.ok(replays >= 200 && equal >= 190);
  });

  /** Random edits of one flow, each run and written down; answers the folders. */
  async function runOften(first: Flow, random: Random, name: string): Promise<readonly string[]> {
    let flow = first;
    const client = here.connect();
    const space = new SmallWorkspace(toFlowFiles(flow));
    const receipts: string[] = [];
    try {
      for (let count = 0; count < RUNS_EACH; count += 1) {
        const { run } = await client.request('run.submit', { root: space.root, workflow: 'flow/w', key: newKey() });
        assert.equal(await untilEnded(client, run), 'succeeded');
        const target = join(folder, `receipt-${name}-${String(count)}`);
        assert.deepEqual((await client.request('run.export', { run, folder: target })).missing, []);
        receipts.push(target);
        flow = toEdited(flow, random);
        space.write(toFlowFiles(flow));
      }
      await client.request('workspace.close', { root: space.root });
    } finally {
      space.dispose();
    }
    return receipts;
  }

  function toEdited(flow: Flow, random: Random): Flow {
    if (random.below(4) === 0) return { ...flow, params: flow.params.map(() => random.below(9)) };
    const step = random.below(flow.programs.length);
    const { part } = random.pick(EDITS);
    const programs = flow.programs.map((program, index) => (index === step ? withPart(program, part, 1 + random.below(4)) : program));
    return { ...flow, programs };
  }

  async function replay(client: AgentClient, receipt: string): Promise<ReplayDocument> {
    const begun = await client.request('run.replay', { folder: receipt, key: newKey() });
    if (begun.run === null) return begun;
    await untilEnded(client, begun.run);
    return client.request('run.replayed', { run: begun.run });
  }

  async function untilEnded(client: AgentClient, run: string): Promise<string> {
    return waitFor(`run ${run} has ended`, async () => {
      const { done } = await client.request('run.logs', { run, wait: true });
      const { state } = await client.request('run.show', { run });
      return done && state !== 'queued' && state !== 'running' ? state : undefined;
    });
  }

  function judge(document: ReplayDocument): void {
    tally.replays += 1;
    tally.steps += document.steps.length;
    if (document.equal === true) tally.equal += 1;
    else tally.others.push(JSON.stringify([document.missing, document.steps.filter(({ equal }) => equal !== true)]));
    assert.ok(document.equal === true || document.missing.length > 0 || document.steps.some(({ because }) => because !== undefined));
  }
});

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let index = 0; index < items.length; index += AT_ONCE)
    results.push(...(await Promise.all(items.slice(index, index + AT_ONCE).map(work))));
  return results;
}
