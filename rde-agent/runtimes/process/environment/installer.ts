import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CairnError } from '../../../protocol/errors.ts';
import type { Report } from '../../runtime.ts';
import { execute, type Executed } from '../execute.ts';
import type { Python } from '../python/pythonProbe.ts';
import type { UvFinder } from './uvFinder.ts';
import type { Variables } from './variables.ts';
import { toPythonPath } from './venv.ts';

/** Seconds for one installation. */
const TIMEOUT = 1800;
const SHOWN_LINES = 15;

export interface Installer {
  readonly uv: UvFinder;
  readonly variables: Variables;
  /** something that `doctor` shall show */
  note(message: string): void;
}

export interface Installation {
  /** of the virtual environment */
  readonly folder: string;
  /** text of the lock */
  readonly lock: string;
  /** interpreters that may have pip, best first */
  readonly pythons: readonly Python[];
  readonly report: Report;
}

/** Puts exactly the lock's packages into a new virtual environment, hashes required. Rejects with `environment-failed`. */
export async function installPackages(installer: Installer, installation: Installation, signal: AbortSignal): Promise<void> {
  await writeFile(toLockFile(installation), installation.lock);
  const report = (line: string): void => installation.report(hideSecrets(line));
  const uv = await installer.uv.find(installation.pythons, report, signal);
  const quiet = { ...installation, report };
  const run = uv === undefined ? await installWithPip(installer, quiet, signal) : await installWithUv(uv, installer, quiet, signal);
  signal.throwIfAborted();
  if (run.status !== 0) throw toFailure(run);
}

function toLockFile({ folder }: Installation): string {
  return path.join(folder, 'requirements.lock');
}

/** First from uv's cache and local folders alone: faster, and without a network the only way. */
async function installWithUv(uv: string, installer: Installer, installation: Installation, signal: AbortSignal): Promise<Executed> {
  const { folder, report } = installation;
  const args = ['pip', 'sync', '--require-hashes', '--python', toPythonPath(folder), toLockFile(installation)];
  const options = { env: installer.variables, cwd: folder, timeout: TIMEOUT, signal };
  const cached = await execute(uv, [...args, '--offline'], options);
  if (cached.status === 0 || signal.aborted) return cached;
  report('Fetching packages');
  return execute(uv, args, { ...options, onLine: report });
}

/** pip installs into another environment, so only one interpreter of this host must have it. */
async function installWithPip(installer: Installer, installation: Installation, signal: AbortSignal): Promise<Executed> {
  const { folder, pythons, report } = installation;
  const options = { env: installer.variables, cwd: folder, timeout: TIMEOUT, signal };
  const install = ['--python', toPythonPath(folder), 'install', '--no-deps', '--require-hashes', '-r', toLockFile(installation)];
  installer.note('uv could not be had, so environments are made with pip, which is slower');
  let last: Executed | undefined;
  for (const { executable } of pythons) {
    const probe = await execute(executable, ['-m', 'pip', '--version'], options);
    if (probe.status !== 0) continue;
    report('Installing packages with pip');
    last = await execute(executable, ['-m', 'pip', ...install], { ...options, onLine: report });
    if (last.status === 0) break;
  }
  if (last !== undefined) return last;
  throw new CairnError('environment-failed', 'neither uv nor pip is there to install packages', {
    next: 'Install uv (and put it on PATH or name it in CAIRN_UV), or give Python a pip (Debian: apt-get install python3-pip).',
  });
}

function toFailure(run: Executed): CairnError {
  const lines = `${run.output}\n${run.errors}`
    .split(/\r?\n/)
    .map((line) => hideSecrets(line.trimEnd()))
    .filter((line) => line !== '');
  const how = run.signal === null ? `left with code ${String(run.status)}` : `was ended by ${run.signal}`;
  return new CairnError('environment-failed', `the installer ${how}:\n${lines.slice(-SHOWN_LINES).join('\n')}`);
}

/** Addresses of private indexes carry user names and tokens. */
function hideSecrets(line: string): string {
  return line.replace(/:\/\/[^/\s@]+@/g, '://***@');
}
