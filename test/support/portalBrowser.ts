import { request, type IncomingHttpHeaders } from 'node:http';
import type { WebSocket } from 'ws';
import { dial } from './rawSocket.ts';
import type { TestAgent } from './agent.ts';

export interface PortalAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Headers = { readonly [name: string]: string | undefined };

/** A browser as the agent sees one: a page of the portal's own origin that asks, with the cookie that it was given. */
export class PortalBrowser {
  readonly #agent: TestAgent;
  readonly #host: string;
  setCookie = '';

  constructor(agent: TestAgent, name = '127.0.0.1') {
    this.#agent = agent;
    this.#host = `${name}:${String(agent.port)}`;
  }

  /** One that has used a fresh code. */
  static async signedIn(agent: TestAgent, name?: string): Promise<PortalBrowser> {
    const { code } = await agent.connect().request('portal.open', {});
    const browser = new PortalBrowser(agent, name);
    const { status, body } = await browser.signIn(code);
    if (status !== 200) throw new Error(`not signed in: ${String(status)} ${body}`);
    return browser;
  }

  get cookie(): string {
    return this.setCookie.split(';', 1)[0] ?? '';
  }

  async signIn(code: string): Promise<PortalAnswer> {
    const answer = await this.post('/portal/session', JSON.stringify({ code }));
    this.setCookie = answer.headers['set-cookie']?.[0] ?? '';
    return answer;
  }

  get(path: string, headers: Headers = {}): Promise<PortalAnswer> {
    return this.send('GET', path, headers);
  }

  post(path: string, body: string, headers: Headers = {}): Promise<PortalAnswer> {
    return this.send('POST', path, { 'content-type': 'application/json', ...headers }, body);
  }

  delete(path: string): Promise<PortalAnswer> {
    return this.send('DELETE', path, {});
  }

  /** As the address bar asks. */
  page(path: string): Promise<PortalAnswer> {
    return this.send('GET', path, { origin: undefined, 'sec-fetch-site': 'none' });
  }

  /** The socket as a page opens it. Rejects when it is refused. */
  async socket(): Promise<WebSocket> {
    const dialled = await dial(this.#agent, { origin: `http://${this.#host}`, headers: { host: this.#host, cookie: this.cookie } });
    if (dialled.kind === 'refused') throw new Error(`refused with ${String(dialled.status)}`);
    return dialled.socket;
  }

  send(method: string, path: string, headers: Headers, body?: string): Promise<PortalAnswer> {
    const all: Headers = { host: this.#host, origin: `http://${this.#host}`, cookie: this.cookie, ...headers };
    const given = Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1])));
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.#agent.port, method, path, headers: given, agent: false as const };
      const sent = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => void chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
