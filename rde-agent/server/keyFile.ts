import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY_FILE } from '../protocol/wire.ts';
import { readKey } from '../client/credentials.ts';

/** The agent's key: made once, by link so that a half-written one is never read. A key that others can read is refused (`unauthenticated`). */
export function ensureKey(stateFolder: string): Buffer {
  const path = join(stateFolder, KEY_FILE);
  if (!existsSync(path)) {
    const temporary = `${path}.${String(process.pid)}`;
    writeFileSync(temporary, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    linkSync(temporary, path);
    rmSync(temporary);
  }
  return readKey(stateFolder);
}
