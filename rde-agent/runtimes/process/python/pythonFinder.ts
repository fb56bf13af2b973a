import { realpath, readdir } from 'node:fs/promises';
import path from 'node:path';
import { CairnError } from '../../../protocol/errors.ts';
import type { Clock } from '../../../protocol/clock.ts';
import type { ProbeCache } from './probeCache.ts';
import type { Python } from './pythonProbe.ts';
import { compareReleases, compareVersions, isPreRelease } from './version.ts';
import { parseSpecifier } from './versionSpecifier.ts';

/** The oldest Python that the runner supports. */
const OLDEST = [3, 10];
/** what need not be run to know that it is too old */
const OLD_NAME = /^python(?:2(?:\.\d+)?|3\.\d)$/;
const NAME = /^python3(?:\.\d+)?$/;
/** Seconds for which the list of interpreters is believed without looking again. */
const FRESH = 10;

/** Finds interpreters on this host; newest first. */
export class PythonFinder {
  private readonly environment: { readonly [name: string]: string | undefined };
  private readonly probes: ProbeCache;
  private readonly clock: Clock;
  private listed: { readonly at: number; readonly pythons: Promise<readonly Python[]> } | undefined;

  constructor(environment: { readonly [name: string]: string | undefined }, probes: ProbeCache, clock: Clock) {
    this.environment = environment;
    this.probes = probes;
    this.clock = clock;
  }

  /** The newest interpreter that the specifier admits; `undefined` = the newest. Rejects with `python-missing`. */
  async find(specifier: string | undefined): Promise<Python> {
    const test = specifier === undefined ? () => true : parseSpecifier(specifier);
    if (test === undefined) {
      throw new CairnError('python-missing', `"${specifier ?? ''}" is not a version specifier of Python`, {
        next: 'Write one such as `>=3.10,<3.15` or `3.12`.',
      });
    }
    const all = await this.list();
    const chosen = all.find((python) => test(python.parsed));
    if (chosen === undefined) throw toMissing(specifier, all);
    return chosen;
  }

  /** All usable interpreters, finished releases before others, newest first, one of each executable. */
  list(): Promise<readonly Python[]> {
    const now = this.clock.monotonic();
    if (this.listed === undefined || now - this.listed.at > FRESH) this.listed = { at: now, pythons: this.look() };
    return this.listed.pythons;
  }

  private async look(): Promise<readonly Python[]> {
    const usable = new Map<string, Python>();
    for (const python of await this.probes.probeAll(await this.listCandidates())) {
      if (compareReleases(python.parsed.release, OLDEST) >= 0 && !usable.has(python.executable)) usable.set(python.executable, python);
    }
    return [...usable.values()].sort(
      (left, right) => Number(isPreRelease(left.parsed)) - Number(isPreRelease(right.parsed)) || compareVersions(right.parsed, left.parsed),
    );
  }

  /** Real paths: `python3`, `python3.13` and links in several folders are run once. */
  private async listCandidates(): Promise<readonly string[]> {
    const listed = await Promise.all((await this.listFolders()).map(listExecutables));
    const real = await Promise.all(listed.flat().map((file) => resolveCandidate(file)));
    return [...new Set(real.filter((file) => file !== undefined).filter((file) => !OLD_NAME.test(path.basename(file))))];
  }

  private async listFolders(): Promise<readonly string[]> {
    const onPath = (this.environment['PATH'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
    const isShims = (folder: string): boolean => path.basename(folder) === 'shims';
    const home = this.environment['HOME'];
    const roots = [
      this.environment['PYENV_ROOT'],
      ...onPath.filter(isShims).map((folder) => path.dirname(folder)),
      home === undefined ? undefined : path.join(home, '.pyenv'),
    ].filter((root) => root !== undefined && root !== '');
    const versions = await Promise.all([...new Set(roots)].map((root) => listVersions(path.join(root ?? '', 'versions'))));
    // A shim is a script that runs whatever version is chosen in the current folder: its versions are taken directly.
    return [...new Set([...onPath.filter((folder) => !isShims(folder)), ...versions.flat(), '/usr/bin', '/usr/local/bin'])];
  }
}

async function listVersions(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => path.join(folder, name, 'bin'));
}

async function listExecutables(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => NAME.test(name) || name === 'python').map((name) => path.join(folder, name));
}

/**
 * A virtual environment's `python` is a link to a real one, and is followed: what is wanted is the interpreter, not its packages.
 */
function resolveCandidate(file: string): Promise<string | undefined> {
  return realpath(file).catch(() => undefined);
}

function toMissing(specifier: string | undefined, found: readonly Python[]): CairnError {
  const wanted = specifier === undefined ? 'Python 3.10 or newer' : `a Python that is ${specifier}`;
  const versions = found.map((python) => python.version);
  const present = versions.length === 0 ? 'no Python from 3.10 on was found' : `found: ${[...new Set(versions)].join(', ')}`;
  return new CairnError('python-missing', `${wanted} is needed; ${present} (on PATH, in pyenv and /usr/bin)`, {
    next: `Install ${wanted} (with pyenv or the system's packages) so that it is on PATH, or change \`python\` in the environment.`,
  });
}
