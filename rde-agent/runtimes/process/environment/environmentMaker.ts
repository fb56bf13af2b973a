import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toCanonicalJson } from '../../../../language/model/json.ts';
import type { Clock } from '../../../protocol/clock.ts';
import { CairnError } from '../../../protocol/errors.ts';
import type { PinnedEnvironment } from '../../../protocol/pinned.ts';
import type { PreparedEnvironment, Report } from '../../runtime.ts';
import type { Python } from '../python/pythonProbe.ts';
import type { PythonFinder } from '../python/pythonFinder.ts';
import { withFolderLock } from './folderLock.ts';
import { installPackages, type Installer } from './installer.ts';
import { toDigest } from './pinEnvironment.ts';
import { makeVenv, relocateScripts, toPythonPath } from './venv.ts';

export interface EnvironmentMakerOptions {
  readonly stateFolder: string;
  readonly pythons: PythonFinder;
  readonly installer: Installer;
  readonly clock: Clock;
}

interface Request {
  readonly environment: PinnedEnvironment;
  readonly lock: string | null;
  readonly report: Report;
}

interface Making {
  readonly promise: Promise<PreparedEnvironment>;
  readonly stop: AbortController;
  readonly reports: Set<Report>;
  waiting: number;
}

/**
 * Makes folders with an interpreter and the packages of a lock, one for each combination. A folder has its final name only when it
 * is complete, so a half-made one is never used; equal requests share one making, within this process and between processes.
 */
export class EnvironmentMaker {
  private readonly options: EnvironmentMakerOptions;
  private readonly folder: string;
  private readonly making = new Map<string, Making>();
  /** digest of a pinned environment → its folder */
  private readonly ready = new Map<string, string>();

  constructor(options: EnvironmentMakerOptions) {
    this.options = options;
    this.folder = path.join(options.stateFolder, 'environments');
  }

  /** The interpreter of a prepared environment, without looking at the disk; `undefined` = not prepared by this process. */
  getPython(digest: string): string | undefined {
    const folder = this.ready.get(digest);
    return folder === undefined ? undefined : toPythonPath(folder);
  }

  /** Waits until nothing is made any more; whoever waited for it has been told how it ended. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.making.values()].map((making) => making.promise));
  }

  /** The interpreter of an environment that an earlier process has prepared. Rejects with `environment-failed` when there is none. */
  async locate(environment: PinnedEnvironment, signal: AbortSignal): Promise<string> {
    if (environment.lock === null) await this.prepare(environment, null, () => undefined, signal);
    else {
      const folder = path.join(this.folder, toFolderName(environment, await this.options.pythons.find(`===${environment.python}`)));
      if (await isComplete(folder)) this.ready.set(environment.digest, folder);
    }
    const python = this.getPython(environment.digest);
    if (python !== undefined) return python;
    throw new CairnError('environment-failed', `the environment ${environment.name} has not been prepared`, {
      next: 'Run again: it is made first.',
    });
  }

  /** Whether its folder is there and complete; makes nothing. */
  async isMade(environment: PinnedEnvironment): Promise<boolean> {
    const python = await this.options.pythons.find(`===${environment.python}`);
    return isComplete(path.join(this.folder, toFolderName(environment, python)));
  }

  /** Another caller's abort stops only its own waiting; the making itself stops when nobody waits any more. */
  async prepare(environment: PinnedEnvironment, lock: string | null, report: Report, signal: AbortSignal): Promise<PreparedEnvironment> {
    signal.throwIfAborted();
    const making = this.join(environment, lock);
    making.waiting++;
    making.reports.add(report);
    try {
      return await raceAbort(making.promise, signal);
    } finally {
      making.reports.delete(report);
      if (--making.waiting === 0) making.stop.abort(signal.reason);
    }
  }

  private join(environment: PinnedEnvironment, lock: string | null): Making {
    const known = this.making.get(environment.digest);
    if (known !== undefined && !known.stop.signal.aborted) return known;
    const stop = new AbortController();
    const reports = new Set<Report>();
    const tell: Report = (message) => {
      for (const report of reports) report(message);
    };
    const promise = this.ensure({ environment, lock, report: tell }, stop.signal).finally(() => {
      if (this.making.get(environment.digest) === making) this.making.delete(environment.digest);
    });
    const making: Making = { promise, stop, reports, waiting: 0 };
    this.making.set(environment.digest, making);
    return making;
  }

  private async ensure(request: Request, signal: AbortSignal): Promise<PreparedEnvironment> {
    const { environment, lock } = request;
    const begun = this.options.clock.monotonic();
    checkLock(environment, lock);
    const python = await this.options.pythons.find(`===${environment.python}`);
    const folder = path.join(this.folder, toFolderName(environment, python));
    const made = !(await isComplete(folder)) && (await this.make(folder, python, request, signal));
    this.ready.set(environment.digest, folder);
    return { environment, made, seconds: this.options.clock.monotonic() - begun };
  }

  private async make(folder: string, python: Python, request: Request, signal: AbortSignal): Promise<boolean> {
    const { environment, report } = request;
    try {
      await mkdir(this.folder, { recursive: true });
      return await withFolderLock(`${folder}.lock`, signal, async () => {
        if (await isComplete(folder)) return false;
        await this.removeDrafts(folder);
        const count = Object.keys(environment.packages).length;
        report(`Making the environment ${environment.name}: Python ${environment.python}, ${String(count)} packages`);
        await this.makeInDraft(folder, python, request, signal);
        return true;
      });
    } catch (error) {
      throw toEnvironmentError(error, environment);
    }
  }

  private async makeInDraft(folder: string, python: Python, { lock, report }: Request, signal: AbortSignal): Promise<void> {
    const draft = await mkdtemp(`${folder}.making-`);
    try {
      await makeVenv(draft, python);
      const pythons = await this.listInstallers(python);
      if (lock !== null) await installPackages(this.options.installer, { folder: draft, lock, pythons, report }, signal);
      await relocateScripts(draft, draft, folder);
      await writeFile(path.join(draft, 'complete'), '');
      // What is there is incomplete, or its interpreter is gone.
      await rm(folder, { recursive: true, force: true });
      await rename(draft, folder);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      throw error;
    }
  }

  /** Interpreters that may have pip: first the chosen one. */
  private async listInstallers(python: Python): Promise<readonly Python[]> {
    const others = (await this.options.pythons.list()).filter((other) => other.executable !== python.executable);
    return [python, ...others];
  }

  /** Under the lock nobody else makes this folder, so its drafts are of agents that died. */
  private async removeDrafts(folder: string): Promise<void> {
    const prefix = `${path.basename(folder)}.making-`;
    for (const name of await readdir(this.folder)) {
      if (name.startsWith(prefix)) await rm(path.join(this.folder, name), { recursive: true, force: true });
    }
  }
}

/** Only what decides the files is in the name: environments that differ by a variable share a folder. */
function toFolderName(environment: PinnedEnvironment, python: Python): string {
  const { platform, lock, packages } = environment;
  return toDigest(toCanonicalJson({ v: 1, python: environment.python, executable: python.executable, platform, lock, packages })).slice(
    7,
    47,
  );
}

function checkLock(environment: PinnedEnvironment, lock: string | null): void {
  const digest = lock === null ? null : toDigest(lock);
  if (digest !== environment.lock) {
    throw new CairnError('environment-failed', `the lock of the environment ${environment.name} is not the one that it was pinned with`, {
      next: 'Submit again: the environment is pinned anew.',
    });
  }
}

async function isComplete(folder: string): Promise<boolean> {
  const files = [path.join(folder, 'complete'), toPythonPath(folder)];
  return (
    await Promise.all(
      files.map((file) =>
        access(file).then(
          () => true,
          () => false,
        ),
      ),
    )
  ).every(Boolean);
}

function toEnvironmentError(error: unknown, environment: PinnedEnvironment): unknown {
  const name = `the environment ${environment.name} cannot be made`;
  if (error instanceof CairnError && error.code === 'environment-failed') {
    return new CairnError(error.code, `${name}: ${error.message}`, { next: error.next, cause: error.cause });
  }
  // The disk is full, or the folder may not be written.
  if (error instanceof Error && 'syscall' in error) {
    const next = 'Check the disk and the rights of the state folder.';
    return new CairnError('environment-failed', `${name}: ${error.message}`, { next, cause: error });
  }
  return error;
}

async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () =>
      reject(signal.reason instanceof Error ? signal.reason : new CairnError('cancelled', 'preparing the environment was cancelled'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
