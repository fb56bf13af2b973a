import { openSession, type OpenSession } from './session.ts';
import { WireClient, type WireClientOptions } from './wireClient.ts';

export interface AgentClientOptions extends Omit<WireClientOptions, 'open'> {
  readonly stateFolder: string;
  /** `cli`, `extension`, `test`; for the agent's log */
  readonly client: string;
  /** How a session is opened; default: by loopback, with the key of the state folder. */
  readonly open?: OpenSession;
}

/** The agent, from any Node program: of a state folder, with its key. */
export class AgentClient extends WireClient {
  constructor({ stateFolder, client, open = openSession, ...options }: AgentClientOptions) {
    super({ ...options, open: (events) => open(stateFolder, client, events) });
  }
}
