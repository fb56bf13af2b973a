import type { Clock, NewId } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/logger.ts';

export interface ProcessLimits {
  /** children forked ahead and waiting, for each environment */
  readonly spares: number;
  /** warm environments; above it the one unused for longest ends */
  readonly zygotes: number;
  /** kept interpreters that wait for their next batch, over all environments; above it the one unused for longest ends */
  readonly kept: number;
  /** seconds after which a kept interpreter that waits is ended */
  readonly keptIdleSeconds: number;
  /** bytes of one message of a worker; more is nonsense */
  readonly lineBytes: number;
  /** seconds for a zygote or a fresh interpreter to say hello */
  readonly startSeconds: number;
  /** seconds between SIGTERM and SIGKILL */
  readonly graceSeconds: number;
  /** seconds for which the streams of an ended process are read on */
  readonly drainSeconds: number;
  /** seconds for a process to leave after its answer */
  readonly leaveSeconds: number;
  /** seconds after which an environment whose zygote kept failing is tried again */
  readonly quarantineSeconds: number;
}

export const DEFAULT_LIMITS: ProcessLimits = {
  spares: 1,
  zygotes: 6,
  kept: 4,
  keptIdleSeconds: 300,
  lineBytes: 16 * 1024 * 1024,
  startSeconds: 30,
  graceSeconds: 2,
  drainSeconds: 1,
  leaveSeconds: 5,
  quarantineSeconds: 30,
};

export interface ProcessRuntimeOptions {
  /** environments, tools and sockets are kept in it; must exist */
  readonly stateFolder: string;
  /** folder that holds the Python package `cairn` */
  readonly runnerFolder: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly newId: NewId;
  /** the agent's own variables: little of them reaches installers, next to nothing tasks */
  readonly environment: { readonly [name: string]: string | undefined };
  readonly limits?: Partial<ProcessLimits>;
  /** the program uv; otherwise it is looked for, or installed */
  readonly uv?: string;
}
