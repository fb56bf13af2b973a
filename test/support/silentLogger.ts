import type { Logger } from '../../rde-agent/protocol/logger.ts';

const nothing = (): void => undefined;

/** For tests that do not look at what is logged. */
export const silentLogger: Logger = {
  error: nothing,
  warn: nothing,
  info: nothing,
  debug: nothing,
  trace: nothing,
  child: () => silentLogger,
};
