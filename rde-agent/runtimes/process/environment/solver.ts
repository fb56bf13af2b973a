import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Clock } from '../../../protocol/clock.ts';
import { CairnError } from '../../../protocol/errors.ts';
import type { Report } from '../../runtime.ts';
import { execute } from '../execute.ts';
import { ProbeCache } from '../python/probeCache.ts';
import { PythonFinder } from '../python/pythonFinder.ts';
import { UvFinder } from './uvFinder.ts';
import { toInstallerVariables, toProbeVariables } from './variables.ts';

export interface SolverOptions {
  readonly stateFolder: string;
  readonly clock: Clock;
  /** the agent's own variables */
  readonly environment: { readonly [name: string]: string | undefined };
  readonly uv?: string;
}

export interface SolveRequest {
  /** of the environment; inputs are named relative to it */
  readonly folder: string;
  /** name of the file of requirements in the folder */
  readonly inputs: string;
  /** of the lock as it is, whose versions are kept where they fit; `null` = none, or all anew */
  readonly present: string | null;
  /** the oldest Python that the lock must serve, `3.10` */
  readonly python: string;
}

/** Text of a lock: requirements with hashes for every platform and every Python from the oldest on. */
export type Solve = (request: SolveRequest, report: Report, signal: AbortSignal) => Promise<string>;

const TIMEOUT = 600;
const SHOWN_LINES = 25;

/** Solves requirements with uv. Rejects with CairnError `environment-failed` that holds what uv says about the cause. */
export function createSolver(options: SolverOptions): Solve {
  const { stateFolder, environment, clock } = options;
  const variables = toInstallerVariables(environment);
  const pythons = new PythonFinder(environment, new ProbeCache(stateFolder, toProbeVariables(environment)), clock);
  const finder = new UvFinder({ uv: options.uv, stateFolder, agent: environment, installer: variables });
  return async (request, report, signal) => {
    const found = await pythons.list();
    const uv = await finder.find(found, report, signal);
    if (uv === undefined) {
      throw new CairnError('environment-failed', 'environments are solved by uv, which is not there and could not be installed', {
        next: 'Install uv, and put it on PATH or name it in CAIRN_UV. pip alone cannot lock for other platforms.',
      });
    }
    const interpreter = found[0]?.executable;
    const draft = await mkdtemp(path.join(os.tmpdir(), 'cairn-lock-'));
    try {
      const output = path.join(draft, 'requirements.lock');
      if (request.present !== null) await writeFile(output, request.present);
      const python = interpreter === undefined ? [] : ['--python', interpreter];
      const args = [...toArguments(request, output), ...python];
      const run = await execute(uv, args, { env: variables, cwd: request.folder, timeout: TIMEOUT, signal, onLine: report });
      signal.throwIfAborted();
      if (run.status !== 0) throw toFailure(request, run.errors === '' ? run.output : run.errors, draft);
      return await readFile(output, 'utf8');
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  };
}

function toArguments({ inputs, present, python }: SolveRequest, output: string): readonly string[] {
  return [
    ...['pip', 'compile', '--universal', '--generate-hashes', '--no-header', '--no-strip-extras', '--quiet'],
    // Where packages come from is a matter of each machine.
    ...['--no-emit-index-url', '--no-emit-find-links', '--no-emit-build-options', '--no-emit-index-annotation'],
    ...(present === null ? ['--upgrade'] : []),
    ...['--python-version', python, '--output-file', output, inputs],
  ];
}

function toFailure({ inputs }: SolveRequest, text: string, draft: string): CairnError {
  const lines = text
    .split(/\r?\n/)
    .map((line) =>
      line
        .trimEnd()
        .replaceAll(draft, '')
        .replace(/:\/\/[^/\s@]+@/g, '://***@'),
    )
    .filter((line) => line !== '');
  return new CairnError('environment-failed', `${inputs} can't be solved:\n${lines.slice(0, SHOWN_LINES).join('\n')}`, {
    next: `Change the requirements in ${inputs}, and lock again.`,
  });
}
