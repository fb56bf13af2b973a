import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AUTH_SCHEME } from '../protocol/wire.ts';
import { toProof } from '../client/credentials.ts';
import type { Nonces } from './nonces.ts';
import type { PortalSession, PortalSessions } from './portalSessions.ts';

/** Why a request is not let in; `reason` is for the log and for the body, never a secret. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly reason: 'unexpected-host' | 'origin' | 'no-credentials' | 'unknown-nonce' | 'wrong-proof' | 'no-session';
}

/** How somebody has come in who asks for himself: with the key, or signed in to the portal. */
export type Admission = { readonly kind: 'key' } | { readonly kind: 'portal'; readonly session: PortalSession };

/** The checks at the door, for each verb and for the upgrade alike. */
export interface Gate {
  /** Host and Origin: who is meant, and that no web page asks but the portal's own, and that only where it has business. */
  admit(request: IncomingMessage): Refusal | undefined;
  /** The proof of the key. Consumes the nonce. Never a page's. */
  authenticate(request: IncomingMessage): Refusal | undefined;
  /** The proof of the key, or the cookie of a browser that is signed in and a page of ours that asks. */
  enter(request: IncomingMessage): Admission | Refusal;
  /** The secret in the portal's cookie, whoever sent it. */
  readCookie(request: IncomingMessage): string | undefined;
  /** The cookie of a new session, or (`undefined`) what removes it. */
  toCookie(secret: string | undefined): string;
}

export function createGate(key: Uint8Array, nonces: Nonces, sessions: Pick<PortalSessions, 'find'>, port: () => number): Gate {
  // Cookies know no ports: agents of several users or folders must not take each other's.
  const cookieName = (): string => `cairn-portal-${String(port())}`;
  const readCookie = (request: IncomingMessage): string | undefined => findCookie(request.headers.cookie, cookieName());
  const authenticate = (request: IncomingMessage): Refusal | undefined => {
    if (request.headers.origin !== undefined) return { status: 403, reason: 'origin' };
    const credentials = readCredentials(request.headers.authorization);
    if (credentials === undefined) return { status: 401, reason: 'no-credentials' };
    if (!nonces.consume(credentials.nonce)) return { status: 401, reason: 'unknown-nonce' };
    const expected = Buffer.from(toProof(key, credentials.nonce), 'latin1');
    const given = Buffer.from(credentials.proof, 'latin1');
    return given.length === expected.length && timingSafeEqual(given, expected) ? undefined : { status: 401, reason: 'wrong-proof' };
  };
  return {
    admit(request) {
      const { host, origin } = request.headers;
      if (!isOurHost(host, port())) return { status: 403, reason: 'unexpected-host' };
      if (origin === undefined) return undefined;
      return isOwnOrigin(origin, host) && isForPages(request) ? undefined : { status: 403, reason: 'origin' };
    },
    authenticate,
    enter(request) {
      if (!isAskedByOwnPage(request)) return authenticate(request) ?? { kind: 'key' };
      const secret = readCookie(request);
      const session = secret === undefined ? undefined : sessions.find(secret);
      return session === undefined ? { status: 401, reason: 'no-session' } : { kind: 'portal', session };
    },
    readCookie,
    toCookie: (secret) => `${cookieName()}=${secret ?? ''}; Path=/; HttpOnly; SameSite=Strict${secret === undefined ? '; Max-Age=0' : ''}`,
  };
}

/** Exact names of loopback with our port: anything else is a rebound DNS name or a proxy. */
function isOurHost(host: string | undefined, port: number): boolean {
  const suffix = `:${String(port)}`;
  return host === `127.0.0.1${suffix}` || host === `localhost${suffix}` || host === `[::1]${suffix}`;
}

/** The page came from the very name that it asks: pages of 127.0.0.1 have no business at localhost. */
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && origin === `http://${host}`;
}

/** Pages use the socket, the portal's own routes and the operations; nonces, blobs and deliveries are for programs. */
function isForPages(request: IncomingMessage): boolean {
  if (request.headers.upgrade !== undefined) return true;
  return /^\/(?:v1|portal)\/|^\/openapi\.json$/.test(request.url ?? '');
}

/** Browsers name the origin but where a page only reads from its own: then they say that it is the same. */
function isAskedByOwnPage({ headers, method }: IncomingMessage): boolean {
  if (headers.origin !== undefined) return isOwnOrigin(headers.origin, headers.host);
  return method === 'GET' && headers.upgrade === undefined && headers['sec-fetch-site'] === 'same-origin';
}

function findCookie(header: string | undefined, name: string): string | undefined {
  const found = (header ?? '').split(';').map((pair) => pair.trim());
  const value = found.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
}

function readCredentials(header: string | undefined): { nonce: string; proof: string } | undefined {
  const match = /^(\w+) ([\w-]{1,256})\.([0-9a-f]{64})$/.exec(header ?? '');
  const [, scheme, nonce, proof] = match ?? [];
  if (scheme !== AUTH_SCHEME || nonce === undefined || proof === undefined) return undefined;
  return { nonce, proof };
}
