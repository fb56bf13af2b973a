import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CairnError } from '../protocol/errors.ts';

export type Environment = { readonly [name: string]: string | undefined };

/**
 * Where the state of this user's agent is: `CAIRN_HOME`, else the platform's place for state. Always absolute, since the agent runs in another
 * folder than its clients. Never inside a repository.
 */
export function toStateFolder(env: Environment, platform: NodeJS.Platform = process.platform, home: string = homedir()): string {
  if (env['CAIRN_HOME']) return resolve(env['CAIRN_HOME']);
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'cairn');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'cairn');
  return join(env['XDG_STATE_HOME'] ?? join(home, '.local', 'state'), 'cairn');
}

/** Makes the folder for its owner alone. One that others can enter is closed to them, since it holds the key. Throws `agent-start-failed`. */
export function ensureStateFolder(folder: string): void {
  try {
    makeFolder(folder);
    const found = statSync(folder);
    if (!found.isDirectory()) {
      throw new CairnError('agent-start-failed', `The state folder ${folder} is not a folder.`, { next: 'Name a folder in CAIRN_HOME.' });
    }
    if (process.platform === 'win32') return;
    if (process.getuid !== undefined && found.uid !== process.getuid()) {
      throw new CairnError('agent-start-failed', `The state folder ${folder} belongs to another user.`, {
        next: 'Name a folder of your own in CAIRN_HOME.',
      });
    }
    if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  } catch (thrown) {
    if (thrown instanceof CairnError) throw thrown;
    const cause = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CairnError('agent-start-failed', `The state folder ${folder} cannot be made: ${cause}`, {
      cause: thrown,
      next: 'Name a folder that you can write to in CAIRN_HOME.',
    });
  }
}

/** The last folder is not made recursively: where nothing can be made at all (`/proc/x`), Node would try for ever. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (!existsSync(dirname(folder))) mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(folder)) throw error;
  }
}
