import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter, type MessageConnection } from 'vscode-jsonrpc/node';

/** What a server tells of one file. Lines and characters from 0. */
export interface Told {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly ToldDiagnostic[];
}

export interface ToldDiagnostic {
  readonly range: TextRange;
  readonly message: string;
  readonly code?: string | number;
  readonly severity?: number;
}

export interface TextRange {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

export interface ServerProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly initializationOptions?: unknown;
  /** answers of `workspace/configuration` by section */
  readonly settings?: { readonly [section: string]: unknown };
}

/** Our own server, from source. */
export const ourServer: ServerProgram = {
  program: process.execPath,
  args: [join(import.meta.dirname, '../../language/server/main.ts'), '--stdio'],
};

/** A language server in a process of its own, spoken to over stdio as an editor does. */
export class LanguageClient implements AsyncDisposable {
  readonly connection: MessageConnection;
  readonly process: ChildProcess;
  readonly #root: string;
  readonly #versions = new Map<string, number>();
  readonly #told = new Map<string, Told>();
  readonly #listeners = new Set<(told: Told) => void>();

  private constructor(root: string, { program, args, settings }: ServerProgram) {
    this.#root = root;
    this.process = spawn(program, [...args], { cwd: root, stdio: ['pipe', 'pipe', 'ignore'] });
    const { stdin, stdout } = this.process;
    if (stdin === null || stdout === null) throw new Error('no pipes');
    this.connection = createMessageConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
    this.connection.onNotification('textDocument/publishDiagnostics', (told: Told) => {
      this.#told.set(told.uri, told);
      for (const listener of this.#listeners) listener(told);
    });
    this.connection.onRequest('workspace/configuration', ({ items }: { items: { section?: string }[] }) =>
      items.map(({ section }) => settings?.[section ?? ''] ?? null),
    );
    this.connection.onRequest('client/registerCapability', () => null);
    this.connection.listen();
  }

  static async start(root: string, server: ServerProgram = ourServer): Promise<LanguageClient> {
    const client = new LanguageClient(root, server);
    const rootUri = pathToFileURL(root).href;
    await client.connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri,
      workspaceFolders: [{ uri: rootUri, name: 'root' }],
      initializationOptions: server.initializationOptions,
      capabilities: {
        textDocument: { publishDiagnostics: { versionSupport: true }, synchronization: {} },
        workspace: { configuration: true, workspaceFolders: true, didChangeWatchedFiles: { dynamicRegistration: true } },
      },
    });
    await client.connection.sendNotification('initialized', {});
    return client;
  }

  uri(path: string): string {
    return pathToFileURL(join(this.#root, path)).href;
  }

  async open(path: string, text: string, languageId = path.endsWith('.py') ? 'python' : 'yaml'): Promise<void> {
    this.#versions.set(path, 1);
    await this.connection.sendNotification('textDocument/didOpen', { textDocument: { uri: this.uri(path), languageId, version: 1, text } });
  }

  /** Replaces a stretch, or the whole text where no range is given; answers the version that this made. */
  async change(path: string, text: string, range?: TextRange): Promise<number> {
    const version = (this.#versions.get(path) ?? 1) + 1;
    this.#versions.set(path, version);
    const contentChanges = [range === undefined ? { text } : { range, text }];
    await this.connection.sendNotification('textDocument/didChange', { textDocument: { uri: this.uri(path), version }, contentChanges });
    return version;
  }

  request<T>(method: string, params: unknown): Promise<T> {
    return this.connection.sendRequest<T>(method, params);
  }

  at(path: string, line: number, character: number) {
    return { textDocument: { uri: this.uri(path) }, position: { line, character } };
  }

  /** The newest that was told of a file. */
  told(path: string): Told | undefined {
    return this.#told.get(this.uri(path));
  }

  /** Waits until a file was told in a way that fits; what was told before counts too. */
  async until(path: string, fits: (told: Told) => boolean, seconds = 30): Promise<Told> {
    const uri = this.uri(path);
    const known = this.#told.get(uri);
    if (known !== undefined && fits(known)) return known;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#listeners.delete(listener);
        reject(new Error(`${path} was told as ${JSON.stringify(this.#told.get(uri)?.diagnostics.slice(0, 3))}`));
      }, seconds * 1000);
      const listener = (told: Told): void => {
        if (told.uri !== uri || !fits(told)) return;
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve(told);
      };
      this.#listeners.add(listener);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.dispose();
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }
}
