import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { AgentConfig, ReadSecret, SecretProvider } from '../protocol/agentConfig.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Environment } from '../client/stateFolder.ts';

export interface SecretsOptions {
  readonly providers: AgentConfig['secrets'];
  readonly env: Environment;
  /** files are relative to it, and commands run in it */
  readonly stateFolder: string;
  /** monotonic seconds */
  readonly now: () => number;
  /** seconds that a command may take; default 10 */
  readonly patience?: number;
}

/** seconds that a value is remembered, so that a fan-out asks its provider once; a secret that is changed is known everywhere after it */
const REMEMBERED = 30;
/** bytes of a file or of a command's output that are looked at */
const LARGEST = 65_536;

/**
 * Values of secrets by name: from the provider that agent.yaml names, else from the variable `CAIRN_SECRET_<NAME>` of the agent's process.
 * A value is the first line of what the provider gives and is never empty. Errors name the secret and what its provider is, never anything
 * that the provider said.
 */
export function createReadSecret(options: SecretsOptions): ReadSecret {
  const remembered = new Map<string, { readonly value: Promise<string>; readonly until: number }>();
  return async (name, signal) => {
    const known = remembered.get(name);
    if (known !== undefined && known.until > options.now()) return waitOrAbort(known.value, signal);
    const value = read(name, options);
    remembered.set(name, { value, until: options.now() + REMEMBERED });
    value.catch(() => remembered.delete(name)); // a failure is asked again
    return waitOrAbort(value, signal);
  };
}

/** One asker that gives up does not end the question of the others. */
async function waitOrAbort(value: Promise<string>, signal: AbortSignal): Promise<string> {
  if (signal.aborted) throw new CairnError('cancelled', 'Cancelled.');
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(new CairnError('cancelled', 'Cancelled.'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([value, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function read(name: string, options: SecretsOptions): Promise<string> {
  const provider = Object.hasOwn(options.providers, name) ? options.providers[name] : undefined;
  const text = await readProvider(name, provider ?? { env: `CAIRN_SECRET_${name}` }, options);
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '') throw toMissing(name, 'its provider gave an empty first line');
  return line;
}

function readProvider(name: string, provider: SecretProvider, options: SecretsOptions): Promise<string> {
  if ('env' in provider) return readVariable(name, provider.env, options.env);
  if ('file' in provider) return readSecretFile(name, resolve(options.stateFolder, provider.file));
  return runCommand(name, provider.command, options);
}

function readVariable(name: string, variable: string, env: Environment): Promise<string> {
  const value = env[variable];
  if (value !== undefined && value !== '') return Promise.resolve(value);
  return Promise.reject(toMissing(name, `variable ${variable} of the agent's process is not set`));
}

/** The mode is looked at on the open file, so that it cannot be another one by the time it is read. */
async function readSecretFile(name: string, path: string): Promise<string> {
  const file = await openSecretFile(name, path);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw toMissing(name, `${path} is not a file`);
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
      throw new CairnError('secret-missing', `Secret ${name}: ${path} can be read by other users, so it is not used.`, {
        next: `Run: chmod 600 '${path}'. If others may have read it, change the secret.`,
      });
    }
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LARGEST), 0, LARGEST, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function openSecretFile(name: string, path: string): Promise<Awaited<ReturnType<typeof open>>> {
  try {
    // A pipe without a writer must not keep the agent waiting.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    throw toMissing(name, `${path} cannot be read`, thrown);
  }
}

/** No shell: the words of the list are the program and its arguments. What it writes on its error stream may hold secrets and is dropped. */
function runCommand(name: string, command: readonly string[], options: SecretsOptions): Promise<string> {
  const [program = '', ...args] = command;
  const patience = options.patience ?? 10;
  return new Promise((resolveText, reject) => {
    const settings = {
      cwd: options.stateFolder,
      env: { ...options.env },
      timeout: patience * 1000,
      killSignal: 'SIGKILL',
      maxBuffer: LARGEST,
      windowsHide: true,
    } as const;
    const child = execFile(program, args, settings, (error, stdout) => {
      if (error === null) resolveText(stdout);
      else reject(toMissing(name, `command ${program} ${describe(error, patience)}`));
    });
    child.stdin?.end();
  });
}

function describe(error: Error & { readonly code?: unknown; readonly killed?: boolean }, patience: number): string {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `printed more than ${String(LARGEST)} bytes`;
  if (error.killed === true) return `did not end within ${String(patience)} s`;
  return typeof error.code === 'number' ? `ended with exit code ${String(error.code)}` : `could not be run (${String(error.code)})`;
}

function toMissing(name: string, why: string, cause?: unknown): CairnError {
  return new CairnError('secret-missing', `Secret ${name} has no value: ${why}.`, cause === undefined ? {} : { cause });
}
