import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AUTH_SCHEME } from '../protocol/wire.ts';
import { toProof } from '../client/credentials.ts';
import type { Nonces } from './nonces.ts';

/** Why a request is not let in; `reason` is for the log and for the body, never a secret. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly reason: 'unexpected-host' | 'origin' | 'no-credentials' | 'unknown-nonce' | 'wrong-proof';
}

/** The checks at the door, for each verb and for the upgrade alike. */
export interface Gate {
  /** Host and Origin: who is meant, and that no web page asks. */
  admit(request: IncomingMessage): Refusal | undefined;
  /** The proof of the key. Consumes the nonce. */
  authenticate(request: IncomingMessage): Refusal | undefined;
}

export function createGate(key: Uint8Array, nonces: Nonces, port: () => number): Gate {
  return {
    admit(request) {
      if (!isOurHost(request.headers.host, port())) return { status: 403, reason: 'unexpected-host' };
      // There is no portal yet, so no page of any origin has business here.
      if (request.headers.origin !== undefined) return { status: 403, reason: 'origin' };
      return undefined;
    },
    authenticate(request) {
      const credentials = readCredentials(request.headers.authorization);
      if (credentials === undefined) return { status: 401, reason: 'no-credentials' };
      if (!nonces.consume(credentials.nonce)) return { status: 401, reason: 'unknown-nonce' };
      const expected = Buffer.from(toProof(key, credentials.nonce), 'latin1');
      const given = Buffer.from(credentials.proof, 'latin1');
      return given.length === expected.length && timingSafeEqual(given, expected) ? undefined : { status: 401, reason: 'wrong-proof' };
    },
  };
}

/** Exact names of loopback with our port: anything else is a rebound DNS name or a proxy. */
function isOurHost(host: string | undefined, port: number): boolean {
  const suffix = `:${String(port)}`;
  return host === `127.0.0.1${suffix}` || host === `localhost${suffix}` || host === `[::1]${suffix}`;
}

function readCredentials(header: string | undefined): { nonce: string; proof: string } | undefined {
  const match = /^(\w+) ([\w-]{1,256})\.([0-9a-f]{64})$/.exec(header ?? '');
  const [, scheme, nonce, proof] = match ?? [];
  if (scheme !== AUTH_SCHEME || nonce === undefined || proof === undefined) return undefined;
  return { nonce, proof };
}
