import { isAbsolute, join } from 'node:path';
import type { Faults } from '../protocol/faults.ts';
import type { SourceAccess } from '../executor/sources.ts';
import { createHttpReader } from '../integrations/http/httpReader.ts';
import { LineageLog } from '../integrations/openLineage/lineageLog.ts';
import { createPostgresReader } from '../integrations/postgres/postgresReader.ts';
import { createS3Reader } from '../integrations/s3/s3Reader.ts';
import type { AgentConfig, ReadSecret } from '../protocol/agentConfig.ts';
import type { Logger } from '../protocol/logger.ts';
import { toRunStream, type Recorded, type RunEvent } from '../protocol/runEvents.ts';
import type { RunRole } from '../protocol/roles.ts';
import type { Store, StoreEvent } from '../store/store.ts';
import type { Resolve } from './egress.ts';

/** How this agent reaches the sources of datasets. */
export function toSourceAccess(stateFolder: string, secret: ReadSecret, resolve: Resolve): SourceAccess {
  const readers = [createHttpReader(), createS3Reader(), createPostgresReader()];
  return { readers, secret, resolve, folder: join(stateFolder, 'fetched') };
}

export interface LineageLogContext {
  readonly config: AgentConfig['openLineage'];
  readonly stateFolder: string;
  readonly store: Store;
  readonly runRole: RunRole;
  readonly logger: Logger;
  readonly faults: Faults | undefined;
}

/** Follows what is committed; `undefined` = switched off. To be stopped before the store is closed. */
export function startLineageLog({ config, stateFolder, store, runRole, logger, faults }: LineageLogContext): LineageLog | undefined {
  const { file, namespace } = config;
  if (file === null) return undefined;
  const log = new LineageLog({
    file: isAbsolute(file) ? file : join(stateFolder, file),
    namespace,
    logger,
    events: {
      scan: (after, limit) => scanRuns(store, after, limit),
      read: (run) => store.events.read(toRunStream(run)).filter(isOfRun),
      versions: (dataset) => store.projections.datasetVersions(dataset, VERSIONS),
    },
    ...(faults === undefined ? {} : { hit: (point) => faults.hit(point) }),
  });
  runRole.onDidCommit(() => log.wake());
  log.wake();
  return log;
}

/** versions of a dataset among which the one that arrived is sought */
const VERSIONS = 100;
const RUNS = toRunStream('');

function scanRuns(store: Store, after: number, limit: number): ReturnType<ConstructorParameters<typeof LineageLog>[0]['events']['scan']> {
  const found = store.events.scan(after, limit);
  const events = found.flatMap(({ position, stream, recorded }) => {
    return stream.startsWith(RUNS) && isOfRun(recorded) ? [{ position, run: stream.slice(RUNS.length), recorded }] : [];
  });
  return { events, last: found.at(-1)?.position ?? after };
}

function isOfRun(recorded: Recorded<StoreEvent>): recorded is Recorded<RunEvent> {
  return /^(run|task|tasks|step)\./.test(recorded.event.type);
}
