import { accessSync, constants, realpathSync } from 'node:fs';
import path from 'node:path';
import { CairnError } from '../../../protocol/errors.ts';
import { toProbeVariables } from '../environment/variables.ts';
import { execute } from '../execute.ts';

export interface NodeProgram {
  readonly executable: string;
  /** full, `24.21.0` */
  readonly version: string;
}

/** The oldest major version that bundles are made for. */
const OLDEST = 22;
const PROBE_SECONDS = 10;

/** Finds a Node for TypeScript modules: the agent's own where it fits, else the first on PATH that does. */
export class NodeFinder {
  readonly #agent: { readonly [name: string]: string | undefined };
  readonly #versions = new Map<string, Promise<string | undefined>>();

  constructor(agent: { readonly [name: string]: string | undefined }) {
    this.#agent = agent;
  }

  /**
   * `wanted` = a major version (`24`) or more of one (`24.21`); `undefined` = the agent's own. Rejects with CairnError `environment-failed`
   * that names what was found.
   */
  async find(wanted: string | undefined): Promise<NodeProgram> {
    const own = { executable: process.execPath, version: process.versions.node };
    if (wanted === undefined || fits(own.version, wanted)) return refuseOld(own);
    const found: NodeProgram[] = [own];
    for (const executable of listCandidates(this.#agent['PATH'] ?? '')) {
      const version = await this.#probe(executable);
      if (version === undefined) continue;
      if (fits(version, wanted)) return refuseOld({ executable, version });
      found.push({ executable, version });
    }
    const there = [...new Set(found.map(({ version }) => version))].join(', ');
    throw new CairnError('environment-failed', `there is no Node ${wanted} on this machine; there is ${there}`, {
      next: `Install Node ${wanted} and put it on PATH, or name a version that is there.`,
    });
  }

  #probe(executable: string): Promise<string | undefined> {
    const known = this.#versions.get(executable);
    if (known !== undefined) return known;
    const options = { env: toProbeVariables(this.#agent), timeout: PROBE_SECONDS };
    const probing = execute(executable, ['-p', 'process.versions.node'], options).then(({ status, output }) =>
      status === 0 && /^\d+\.\d+\.\d+$/.test(output.trim()) ? output.trim() : undefined,
    );
    this.#versions.set(executable, probing);
    return probing;
  }
}

function fits(version: string, wanted: string): boolean {
  return version === wanted || version.startsWith(`${wanted}.`);
}

function refuseOld(node: NodeProgram): NodeProgram {
  if (Number(node.version.split('.')[0]) >= OLDEST) return node;
  throw new CairnError('environment-failed', `TypeScript modules need Node ${String(OLDEST)} or newer, not ${node.version}`, {
    next: 'Name a newer version in the environment: `node: "24"`.',
  });
}

/** Programs named `node`, each once. */
function listCandidates(variable: string): readonly string[] {
  const candidates = new Set<string>();
  for (const folder of variable.split(path.delimiter)) {
    if (!path.isAbsolute(folder)) continue;
    try {
      const file = realpathSync(path.join(folder, 'node'));
      accessSync(file, constants.X_OK);
      candidates.add(file);
    } catch {
      // No program here: the next folder.
    }
  }
  return [...candidates];
}
