import type { AgentClient } from '../client/agentClient.ts';
import { toStateFolder, type Environment } from '../client/stateFolder.ts';
import { CairnError } from '../protocol/errors.ts';
import { toLineJson } from '../protocol/lineJson.ts';
import { findWorkspace, toUserFolder } from './findWorkspace.ts';
import { createProgressLine, type ProgressLine } from './progressLine.ts';
import { createPaint, guardStream, wantsColour, type Paint, type TextStream } from './terminal.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly workspace?: string;
  readonly agent?: string;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly input: boolean;
}

/** What a command is given: where the user is, how to answer, and the agent when it asks for it. */
export class CommandContext {
  readonly options: GlobalOptions;
  readonly env: Environment;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly paint: Paint;
  readonly progress: ProgressLine;
  readonly folder: string;
  readonly stateFolder: string;
  /** aborted by the first Ctrl-C */
  readonly interrupted: AbortSignal;
  #client: AgentClient | undefined;

  constructor(
    options: GlobalOptions,
    host: { env: Environment; cwd: string; stdout: TextStream; stderr: TextStream; interrupted: AbortSignal },
  ) {
    this.options = options;
    this.env = host.env;
    const colour = wantsColour(host.stdout, host.env);
    this.stdout = guardStream(host.stdout, colour);
    this.stderr = guardStream(host.stderr, wantsColour(host.stderr, host.env));
    this.interrupted = host.interrupted;
    this.folder = toUserFolder(host.cwd, host.env);
    this.stateFolder = toStateFolder(host.env);
    this.paint = createPaint(colour);
    this.progress = createProgressLine(host.stderr, host.stderr.isTTY === true && !options.quiet && host.env['TERM'] !== 'dumb');
    if (options.agent !== undefined && options.agent !== 'local') {
      throw new CairnError('not-supported', `--agent ${options.agent}: this version knows the local agent only.`, {
        next: 'Leave --agent out, or write --agent local.',
      });
    }
  }

  /** Root of the workspace. Throws `no-workspace`. */
  root(): string {
    return findWorkspace(this.folder, this.options.workspace);
  }

  /** The agent, started when none runs. Connecting begins at the first call. */
  async agent(): Promise<AgentClient> {
    if (this.#client === undefined) {
      const { connectAgent } = await import('./connectAgent.ts');
      this.#client = connectAgent(this.stateFolder, this.env, () => this.progress.show('starting the agent'));
    }
    return this.#client;
  }

  /** One document for machines, or a text for people. */
  answer(document: object, text: () => string): void {
    this.progress.clear();
    this.stdout.write(this.options.json ? `${toLineJson(document)}\n` : text());
  }

  /** One line of a stream for machines. */
  line(document: object): void {
    this.stdout.write(`${toLineJson(document)}\n`);
  }

  /** Something beside the answer, for people. */
  note(text: string): void {
    if (!this.options.quiet) this.progress.around(() => this.stderr.write(`${text}\n`));
  }

  dispose(): void {
    this.progress.clear();
    this.#client?.dispose();
  }
}
