import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { root } from '../../../tools/setup/paths.mjs';
import { installExtension, portIn, prepareProfile, serverArguments, withoutGallery } from '../../../tools/vscode/launch.mjs';

export interface ServerOptions {
  /** Folder of its own for settings, extensions and data; made when it does not exist. */
  readonly profile: string;
  /** The packaged extension to install; without it the bare editor starts. */
  readonly vsix?: string;
  /** Others that are installed beside it. */
  readonly moreExtensions?: readonly string[];
  /** User settings beside the quiet ones of tools/vscode/launch.mjs, e.g. `workbench.colorTheme`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The whole environment of server and extension host; that of the test where absent. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folders are not trusted until a person trusts them; without it all are. */
  readonly untrusted?: boolean;
  /** Covers the repository with an empty folder for the server and all it starts (Linux, root): what they find is in the VSIX. */
  readonly hideRepository?: boolean;
}

/** A running VS Code server with its extension hosts; disposing ends all of them and waits for it. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** Address of the workbench on a folder; `payload` as VS Code takes it in the address. */
  addressOf(folder: string, payload?: readonly (readonly [string, string])[]): string;
  /** Lines about extension hosts that ended other than by themselves: a killed host looks like success elsewhere. */
  brokenHosts(): readonly string[];
}

const readyWithinMilliseconds = 60_000;

/** Starts a server on a free port. Fails with its output when it ends, or does not listen within a minute. */
export async function startServer(options: ServerOptions): Promise<Server> {
  prepareProfile(options.profile, options.settings);
  for (const vsix of [...(options.vsix === undefined ? [] : [options.vsix]), ...(options.moreExtensions ?? [])])
    await installExtension(options.profile, vsix);
  const child = launch(options);
  const broken: string[] = [];
  child.stdout?.on('data', (data: Buffer) => broken.push(...brokenHostsIn(String(data))));
  try {
    const port = await listening(child);
    return {
      port,
      addressOf: (folder, payload) => toAddress(port, folder, payload),
      brokenHosts: () => broken,
      [Symbol.asyncDispose]: () => end(child),
    };
  } catch (error) {
    await end(child);
    throw error;
  }
}

function launch(options: ServerOptions): ChildProcess {
  const args = serverArguments(options.profile, { driver: true, trust: options.untrusted !== true });
  const [program, all] = options.hideRepository ? hidden(args) : [process.execPath, args];
  // A group of its own, so that disposing reaches what the server started.
  const environment = withoutGallery({ ...(options.environment ?? process.env) });
  return spawn(program, all, { cwd: options.profile, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
}

/** In a mount namespace of its own, which ends with the server: nobody else sees the repository covered. */
function hidden(args: readonly string[]): [string, readonly string[]] {
  const cover = '/bin/mount -t tmpfs none "$1" && shift && exec "$@"';
  return ['/usr/bin/unshare', ['--mount', '/bin/sh', '-c', cover, 'sh', path.resolve(root), process.execPath, ...args]];
}

async function listening(child: ChildProcess): Promise<number> {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => reject(new Error(`the VS Code server ${what}:\n${output.slice(-3000)}`));
    const timer = setTimeout(() => fail('does not listen'), readyWithinMilliseconds);
    const read = (data: Buffer): void => {
      output += String(data);
      const port = portIn(output);
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(port);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', (error) => fail(`cannot be started (${error.message})`));
    child.once('exit', (code) => fail(`ended with ${code}`));
  });
}

function toAddress(port: number, folder: string, payload: readonly (readonly [string, string])[] = []): string {
  const extra = payload.length > 0 ? `&payload=${encodeURIComponent(JSON.stringify(payload))}` : '';
  return `http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}${extra}`;
}

function brokenHostsIn(text: string): string[] {
  return [...text.matchAll(/Extension Host Process exited with code: (\S+), signal: (\S+)/g)]
    .filter(([, code]) => code !== '0,' && code !== '0')
    .map(([line]) => line);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => killGroup(child.pid), 5_000);
  await gone;
  clearTimeout(timer);
  killGroup(child.pid);
}

/** Extension hosts can outlive their server by seconds. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
