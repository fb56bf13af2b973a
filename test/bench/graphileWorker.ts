import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installNpmPeers, toPeerFolder } from './peers.ts';
import type { Contestant } from './samples.ts';

const PACKAGES = ['graphile-worker@0.18.0', 'pg@8.23.1'];

interface Pool {
  on(event: 'error', listener: () => void): unknown;
  end(): Promise<void>;
}
interface Runner {
  stop(): Promise<void>;
  addJob(name: string, payload: object): Promise<unknown>;
}
interface Graphile {
  readonly Logger: new (factory: () => () => void) => object;
  run(options: object): Promise<Runner>;
}

/**
 * graphile-worker: a durable job queue on PostgreSQL with LISTEN/NOTIFY. One sample = add a job until its task function has
 * run and the job's completion is committed. Its task runs inside the worker's own process: no isolation.
 */
export async function startGraphileWorker(url: string): Promise<Contestant & { dispose(): Promise<void> }> {
  const folder = toPeerFolder('graphile-worker');
  installNpmPeers(folder, PACKAGES);
  const require = createRequire(join(folder, 'package.json'));
  const { run, Logger } = (await import(pathToFileURL(require.resolve('graphile-worker')).href)) as Graphile;
  const { Pool } = require('pg') as { readonly Pool: new (options: object) => Pool };
  const pool = new Pool({ connectionString: url, max: 4 });
  pool.on('error', () => undefined); // its server is ended while connections are still open
  const events = new EventEmitter();
  const logger = new Logger(() => () => undefined);
  const runner = await run({ pgPool: pool, concurrency: 1, noHandleSignals: true, events, logger, taskList: { noop: () => undefined } });
  return {
    name: 'graphile-worker',
    once: async () => {
      const done = new Promise((resolve) => events.once('job:complete', resolve));
      const began = performance.now();
      await runner.addJob('noop', { x: 1 });
      await done;
      return performance.now() - began;
    },
    dispose: async () => {
      await runner.stop();
      await pool.end();
    },
  };
}
