import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentClient, type AgentClientOptions } from '../../rde-agent/client/agentClient.ts';
import { findReachable, LEAN_FLAGS } from '../../rde-agent/client/launchAgent.ts';
import { AGENT_LOG_FILE, type LockFile } from '../../rde-agent/protocol/wire.ts';
import { waitFor } from './waitFor.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The bundle that ships; made by `npm run build`. */
const AGENT_BUNDLE = join(ROOT, 'dist/agent/agent.mjs');
const FAKE_AGENT = join(ROOT, 'test/support/fakeAgent.ts');

export interface TestAgentOptions {
  /** `fake` = the real process around roles that do nothing */
  readonly kind?: 'real' | 'fake';
  readonly args?: readonly string[];
  readonly env?: { readonly [name: string]: string };
  /** a program with arguments that starts it: it must become the agent, not its parent */
  readonly through?: readonly string[];
  /** a folder that is there already; it is then not removed */
  readonly stateFolder?: string;
}

/** One agent process on a state folder of its own, and clients of it. */
export class TestAgent {
  readonly stateFolder: string;
  readonly #options: TestAgentOptions;
  readonly #clients: AgentClient[] = [];
  #child: ChildProcess | undefined;
  #lock: LockFile | undefined;

  constructor(options: TestAgentOptions = {}) {
    this.#options = options;
    this.stateFolder = options.stateFolder ?? realpathSync(mkdtempSync(join(tmpdir(), 'cairn-agent-')));
  }

  static async start(options: TestAgentOptions = {}): Promise<TestAgent> {
    const agent = new TestAgent(options);
    await agent.start();
    return agent;
  }

  /** The program that is started. */
  get entry(): string {
    return this.#options.kind === 'fake' ? FAKE_AGENT : AGENT_BUNDLE;
  }

  get port(): number {
    return this.#lock?.port ?? 0;
  }

  get pid(): number {
    return this.#lock?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get log(): string {
    const path = join(this.stateFolder, AGENT_LOG_FILE);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  /** Starts it (again), with more variables for this time, and waits until it answers. */
  async start(env: TestAgentOptions['env'] = {}): Promise<void> {
    const child = this.spawn([], env);
    this.#child = child;
    this.#lock = await waitFor('the agent answers', async () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the agent ended (${String(child.exitCode ?? child.signalCode)}):\n${this.log}`);
      const lock = await findReachable(this.stateFolder);
      return lock?.pid === child.pid ? lock : undefined;
    });
  }

  /** A process of the agent that nobody waits for; its output is dropped but for the log. */
  spawn(extra: readonly string[] = [], more: TestAgentOptions['env'] = {}): ChildProcess {
    const args = [...LEAN_FLAGS, this.entry, '--state', this.stateFolder, '--log', 'debug', ...(this.#options.args ?? []), ...extra];
    const env = { ...process.env, CAIRN_HOME: this.stateFolder, ...this.#options.env, ...more };
    const [program = '', ...before] = [...(this.#options.through ?? []), process.execPath];
    return spawn(program, [...before, ...args], { stdio: ['ignore', 'ignore', 'pipe'], env });
  }

  /** A connection that is closed with the agent. */
  connect(options: Partial<AgentClientOptions> = {}): AgentClient {
    const client = new AgentClient({ stateFolder: this.stateFolder, client: 'test', ...options });
    this.#clients.push(client);
    return client;
  }

  /** Ends the process at once, as a crash would. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Resolves when the process has ended by itself, with what ended it. */
  async died(): Promise<NodeJS.Signals | number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    await waitFor('the agent has died', () => child.exitCode !== null || child.signalCode !== null);
    return child.signalCode ?? child.exitCode;
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return await exit;
  }

  /** Closes clients, ends the agent, and fails when it left a process behind. */
  async dispose(): Promise<void> {
    for (const client of this.#clients) client.dispose();
    await this.end('SIGTERM');
    const left = listProcessesOf(this.stateFolder);
    if (this.#options.stateFolder === undefined) rmSync(this.stateFolder, { recursive: true, force: true, maxRetries: 3 });
    if (left.length > 0) throw new Error(`processes left over: ${left.join(', ')}`);
  }
}

/**
 * Ends whatever names a state folder, and resolves when nothing is left: of several agents that were launched at once, a loser may still
 * be on its way up when the winner has ended, and would then take its place.
 */
export async function endProcessesOf(stateFolder: string): Promise<void> {
  await waitFor('the processes of a state folder to end', () => {
    const left = listProcessesOf(stateFolder);
    for (const process of left) endProcess(Number(process.split(' ', 1)[0]));
    return left.length === 0;
  });
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile, which is what is wanted.
  }
}

/** Living processes whose environment names a state folder; Linux only (elsewhere: none). Zombies count as dead. */
export function listProcessesOf(stateFolder: string): string[] {
  if (process.platform !== 'linux') return [];
  // What the agent starts itself gets no CAIRN_HOME but a mark of its owner.
  const marker = `CAIRN_OWNER=${createHash('sha256').update(stateFolder).digest('hex').slice(0, 32)}:`;
  return listPids().flatMap((pid) => {
    const variables = readProc(pid, 'environ')?.split('\0') ?? [];
    const dead = /^\d+ \(.*\) [ZX]/s.test(readProc(pid, 'stat') ?? '1 () X');
    const ours =
      variables.some((variable) => variable === `CAIRN_HOME=${stateFolder}` || variable.startsWith(marker)) && pid !== String(process.pid);
    return ours && !dead ? [`${pid} ${(readProc(pid, 'cmdline') ?? '').replaceAll('\0', ' ')}`] : [];
  });
}

function listPids(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

function readProc(pid: string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined; // it has ended, or belongs to somebody else
  }
}
