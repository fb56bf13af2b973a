import { existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pino, type Logger as Pino } from 'pino';
import type { LogFields, Logger } from '../protocol/logger.ts';
import { AGENT_LOG_FILE } from '../protocol/wire.ts';

/** bytes after which the log of earlier starts is set aside (one generation is kept) */
const LARGEST_LOG = 8 * 1024 * 1024;
const SECRET_FIELDS = ['authorization', 'nonce', 'key', 'token', 'password', 'secret'];

/** One JSON record per line in `agent.log`, written at once, so that the last words of a dying agent are there. */
export function openLog(stateFolder: string, level: string): Logger {
  const path = join(stateFolder, AGENT_LOG_FILE);
  if (existsSync(path) && statSync(path).size > LARGEST_LOG) renameSync(path, `${path}.1`);
  const destination = pino.destination({ dest: path, append: true, sync: true, mode: 0o600 });
  const redact = { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[hidden]' };
  return toLogger(pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime, redact }, destination));
}

function toLogger(log: Pino): Logger {
  return {
    error: (message, fields) => log.error(fields ?? {}, message),
    warn: (message, fields) => log.warn(fields ?? {}, message),
    info: (message, fields) => log.info(fields ?? {}, message),
    debug: (message, fields) => log.debug(fields ?? {}, message),
    trace: (message, fields) => log.trace(fields ?? {}, message),
    child: (fields: LogFields) => toLogger(log.child({ ...fields })),
  };
}
