import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { readKey } from '../../rde-agent/client/credentials.ts';
import { toToken } from '../../rde-agent/client/token.ts';
import { OPERATIONS, type OperationName } from '../../rde-agent/protocol/operations.ts';
import { KEY_HEADER, ROUTES, toPathParams } from '../../rde-agent/protocol/routes.ts';
import { PROTOCOL_VERSION, SESSION } from '../../rde-agent/protocol/wire.ts';
import type { TestAgent } from './agent.ts';
import { runCairn } from './cli.ts';
import { PortalBrowser } from './portalBrowser.ts';
import { authorize, RawSocket } from './rawSocket.ts';

export type Params = { readonly [name: string]: unknown };

/** What a surface answered: a document, lines of them, or the error. */
export type Answer = unknown;

/** The three ways of one operation: as a command, over HTTP, and as a page of the portal asks. */
export class Surfaces {
  readonly #agent: TestAgent;
  #browser: PortalBrowser | undefined;
  #socket: RawSocket | undefined;

  constructor(agent: TestAgent) {
    this.#agent = agent;
  }

  async rest(name: OperationName, params: Params): Promise<Answer> {
    const route = ROUTES[name];
    const inPath = toPathParams(route);
    const path = route.path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(params[key])));
    const others = Object.entries(params).filter(([key]) => !inPath.includes(key) && !(OPERATIONS[name].mutates && key === 'key'));
    const isGet = route.method === 'GET';
    const query = new URLSearchParams(others.map(([key, value]) => [key, String(value)]));
    const response = await fetch(
      `http://127.0.0.1:${String(this.#agent.port)}${path}${isGet && query.size > 0 ? `?${query.toString()}` : ''}`,
      {
        method: route.method,
        headers: { ...(await this.#toHeaders(name)), ...(typeof params['key'] === 'string' ? { [KEY_HEADER]: params['key'] } : {}) },
        ...(isGet ? {} : { body: JSON.stringify(Object.fromEntries(others)) }),
      },
    );
    return response.json();
  }

  /** What no token allows takes the proof of the key. */
  async #toHeaders(name: OperationName): Promise<{ readonly [name: string]: string }> {
    const level = OPERATIONS[name].action === 'administer' ? undefined : 'write';
    const expires = Math.floor(Date.now() / 1000) + 3600;
    const authorization =
      level === undefined ? await authorize(this.#agent) : `Bearer ${toToken(readKey(this.#agent.stateFolder), { level, expires })}`;
    return { authorization, 'content-type': 'application/json' };
  }

  /** Over the socket that the cookie opens. */
  async portal(name: OperationName, params: Params): Promise<Answer> {
    this.#socket ??= await this.#openSocket();
    const { result, error } = await this.#socket.ask(name, params);
    return error === undefined ? result : { v: 1, error: { code: error.data?.code, message: error.message, next: error.data?.next } };
  }

  async #openSocket(): Promise<RawSocket> {
    this.#browser = await PortalBrowser.signedIn(this.#agent);
    const socket = new RawSocket(await this.#browser.socket());
    await socket.ask(SESSION.hello, { versions: [PROTOCOL_VERSION], client: 'portal' });
    return socket;
  }

  /** Documents that a command printed, and its error if it failed. */
  async cli(argv: readonly string[], cwd: string): Promise<readonly Answer[]> {
    const { out, err } = await runCairn([...argv, '--json'], { cwd, stateFolder: this.#agent.stateFolder });
    const lines = out.split('\n').filter((line) => line !== '');
    const failed = err.split('\n').filter((line) => line.startsWith('{'));
    return [...lines, ...failed].map((line): unknown => JSON.parse(line));
  }

  /** After it was signed out, or the agent has started again. */
  forget(): void {
    this.#socket?.socket.terminate();
    this.#socket = undefined;
  }
}

/** Resolves with what `run.show` answers when the run has ended. */
export async function waitForRun(client: AgentClient, run: string): Promise<unknown> {
  for (let after = ''; ;) {
    const page = await client.request('run.logs', { run, wait: true, ...(after === '' ? {} : { after }) });
    if (page.done) return client.request('run.show', { run });
    ({ after } = page);
  }
}
