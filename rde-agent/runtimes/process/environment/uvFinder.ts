import { access, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { CairnError } from '../../../protocol/errors.ts';
import type { Report } from '../../runtime.ts';
import { execute } from '../execute.ts';
import type { Python } from '../python/pythonProbe.ts';
import { withFolderLock } from './folderLock.ts';
import type { Variables } from './variables.ts';

/** The version that is installed where there is none. */
const UV_VERSION = '0.13.8';

export interface UvFinderOptions {
  /** named by the caller; first choice */
  readonly uv: string | undefined;
  readonly stateFolder: string;
  readonly agent: { readonly [name: string]: string | undefined };
  readonly installer: Variables;
}

/** Finds uv: what the caller names, `$CAIRN_UV`, PATH, our own copy, or a copy installed now. `undefined` = it cannot be had. */
export class UvFinder {
  private readonly options: UvFinderOptions;
  private found: Promise<string | undefined> | undefined;

  constructor(options: UvFinderOptions) {
    this.options = options;
  }

  async find(pythons: readonly Python[], report: Report, signal: AbortSignal): Promise<string | undefined> {
    this.found ??= this.look(pythons, report, signal);
    const uv = await this.found.catch((error: unknown) => {
      this.found = undefined;
      throw error;
    });
    // Not having it may pass: a network that is away now can be there the next time.
    if (uv === undefined) this.found = undefined;
    return uv;
  }

  private async look(pythons: readonly Python[], report: Report, signal: AbortSignal): Promise<string | undefined> {
    const named = this.options.uv ?? this.options.agent['CAIRN_UV'];
    if (named !== undefined && named !== '') {
      if (await isExecutable(named)) return named;
      throw new CairnError('environment-failed', `${named}, named as uv, is not a program`, { next: 'Correct CAIRN_UV, or remove it.' });
    }
    for (const folder of (this.options.agent['PATH'] ?? '').split(path.delimiter)) {
      const candidate = path.join(folder, 'uv');
      // A shim of pyenv is there for every version and fails for most.
      if (path.isAbsolute(folder) && path.basename(folder) !== 'shims' && (await isExecutable(candidate))) return candidate;
    }
    const own = path.join(this.options.stateFolder, 'tools', 'uv');
    return (await isExecutable(path.join(own, 'bin', 'uv'))) ? path.join(own, 'bin', 'uv') : this.install(own, pythons, report, signal);
  }

  private async install(own: string, pythons: readonly Python[], report: Report, signal: AbortSignal): Promise<string | undefined> {
    await mkdir(path.dirname(own), { recursive: true });
    return withFolderLock(`${own}.lock`, signal, async () => {
      const program = path.join(own, 'bin', 'uv');
      if (await isExecutable(program)) return program;
      report(`Installing uv ${UV_VERSION}`);
      const draft = await mkdtemp(`${own}-making-`);
      try {
        if (!(await this.installInto(draft, pythons, signal))) return undefined;
        await rm(own, { recursive: true, force: true });
        await rename(draft, own);
        return program;
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
    });
  }

  private async installInto(draft: string, pythons: readonly Python[], signal: AbortSignal): Promise<boolean> {
    for (const python of pythons) {
      const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', draft, `uv==${UV_VERSION}`];
      const run = await execute(python.executable, args, { env: this.options.installer, timeout: 600, signal, cwd: draft });
      if (run.status === 0 && (await isExecutable(path.join(draft, 'bin', 'uv')))) return true;
      signal.throwIfAborted();
    }
    return false;
  }
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
