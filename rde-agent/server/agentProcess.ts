import { toCairnError, type CairnError } from '../protocol/errors.ts';
import { ALREADY_RUNNING } from '../client/launchAgent.ts';
import { startAgent, type Agent, type AgentOptions } from './agent.ts';
import { parseAgentArguments } from './agentArguments.ts';
import { watchIdle } from './idle.ts';
import { findPlaces } from './places.ts';

/** milliseconds for everything to end after a request to stop; past it the process ends anyway and the next start recovers */
const STOP_LIMIT = 15_000;

/**
 * The agent as a process of its own: starts it as the command line says, and ends it on a signal, on request, or when nobody needs it.
 * Never rejects: what prevents a start is the last line of the log and the exit code.
 */
export async function runAgentProcess(argv: readonly string[], compose: AgentOptions['compose']): Promise<void> {
  try {
    const { stateFolder, idleExit, logLevel } = parseAgentArguments(argv, process.env);
    const { portalFolder } = findPlaces(import.meta.url);
    const ending = Promise.withResolvers<void>();
    const agent = await startAgent({ stateFolder, logLevel, portalFolder, compose, onStopRequested: () => ending.resolve() });
    listenToProcess(agent, () => ending.resolve());
    if (idleExit !== undefined) watchIdle(agent, idleExit, () => ending.resolve());
    await ending.promise;
    setTimeout(() => process.exit(1), STOP_LIMIT).unref();
    await agent.stop();
    process.exit(0);
  } catch (thrown) {
    fail(thrown);
  }
}

function listenToProcess(agent: Agent, stop: () => void): void {
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => undefined); // the terminal that started us may close
  const report = (thrown: unknown): void => agent.logger.error('bug', { stack: thrown instanceof Error ? thrown.stack : String(thrown) });
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
}

/** The last line of the log says why there is no agent, in the form that whoever launched it reads. */
function fail(thrown: unknown): never {
  const error: CairnError = toCairnError(thrown);
  const stack = error.code === 'internal' && thrown instanceof Error ? { stack: thrown.stack } : {};
  console.error(
    JSON.stringify({
      level: 60,
      time: new Date().toISOString(),
      code: error.code,
      cause: error.message,
      next: error.next,
      ...stack,
      msg: 'agent not started',
    }),
  );
  process.exit(error.code === 'agent-already-running' ? ALREADY_RUNNING : 1);
}
