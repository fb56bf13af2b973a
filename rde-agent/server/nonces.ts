import { randomBytes } from 'node:crypto';
import { LIMITS } from '../protocol/wire.ts';

/** Nonces that were given out and not used yet. */
export interface Nonces {
  /** A fresh one; it starts with our port, so that a client can tell whose it is. */
  issue(): string;
  /** True once for each nonce, within its time. */
  consume(nonce: string): boolean;
}

/** Unused nonces kept at most; past it the oldest is forgotten, so that a flood of questions costs no memory. */
const MOST = 4096;

/** `now` gives monotonic seconds. */
export function createNonces(port: () => number, now: () => number): Nonces {
  const expiry = new Map<string, number>();
  return {
    issue() {
      const nonce = `${String(port())}-${randomBytes(24).toString('base64url')}`;
      expiry.set(nonce, now() + LIMITS.nonce);
      for (const [oldest, until] of expiry) {
        if (expiry.size <= MOST && until > now()) break;
        expiry.delete(oldest);
      }
      return nonce;
    },
    consume(nonce) {
      const until = expiry.get(nonce);
      expiry.delete(nonce);
      return until !== undefined && until > now();
    },
  };
}
