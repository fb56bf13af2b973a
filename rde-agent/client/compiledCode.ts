import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Lets Node keep what it compiles below the state folder, so that the next process of the same program starts without compiling it again.
 * Nothing is made for a folder that does not exist yet: to look for an agent leaves no trace. A Node that cannot keep it does without.
 */
export function keepCompiledCode(stateFolder: string): void {
  if (existsSync(stateFolder)) enableCompileCache(join(stateFolder, 'compiled'));
}
