import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrInstall, type Peer } from './peers.ts';
import { installPythonPeers, startPythonPeer } from './pythonPeers.ts';
import type { Contestant } from './samples.ts';

export interface CachedPeer extends Contestant {
  /** fast enough for thirty rounds */
  readonly isFast: boolean;
  dispose(): Promise<void>;
}

/** snakemake and redun take seconds for a thousand */
const FEW = 1000;

/** Peers with `size` targets between two others, all of them up to date: `once` = the milliseconds until that is known. */
export function startCachedPeers(size: number): readonly Peer<CachedPeer>[] {
  const peers = [startNinja(size), startJoblib(size)];
  return size > FEW ? peers : [...peers, startRedun(size), startSnakemake(size)];
}

function startNinja(size: number): Peer<CachedPeer> {
  const ninja = findOrInstall('ninja', 'ninja-build');
  if (ninja === undefined) return { kind: 'missing', reason: 'ninja is not installed and cannot be' };
  const folder = mkdtempSync(join(tmpdir(), 'cairn-ninja-'));
  const many = Array.from({ length: size }, (_, index) => `one${String(index)}`);
  const builds = many.map((name) => `build ${name}: one first`);
  const rules = 'rule one\n  command = touch $out\n';
  writeFileSync(join(folder, 'build.ninja'), `${rules}build first: one\n${builds.join('\n')}\nbuild join: one ${many.join(' ')}\n`);
  execFileSync(ninja, ['-C', folder, 'join'], { stdio: 'ignore' });
  return {
    kind: 'ready',
    peer: {
      name: 'ninja (process)',
      isFast: true,
      once: () => Promise.resolve(time(() => execFileSync(ninja, ['-C', folder, 'join'], { stdio: 'ignore' }))),
      dispose: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
    },
  };
}

function time(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

const JOBLIB = 'joblib==1.5.1';

/** Warm, in one process: calls of a memoised function with other arguments. */
function startJoblib(size: number): Peer<CachedPeer> {
  const python = installPythonPeers('joblib', [JOBLIB]);
  if (python.kind === 'missing') return python;
  const folder = mkdtempSync(join(tmpdir(), 'cairn-joblib-'));
  writeFileSync(join(folder, 'steps.py'), 'def first(): return 0\ndef one(value, n): return n\ndef join(values): return sum(values)\n');
  const program = `
import sys, time
sys.path.insert(0, ${JSON.stringify(folder)})
import steps
from joblib import Memory
memory = Memory(${JSON.stringify(join(folder, 'cache'))}, verbose=0)
first, one, join = memory.cache(steps.first), memory.cache(steps.one), memory.cache(steps.join)
def flow(size):
    value = first()
    return join([one(value, n) for n in range(size)])
flow(${String(size)})
for line in sys.stdin:
    began = time.perf_counter()
    flow(int(line))
    print((time.perf_counter() - began) * 1000, flush=True)
`;
  return { kind: 'ready', peer: withFolder(startPythonPeer('joblib.Memory (warm)', python.peer, program, size), folder) };
}

function withFolder(peer: ReturnType<typeof startPythonPeer>, folder: string): CachedPeer {
  return {
    name: peer.name,
    isFast: false,
    once: () => peer.once(),
    dispose: async () => {
      await peer.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const REDUN = 'redun==0.44.1';

function startRedun(size: number): Peer<CachedPeer> {
  const python = installPythonPeers('redun', [REDUN]);
  if (python.kind === 'missing') return python;
  const folder = mkdtempSync(join(tmpdir(), 'cairn-redun-'));
  // It reads the source of its tasks.
  const tasks = `from redun import task
redun_namespace = "bench"
@task()
def first(): return 0
@task()
def one(value, n): return n
@task()
def join(values): return sum(values)
@task()
def flow(size):
    value = first()
    return join([one(value, n) for n in range(size)])
`;
  writeFileSync(join(folder, 'flows.py'), tasks);
  const program = `
import logging, sys, time
logging.disable(logging.CRITICAL)
sys.path.insert(0, ${JSON.stringify(folder)})
from flows import flow
from redun import Scheduler
from redun.config import Config
scheduler = Scheduler(config=Config({"backend": {"db_uri": "sqlite:///" + ${JSON.stringify(join(folder, 'redun.db'))}}}))
scheduler.load()
scheduler.run(flow(${String(size)}))
for line in sys.stdin:
    began = time.perf_counter()
    scheduler.run(flow(int(line)))
    print((time.perf_counter() - began) * 1000, flush=True)
`;
  return { kind: 'ready', peer: withFolder(startPythonPeer('redun (warm)', python.peer, program, size), folder) };
}

const SNAKEMAKE = 'snakemake==8.30.0';

function startSnakemake(size: number): Peer<CachedPeer> {
  const python = installPythonPeers('snakemake', [SNAKEMAKE]);
  if (python.kind === 'missing') return python;
  const folder = mkdtempSync(join(tmpdir(), 'cairn-snakemake-'));
  const rules = `rule all:
    input: "join"
rule first:
    output: "first"
    shell: "touch {output}"
rule one:
    input: "first"
    output: "one{n}"
    shell: "touch {output}"
rule join:
    input: expand("one{n}", n=range(${String(size)}))
    output: "join"
    shell: "touch {output}"
`;
  writeFileSync(join(folder, 'Snakefile'), rules);
  const run = (...more: readonly string[]): void => {
    const done = spawnSync(python.peer, ['-m', 'snakemake', '--cores', '2', '--quiet', 'all', ...more], { cwd: folder, stdio: 'ignore' });
    if (done.status !== 0) throw new Error(`snakemake left with code ${String(done.status)}`);
  };
  // Its own starting of thousand shells is not what is measured: the files are there, in the right order, and it is told so.
  const make = 'touch first; sleep 0.1; ' + `i=0; while [ $i -lt ${String(size)} ]; do : > one$i; i=$((i+1)); done; sleep 0.1; touch join`;
  execFileSync('sh', ['-c', make], { cwd: folder });
  run('--rerun-triggers', 'mtime');
  return {
    kind: 'ready',
    peer: {
      name: 'snakemake (process)',
      isFast: false,
      once: () => Promise.resolve(time(() => run('--rerun-triggers', 'mtime'))),
      dispose: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
    },
  };
}
