import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './freePort.ts';
import { waitFor } from './waitFor.ts';

/** A private PostgreSQL of Debian's package: its own data, a free loopback port and a socket in its folder. */
export interface PostgresServer {
  /** of a superuser; no password */
  readonly url: string;
  query(text: string): Promise<pg.QueryResult<{ readonly [column: string]: unknown }>>;
  dispose(): Promise<void>;
}

/** The programs of the newest server that is installed; `undefined` = none (Debian: `postgresql`). */
export function findPostgres(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).filter((version) => existsSync(join(root, version, 'bin/postgres'))) : [];
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(root, newest, 'bin');
}

/** It refuses to run as root, so it then runs as Debian's user `postgres`, who cannot look into a folder for temporary files that is ours alone. */
export async function startPostgres(bin: string): Promise<PostgresServer> {
  const user = process.getuid?.() === 0 ? readUser('postgres') : undefined;
  const data = mkdtempSync(join(user === undefined ? tmpdir() : '/tmp', 'cairn-postgres-'));
  if (user !== undefined) chownSync(data, user.uid, user.gid);
  const options = { ...user, cwd: '/', stdio: 'ignore' as const };
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'tester', '-A', 'trust', '-E', 'UTF8', '--no-instructions', '--no-sync'], options);
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${data}`, 'shared_buffers=16MB'];
  const server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings.flatMap((each) => ['-c', each])], options);
  const url = `postgresql://tester@127.0.0.1:${String(port)}/postgres`;
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on('error', () => undefined);
  await waitFor('the database answers', () =>
    pool.query('SELECT 1').then(
      () => true,
      () => false,
    ),
  );
  return { url, query: (text) => pool.query(text), dispose: () => stop(server, pool, data) };
}

function readUser(name: string): { readonly uid: number; readonly gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

async function stop(server: ChildProcess, pool: pg.Pool, data: string): Promise<void> {
  await pool.end();
  const gone = new Promise((resolve) => server.once('exit', resolve));
  // An interrupt ends it at once, without waiting for clients.
  server.kill('SIGINT');
  await gone;
  rmSync(data, { recursive: true, force: true });
}
