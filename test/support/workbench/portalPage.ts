import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import type { AgentClient } from '../../../rde-agent/client/agentClient.ts';
import { root as checkout } from '../../../tools/setup/paths.mjs';
import type { TestAgent } from '../agent.ts';
import { startBrowser } from './browser.ts';

const PICTURES = path.join(checkout, 'build/screenshots');

/** The portal of an agent in a browser of its own, with what went wrong in it and what it has asked. */
export class PortalPage implements AsyncDisposable {
  readonly base: string;
  readonly page: Page;
  readonly context: BrowserContext;
  /** what the policy refused, and what a script threw */
  readonly problems: string[] = [];
  /** methods that were sent over its sockets */
  readonly asked: string[] = [];
  readonly #profile: string;
  readonly #client: AgentClient;

  private constructor(agent: TestAgent, client: AgentClient, context: BrowserContext, profile: string, page: Page) {
    this.base = `http://127.0.0.1:${String(agent.port)}`;
    this.#client = client;
    this.context = context;
    this.#profile = profile;
    this.page = page;
    this.#watch();
  }

  static async open(agent: TestAgent, client: AgentClient): Promise<PortalPage> {
    const profile = mkdtempSync(path.join(tmpdir(), 'cairn-portal-'));
    const context = await startBrowser(profile);
    mkdirSync(PICTURES, { recursive: true });
    return new PortalPage(agent, client, context, profile, context.pages()[0] ?? (await context.newPage()));
  }

  /** Types a fresh code where the page asks for one. */
  async signIn(): Promise<void> {
    const { code } = await this.#client.request('portal.open', {});
    await this.page.getByLabel('Code').fill(code);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
  }

  async shoot(name: string): Promise<void> {
    await this.page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }

  /** A refused sign-in is told by the browser as well, and is meant. */
  #watch(): void {
    this.page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) this.problems.push(message.text());
    });
    this.page.on('pageerror', (error) => this.problems.push(String(error)));
    this.page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        const method = /"method":"([\w.$/]+)"/.exec(String(payload))?.[1];
        if (method !== undefined) this.asked.push(method);
      }),
    );
  }
}
