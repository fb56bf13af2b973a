import { createHmac } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CairnError } from '../protocol/errors.ts';
import { AUTH_SCHEME, KEY_FILE } from '../protocol/wire.ts';

/** The key that only the owner of the state folder can read: 32 bytes as hex. Throws `unauthenticated` with what to do. */
export function readKey(stateFolder: string): Buffer {
  const path = join(stateFolder, KEY_FILE);
  let text: string;
  try {
    text = readFileSync(path, 'latin1').trim();
  } catch (thrown) {
    throw new CairnError('unauthenticated', `The key of the agent cannot be read: ${path}`, {
      cause: thrown,
      next: 'Start the agent as the user who owns the state folder.',
    });
  }
  assertPrivate(path);
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new CairnError('unauthenticated', `${path} is not a key.`, {
      next: `Stop the agent, remove ${path} and start the agent: it makes a new one.`,
    });
  }
  return Buffer.from(text, 'hex');
}

/** Throws `unauthenticated` when others could read the file. Windows keeps the folder private by its own access lists. */
function assertPrivate(path: string): void {
  if (process.platform === 'win32') return;
  const found = statSync(path);
  if ((found.mode & 0o077) !== 0) {
    throw new CairnError('unauthenticated', `${path} can be read by other users.`, {
      next: `Run: chmod 600 '${path}'. If others may have read it: remove it instead and restart the agent.`,
    });
  }
}

export function toProof(key: Uint8Array, nonce: string): string {
  return createHmac('sha256', key).update(nonce).digest('hex');
}

/**
 * The `Authorization` header for a nonce. A nonce starts with the port of the agent that gave it, and only a nonce of the port that
 * was dialled is signed: a stranger on a stale port cannot have a nonce of the real agent signed.
 */
export function toAuthorization(key: Uint8Array, nonce: string, port: number): string {
  if (!nonce.startsWith(`${String(port)}-`))
    throw new CairnError('unauthenticated', `The nonce from port ${String(port)} is another agent's.`);
  return `${AUTH_SCHEME} ${nonce}.${toProof(key, nonce)}`;
}
