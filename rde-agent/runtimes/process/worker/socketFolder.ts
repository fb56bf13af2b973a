import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readStartTime } from './processTable.ts';

/** The kernel's limit for the path of a unix socket, without the closing zero. */
const SOCKET_PATH_BYTES = 107;
const SOCKET_NAME = 's';

export interface SocketFolder {
  readonly folder: string;
  readonly socket: string;
}

/** Makes a folder that only this user can enter, with a name short enough for a socket in it; removes those that dead agents left. */
export function createSocketFolder(stateFolder: string, owner: string): SocketFolder {
  const [state, instance] = owner.split(':');
  const prefix = `cairn-${(state ?? '').slice(0, 12)}-`;
  for (const base of [path.join(stateFolder, 'run'), os.tmpdir(), '/tmp']) {
    const template = path.join(base, `${prefix}${instance ?? ''}-`);
    if (Buffer.byteLength(path.join(`${template}xxxxxx`, SOCKET_NAME)) > SOCKET_PATH_BYTES) continue;
    mkdirSync(base, { recursive: true });
    removeDead(base, prefix);
    const folder = mkdtempSync(template);
    return { folder, socket: path.join(folder, SOCKET_NAME) };
  }
  throw new Error('no folder has a path short enough for a unix socket');
}

function removeDead(base: string, prefix: string): void {
  for (const name of readdirSync(base)) {
    if (!name.startsWith(prefix)) continue;
    const [pid, started] = name.slice(prefix.length).split('-')[0]?.split('.') ?? [];
    if (pid === undefined || started === undefined || readStartTime(Number(pid)) === started) continue;
    if (process.platform === 'linux') rmSync(path.join(base, name), { recursive: true, force: true });
  }
}
