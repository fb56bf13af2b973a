import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentClient } from '../../client/agentClient.ts';
import { findReachable } from '../../client/launchAgent.ts';
import { findWorkspace } from '../findWorkspace.ts';
import type { CommandContext } from '../commandContext.ts';
import type { Candidate } from './complete.ts';

/** folders that hold none of our files, and would take long to look through */
const PASSED_OVER = new Set(['node_modules', '__pycache__', 'dist', 'build']);
const DEEPEST = 8;
const MOST_FILES = 5000;
/** milliseconds: nobody waits longer for a list */
const PATIENCE = 1500;
const MOST_RUNS = 30;

/** Names for a person who is typing: from the files, and of runs from an agent that is there. None is started, and nothing is ever said. */
export async function listNames(kind: 'workflow' | 'module' | 'run', context: CommandContext): Promise<readonly Candidate[]> {
  try {
    return kind === 'run' ? await listRuns(context) : await listDefined(kind, findWorkspace(context.folder, context.options.workspace));
  } catch {
    return []; // whatever it is, the command itself will say it when it is run
  }
}

async function listRuns({ stateFolder }: CommandContext): Promise<readonly Candidate[]> {
  if ((await findReachable(stateFolder)) === undefined) return [];
  const client = new AgentClient({ stateFolder, client: 'cli', patience: PATIENCE });
  try {
    const { runs } = await client.request('run.list', { limit: MOST_RUNS });
    return runs.map(({ run, workflow, state, started }) => ({ value: run, description: `${workflow}, ${state}, ${started.slice(0, 16)}` }));
  } finally {
    client.dispose();
  }
}

/** A workspace that does not check has names all the same: they are read off the lines that give them. */
async function listDefined(kind: 'workflow' | 'module', root: string): Promise<readonly Candidate[]> {
  const files = await listFiles(root, kind === 'workflow' ? /\.workflow\.ya?ml$/ : /^(?:module|library)\.ya?ml$/);
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const names = texts.flatMap((text) => /^(?:workflow|module|library):\s*["']?([\w./-]+)/m.exec(text)?.[1] ?? []);
  return [...new Set(names)].sort().map((value) => ({ value, description: '' }));
}

async function listFiles(folder: string, wanted: RegExp, depth = 0): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile() && wanted.test(entry.name)).map(({ name }) => join(folder, name));
  if (depth === DEEPEST) return found;
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name.startsWith('.') || PASSED_OVER.has(entry.name)) continue;
    found.push(...(await listFiles(join(folder, entry.name), wanted, depth + 1)));
    if (found.length > MOST_FILES) break;
  }
  return found;
}
