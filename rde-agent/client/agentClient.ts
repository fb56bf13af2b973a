import type { Session, SessionEvents } from './clientSession.ts';
import { WireClient, type WireClientOptions } from './wireClient.ts';

export type OpenSession = (stateFolder: string, client: string, events: SessionEvents) => Promise<Session>;

export interface AgentClientOptions extends Omit<WireClientOptions, 'open'> {
  readonly stateFolder: string;
  /** `cli`, `extension`, `test`; for the agent's log */
  readonly client: string;
  /** How a session is opened; default: by loopback, with the key of the state folder. */
  readonly open?: OpenSession;
}

/** The agent, from any Node program: of a state folder, with its key. */
export class AgentClient extends WireClient {
  constructor({ stateFolder, client, open = openByLoopback, ...options }: AgentClientOptions) {
    super({ ...options, open: (events) => open(stateFolder, client, events) });
  }
}

/** What speaks over a socket is loaded with the first session: an editor starts without it. */
async function openByLoopback(...[stateFolder, client, events]: Parameters<OpenSession>): Promise<Session> {
  const { openSession } = await import('./session.ts');
  return openSession(stateFolder, client, events);
}
