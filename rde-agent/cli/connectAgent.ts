import { fileURLToPath } from 'node:url';
import { AgentClient } from '../client/agentClient.ts';
import { launchAgent, type Launched } from '../client/launchAgent.ts';
import type { Environment } from '../client/stateFolder.ts';

/** seconds after which an agent that was started on demand and is not needed ends */
const IDLE_EXIT = '3600';

/** A connection to the agent of a state folder; one is started when none runs. `onStart` is told before. */
export function connectAgent(stateFolder: string, env: Environment, onStart: () => void): AgentClient {
  const ensureAgent = async (): Promise<void> => {
    onStart();
    await startLocalAgent(stateFolder, env);
  };
  return new AgentClient({ stateFolder, client: 'cli', ensureAgent, patience: 30_000 });
}

/** Starts the agent that lies beside this program, on the same Node. */
export function startLocalAgent(stateFolder: string, env: Environment): Promise<Launched> {
  return launchAgent({
    execPath: process.execPath,
    agentEntry: findAgentEntry(import.meta.url),
    stateFolder,
    env,
    args: ['--idle-exit', IDLE_EXIT],
  });
}

/** In a bundle `agent.mjs` is beside us; in a checkout the agent is run from its source. */
function findAgentEntry(module: string): string {
  return fileURLToPath(new URL(module.endsWith('.ts') ? '../server/main.ts' : './agent.mjs', module));
}
