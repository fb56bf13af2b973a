import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { findLeftovers } from '../../tools/test/leftovers.mjs';
import { SmallWorkspace, moduleFiles } from '../support/smallWorkspace.ts';
import { TestAgent } from '../support/agent.ts';
import { startBenchAgent, timeRun } from './benchAgent.ts';
import { measureActivation } from './editorStartUp.ts';
import type { Peer } from './peers.ts';
import { readCpu, readMemory } from './processFigures.ts';
import { installPythonPeers } from './pythonPeers.ts';
import { printTable, summarize } from './samples.ts';

/** seconds of idleness that are measured */
const IDLE = Number(process.argv[2] ?? 60);
const STARTS = Number(process.argv[3] ?? 20);
const FILES = 10_000;
const RAY = 'ray[default]==2.60.0';
const root = join(import.meta.dirname, '../..');
const LOCK = join(root, 'examples/flights/environments/python-ml.lock');

interface Footprint {
  readonly name: string;
  readonly megabytes: number;
  /** percent of one core */
  readonly cpu: number;
  readonly processes: number;
}

function toFiles(): { readonly [path: string]: string } {
  const fillers = Array.from({ length: FILES - 8 }, (_, index): [string, string] => [
    `library/folder${index % 200}/file${index}.py`,
    `VALUE = ${index}\n${'# filler\n'.repeat(380)}`,
  ]);
  return {
    ...moduleFiles('bench/step', {
      code: 'import pandas\n\ndef run():\n    return {"out": pandas.__version__}\n',
      more: 'environment: bench\npreload: [pandas]\n',
    }),
    'environments/bench.environment.yaml': 'environment: bench\nlock: bench.lock\n',
    'environments/bench.lock': readFileSync(LOCK, 'utf8'),
    'workflows/step.workflow.yaml': 'workflow: bench/step-flow\nsteps:\n  step: { module: bench/step }\noutputs: { out: step.out }\n',
    ...Object.fromEntries(fillers),
  };
}

/** What some processes hold and burn while nobody asks anything of them. */
async function idle(name: string, pids: readonly number[]): Promise<Footprint> {
  await setTimeout(5_000);
  const before = pids.reduce((sum, pid) => sum + readCpu(pid), 0);
  await setTimeout(IDLE * 1000);
  const cpu = (pids.reduce((sum, pid) => sum + readCpu(pid), 0) - before) / (IDLE * 10);
  const megabytes = pids.reduce((sum, pid) => sum + readMemory(pid).resident, 0) / 1024;
  return { name, megabytes, cpu, processes: pids.length };
}

async function measureAgent(workspace: SmallWorkspace): Promise<Footprint> {
  const bench = await startBenchAgent();
  try {
    await timeRun(bench.client, { root: workspace.root, workflow: 'bench/step-flow' });
    return await idle('cairn agent, 10k files watched, 1 warm pandas worker beside it', [bench.agent.pid]);
  } finally {
    await bench.dispose();
  }
}

/** From the start of the process until it answers, each on a state of its own that is there already. */
async function measureReady(): Promise<readonly number[]> {
  const agent = await TestAgent.start();
  const took: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    await agent.end('SIGTERM');
    const began = performance.now();
    await agent.start();
    took.push(performance.now() - began);
  }
  await agent.dispose();
  return took;
}

async function measureChokidar(workspace: SmallWorkspace): Promise<Footprint> {
  const program = `import { watch } from 'chokidar';\nwatch(process.argv[1], { ignoreInitial: true }).on('ready', () => console.log('ready'));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, workspace.root], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    return await idle('peer chokidar alone, the same 10k files', [child.pid ?? 0]);
  } finally {
    await end(child);
  }
}

async function measureRay(): Promise<Peer<Footprint>> {
  const python = installPythonPeers('ray', [RAY]);
  if (python.kind === 'missing') return python;
  const ray = join(python.peer, '../ray');
  const args = ['start', '--head', '--block', '--disable-usage-stats', '--include-dashboard=true', '--num-cpus=1', '--port=0'];
  // Its processes leave their parents: they are known by a mark that all inherit.
  const mark = `cairn-bench-${String(process.pid)}`;
  const members = (): readonly number[] => findLeftovers(mark).map(({ pid }) => pid);
  spawn(ray, args, { stdio: 'ignore', detached: true, env: { ...process.env, CAIRN_BENCH_PEER: mark } }).unref();
  try {
    await setTimeout(30_000);
    const pids = members();
    if (pids.length < 2) return { kind: 'missing', reason: 'its head did not stay up' };
    return { kind: 'ready', peer: await idle('peer Ray head with one worker slot', pids) };
  } finally {
    for (let left = members(); left.length > 0; left = members()) {
      for (const pid of left) process.kill(pid, 'SIGKILL');
      await setTimeout(200);
    }
  }
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function printFootprints(rows: readonly Footprint[]): void {
  for (const { name, megabytes, cpu, processes } of rows)
    console.log(
      `${name.padEnd(68)} ${megabytes.toFixed(0).padStart(5)} MB  ${cpu.toFixed(2).padStart(6)} % CPU  ${processes} process${processes === 1 ? '' : 'es'}`,
    );
}

function printBundles(): void {
  const bundles = [
    'extension/main.cjs',
    'extension/languageClient.cjs',
    'languageServer/main.mjs',
    'agent/agentProgram.mjs',
    'agent/cairnProgram.mjs',
  ];
  const webviews = readdirSync(join(root, 'dist/webviews')).filter((name) => name.endsWith('.js'));
  for (const name of [...bundles, ...webviews.map((name) => `webviews/${name}`)]) {
    const path = join(root, 'dist', name);
    console.log(`${name.padEnd(40)} ${toKilobytes(statSync(path).size)} kB  ${toKilobytes(gzipSync(readFileSync(path)).length)} kB gzip`);
  }
}

function toKilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(0).padStart(6);
}

/** Row 15, footprint and start-up: what the agent costs while it waits, how soon it answers, and what the extension costs an editor's start. */
async function measure(): Promise<void> {
  const workspace = new SmallWorkspace(toFiles());
  try {
    const agent = await measureAgent(workspace);
    const chokidar = await measureChokidar(workspace);
    const ray = await measureRay();
    printFootprints([agent, chokidar, ...(ray.kind === 'ready' ? [ray.peer] : [])]);
    if (ray.kind === 'missing') console.log(`peer missing: Ray: ${ray.reason}`);
    else
      console.log(
        `cairn against Ray: ${(ray.peer.megabytes / agent.megabytes).toFixed(1)}x less memory, ${(ray.peer.cpu / agent.cpu).toFixed(1)}x less CPU`,
      );
    console.log(`bar: <= 100 MB and <= 0.3 % CPU: ${agent.megabytes <= 100 && agent.cpu <= 0.3 ? 'met' : 'NOT met'}`);
  } finally {
    workspace.dispose();
  }
  const ready = summarize('agent, start to first answer', await measureReady());
  printTable([ready]);
  console.log(`bar: ready <= 250 ms: ${ready.p50 <= 250 ? 'met' : 'NOT met'}`);
  const editor = await measureActivation();
  if (editor.kind === 'missing') console.log(`editor missing: ${editor.reason}`);
  else
    for (const { name, milliseconds } of editor.peer)
      console.log(`${name.padEnd(40)} load and activate ${milliseconds.toFixed(0).padStart(5)} ms (p50)`);
  printBundles();
}

await measure();
