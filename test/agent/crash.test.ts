import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { newKey } from '../../rde-agent/client/newKey.ts';
import { NO_RUN, reduceRun, type RunView } from '../../rde-agent/protocol/runView.ts';
import type { Recorded, RunEvent } from '../../rde-agent/protocol/runEvents.ts';
import { toRunUri } from '../../rde-agent/protocol/wire.ts';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { TestAgent } from '../support/agent.ts';
import { moduleFiles, SmallWorkspace, type Files } from '../support/smallWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';

const KILLS = 20;
const LONGEST_LIFE_MILLISECONDS = 900;

/** Works for a moment and writes its pid, its zygote's pid and a detached grandchild's pid where an observer can read them. */
function work(input: string): string {
  return `
import json, os, subprocess, time

def run(${input === '' ? '' : `${input}, `}ledger: str, seconds: float = 0.08, kind: str = ""):
    child = subprocess.Popen(["sleep", "300"], start_new_session=True)
    with open(ledger, "a") as file:
        file.write(json.dumps({"pids": [os.getpid(), os.getppid(), child.pid]}) + "\\n")
    time.sleep(seconds)
    return {"out": {"kind": kind, "of": ${input === '' ? 'None' : input}}}
`;
}

const PARAMS = '{ ledger: string, seconds: { type: float, default: 0.08 }, kind: { type: string, default: "" } }';

function files(): Files {
  return {
    ...moduleFiles('crash/first', { code: work(''), params: PARAMS }),
    ...moduleFiles('crash/each', { code: work('value'), inputs: '{ value: json }', params: PARAMS }),
    ...moduleFiles('crash/join', { code: work('values'), inputs: '{ values: { list: json } }', params: PARAMS }),
    'workflows/crash.workflow.yaml': `workflow: crash/flow
params:
  ledger: string
steps:
  first: { module: crash/first, params: { ledger: "\${params.ledger}" } }
  each:
    module: crash/each
    in: { value: first.out }
    foreach: { kind: [a, b, c, d, e, f] }
    params: { ledger: "\${params.ledger}", kind: "\${foreach.kind}" }
  join:
    module: crash/join
    in: { values: "each[*].out" }
    params: { ledger: "\${params.ledger}" }
  last: { module: crash/each, in: { value: join.out }, params: { ledger: "\${params.ledger}", kind: last } }
outputs: { result: last.out }
`,
  };
}

describe('kill -9 of the agent in the middle of a run', function () {
  this.timeout(180_000);
  let agent: TestAgent;
  let workspace: SmallWorkspace;
  let outside: string;
  beforeEach(async () => {
    workspace = new SmallWorkspace(files());
    outside = mkdtempSync(join(tmpdir(), 'cairn-ledger-'));
    agent = await TestAgent.start();
  });
  afterEach(async () => {
    await agent.dispose();
    workspace.dispose();
    rmSync(outside, { recursive: true, force: true });
  });

  it(`finishes every run, runs no published step again and leaves no process, ${KILLS} times at random points`, async () => {
    const seed = Number(process.env['CAIRN_SEED'] ?? Date.now() % 1e9);
    console.log(`      seed ${seed} (CAIRN_SEED repeats it)`);
    const random = toRandom(seed);
    const runs: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const client = agent.connect();
      const open = runs.length === 0 ? undefined : await stateOf(client, runs.at(-1) ?? '');
      if (open === undefined || open === 'succeeded')
        runs.push(await submit(client, workspace.root, join(outside, `ledger-${runs.length}`)));
      await delay(random() * LONGEST_LIFE_MILLISECONDS);
      client.dispose();
      await agent.kill();
      await agent.start();
    }
    const client = agent.connect();
    for (const run of runs) await waitFor(`run ${run} ends`, async () => (await stateOf(client, run)) === 'succeeded', 60);
    for (const run of runs) assertOncePublished(await eventsOf(client, run), run);
    const pids = runs.flatMap((_, index) => readPids(join(outside, `ledger-${index}`)));
    assert.ok(pids.length > 0);
    await agent.end('SIGTERM');
    await waitFor('every process of every task has ended', () => pids.every((pid) => !isAliveAndOurs(pid)), 10);
  });
});

async function submit(client: AgentClient, root: string, ledger: string): Promise<string> {
  const { run } = await client.request('run.submit', { root, workflow: 'crash/flow', params: { ledger }, key: newKey() });
  return run;
}

async function stateOf(client: AgentClient, run: string): Promise<string> {
  return (await client.request('run.show', { run })).state;
}

/** All events of a run, as the log holds them. */
async function eventsOf(client: AgentClient, run: string): Promise<readonly Recorded<RunEvent>[]> {
  const events: Recorded<RunEvent>[] = [];
  let view: RunView = NO_RUN;
  const following = client.subscribe<RunView, Recorded<RunEvent>>({
    uri: toRunUri(run),
    reduce: reduceRun,
    from: { state: NO_RUN, seq: 0 },
    onDidChange: (state, change) => {
      view = state;
      events.push(...change.actions);
    },
  });
  await waitFor(`the events of ${run}`, () => view.finished !== null && events.length > 0);
  following.dispose();
  return events;
}

function assertOncePublished(events: readonly Recorded<RunEvent>[], run: string): void {
  assert.deepEqual(
    events.map((one) => one.seq),
    events.map((_, index) => index + 1),
    `${run}: the numbers are dense`,
  );
  const published = new Set<string>();
  for (const { event } of events) {
    if (event.type === 'task.started') assert.ok(!published.has(event.task), `${run}: ${event.task} ran again after it was published`);
    if (event.type !== 'task.succeeded' && event.type !== 'task.reused') continue;
    assert.ok(!published.has(event.task), `${run}: ${event.task} was published twice`);
    published.add(event.task);
  }
  assert.equal(published.size, 9, `${run}: all nine tasks were published`);
}

function readPids(path: string): readonly number[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'));
  return lines.flatMap((line) => (JSON.parse(line) as { readonly pids: readonly number[] }).pids);
}

/** A pid may be somebody else's by now: only a Python or our `sleep 300` counts, and a zombie is dead. */
function isAliveAndOurs(pid: number): boolean {
  try {
    const dead = /^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return !dead && (/cairn/.test(command) || /^sleep 300/.test(command));
  } catch {
    return false;
  }
}

/** mulberry32: small, seeded, good enough to choose moments. */
function toRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
