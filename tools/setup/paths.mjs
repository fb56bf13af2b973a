// Where set-up keeps what it installs. Everything outside the checkout lies in one cache folder that may be deleted at any time.
import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');
export const dist = path.join(root, 'dist');

/** The cache folder: CAIRN_DEV_CACHE, or `cairn-dev` in the user's cache folder. */
export const cache = process.env.CAIRN_DEV_CACHE
  ? path.resolve(process.env.CAIRN_DEV_CACHE)
  : path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'cairn-dev');

/** Short digest of texts, for the names of cached folders. */
export function digestOf(...texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex').slice(0, 12);
}

/** Name of this checkout inside the cache folder. */
export const checkoutId = digestOf(root);
