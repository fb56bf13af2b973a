import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/freePort.ts';
import { findPostgres } from '../support/postgres.ts';
import type { Peer } from './peers.ts';

export interface PostgresServer {
  readonly url: string;
  dispose(): Promise<void>;
}

/** A private PostgreSQL of Debian's package on a free loopback port, with its data on the same disk as ours (`folder`). */
export async function startPostgres(folder: string): Promise<Peer<PostgresServer>> {
  const bin = findPostgres();
  if (bin === undefined) return { kind: 'missing', reason: 'no PostgreSQL server is installed (Debian: postgresql)' };
  const user = process.getuid?.() === 0 ? readUser('postgres') : undefined;
  const data = mkdtempSync(join(folder, 'postgres-'));
  if (user !== undefined) chownSync(data, user.uid, user.gid);
  const as = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'bench', '-A', 'trust', '--no-instructions'], {
    ...as,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const port = await freePort();
  const args = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${data}`];
  const server = spawn(join(bin, 'postgres'), args, { ...as, cwd: '/', stdio: 'ignore' });
  const url = `postgres://bench@127.0.0.1:${port}/postgres`;
  waitUntilReady(bin, port);
  return { kind: 'ready', peer: { url, dispose: () => stop(server, data) } };
}

function readUser(name: string): { readonly uid: number; readonly gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function waitUntilReady(bin: string, port: number): void {
  execFileSync('sh', [
    '-c',
    `for i in $(seq 100); do "$0" -h 127.0.0.1 -p "$1" -q && exit 0; sleep 0.1; done; exit 1`,
    join(bin, 'pg_isready'),
    String(port),
  ]);
}

async function stop(server: ChildProcess, data: string): Promise<void> {
  const gone = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGINT');
  await gone;
  rmSync(data, { recursive: true, force: true });
}
