import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { ProcessRuntimeOptions } from '../../rde-agent/runtimes/process/options.ts';
import { silentLogger } from './silentLogger.ts';

/** Options of a process runtime with the real runner, clock and variables. */
export function toProcessOptions(stateFolder: string, changes: Partial<ProcessRuntimeOptions> = {}): ProcessRuntimeOptions {
  return {
    stateFolder,
    runnerFolder: fileURLToPath(new URL('../../rde-agent/runner/python', import.meta.url)),
    logger: silentLogger,
    clock: { now: () => new Date().toISOString(), monotonic: () => performance.now() / 1000 },
    newId: () => randomUUID(),
    environment: process.env,
    ...changes,
  };
}
