import { mkdirSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Lets Node keep what it compiles below the state folder, so that the next process of the same program starts without compiling it again.
 * Nothing is made for a folder that does not exist yet: to look for an agent leaves no trace. A folder that somebody else can write to is left
 * alone, since what is kept there is run. A Node that cannot keep it does without.
 */
export function keepCompiledCode(stateFolder: string): void {
  const folder = join(stateFolder, 'compiled');
  if (isOurs(stateFolder) && isThere(folder)) enableCompileCache(folder);
}

function isOurs(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) return false;
  return process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o022) === 0);
}

/** Made here and not by Node, which makes it recursively: where nothing can be made at all (`/proc/x`), it would try for ever. */
function isThere(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch {
    return isOurs(folder);
  }
}
