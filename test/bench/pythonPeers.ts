import { spawn, execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findOrInstall, toPeerFolder, type Peer } from './peers.ts';
import type { Contestant } from './samples.ts';

/** for a peer to leave when it is not needed any more */
const LEAVE_MILLISECONDS = 15_000;

/** Installs Python packages at exact versions into an environment of the cache, once; answers its interpreter. */
export function installPythonPeers(name: string, packages: readonly string[]): Peer<string> {
  const folder = toPeerFolder(name);
  const python = join(folder, 'venv', 'bin', 'python');
  const stamp = join(folder, `installed-${packages.join('+').replaceAll('/', '_')}`);
  if (existsSync(stamp)) return { kind: 'ready', peer: python };
  const base = findOrInstall('python3', 'python3-venv');
  if (base === undefined) return { kind: 'missing', reason: 'no python3 is installed' };
  try {
    execFileSync(base, ['-m', 'venv', join(folder, 'venv')], { stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch (error) {
    return {
      kind: 'missing',
      reason: `${packages.join(', ')} cannot be installed: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  writeFileSync(stamp, '');
  return { kind: 'ready', peer: python };
}

/** A program of a peer: for each line with a number that it is sent, it does so much work and answers the milliseconds that it took. */
export function startPythonPeer(name: string, python: string, program: string, size: number): Contestant & { dispose(): Promise<void> } {
  const child = spawn(python, ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: { readonly resolve: (milliseconds: number) => void; readonly reject: (error: Error) => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (Number.isFinite(Number(line))) waiting.shift()?.resolve(Number(line));
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code) => {
      for (const one of waiting.splice(0)) one.reject(new Error(`${name} left with code ${String(code)}`));
      resolve();
    });
  });
  return {
    name,
    once: () =>
      new Promise((resolve, reject) => {
        if (child.exitCode !== null) return reject(new Error(`${name} left with code ${String(child.exitCode)}`));
        waiting.push({ resolve, reject });
        child.stdin.write(`${String(size)}\n`);
      }),
    dispose: async () => {
      // It leaves at the end of its input; one that does not is ended.
      child.stdin.end();
      const late = setTimeout(() => child.kill('SIGKILL'), LEAVE_MILLISECONDS);
      await gone;
      clearTimeout(late);
    },
  };
}

const DBOS = 'dbos==3.4.0';

/** DBOS: durable workflows on PostgreSQL. A chain of steps in one workflow; every step's result is committed before the next begins. */
export function startDbosChain(url: string, steps: number): Peer<Contestant & { dispose(): Promise<void> }> {
  const python = installPythonPeers('dbos', [DBOS, 'psycopg[binary]==3.2.9']);
  if (python.kind === 'missing') return python;
  const program = `
import logging, sys, time
logging.disable(logging.CRITICAL)
from dbos import DBOS
DBOS(config={"name": "bench", "system_database_url": ${JSON.stringify(url)}, "run_admin_server": False})
@DBOS.step()
def add(value): return value + 1
@DBOS.workflow()
def chain(count):
    value = 0
    for _ in range(count): value = add(value)
    return value
DBOS.launch()
for line in sys.stdin:
    began = time.perf_counter()
    assert chain(int(line)) == int(line)
    print((time.perf_counter() - began) * 1000, flush=True)
`;
  return { kind: 'ready', peer: startPythonPeer('DBOS', python.peer, program, steps) };
}

const RAY = 'ray==2.60.0';

/** Ray on this machine with two workers: `shape` = a chain of dependent tasks, or a fan-out with one task that joins it. Nothing is durable. */
export function startRay(shape: 'chain' | 'fan', size: number): Peer<Contestant & { dispose(): Promise<void> }> {
  const python = installPythonPeers('ray', [RAY]);
  if (python.kind === 'missing') return python;
  const program = `
import logging, sys, time
import ray
ray.init(address="local", num_cpus=2, include_dashboard=False, logging_level=logging.ERROR, log_to_driver=False)
@ray.remote
def add(value, n=1): return value + n
@ray.remote
def join(*values): return sum(values)
def chain(count):
    value = add.remote(0)
    for _ in range(count - 1): value = add.remote(value)
    return ray.get(value)
def fan(count):
    first = add.remote(0, 0)
    return ray.get(join.remote(*[add.remote(first, n) for n in range(count)]))
for line in sys.stdin:
    began = time.perf_counter()
    ${shape}(int(line))
    print((time.perf_counter() - began) * 1000, flush=True)
`;
  return { kind: 'ready', peer: startPythonPeer('Ray', python.peer, program, size) };
}
