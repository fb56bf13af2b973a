import path from 'node:path';
import { toTaskVariables } from '../environment/variables.ts';
import { toOwner } from '../worker/leftovers.ts';

export interface ModuleTestPlace {
  readonly stateFolder: string;
  /** folder that holds the Python package `cairn` */
  readonly runnerFolder: string;
  /** the agent's own variables */
  readonly agent: { readonly [name: string]: string | undefined };
  /** interpreter of the environment */
  readonly python: string;
  readonly variables: { readonly [name: string]: string };
}

/** What a process of tests is given; `token` marks everything that it starts. */
export function toTestVariables(place: ModuleTestPlace, scratch: string, token: string): { readonly [name: string]: string } {
  const { agent, python, runnerFolder, stateFolder, variables } = place;
  const base = toTaskVariables({
    agent,
    binFolder: path.dirname(python),
    declared: variables,
    runnerFolder,
    owner: toOwner(stateFolder),
    token,
  });
  // Nothing is written beside the sources, and nothing that was printed is lost with the process.
  return { ...base, TMPDIR: scratch, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' };
}
