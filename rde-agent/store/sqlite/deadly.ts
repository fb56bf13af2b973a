import { createFaults, type Faults } from '../../protocol/faults.ts';

/** Kills the whole process at a point, as a crash would, from whichever of its threads. */
export function toDeadly(spec: string | undefined): Faults | undefined {
  return spec === undefined ? undefined : createFaults(spec, () => process.kill(process.pid, 'SIGKILL'));
}
