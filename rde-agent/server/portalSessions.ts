import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { CairnError } from '../protocol/errors.ts';

/** seconds */
export const PORTAL_LIMITS = {
  /** that a code can be used */
  code: 600,
  /** that a browser may be silent */
  idle: 43_200,
  /** of a session, whatever is done with it */
  session: 604_800,
} as const;

/** wrong tries after which a code is void */
const TRIES = 5;
/** codes that are good at one time; past it the oldest is void */
const CODES = 8;
/** attempts a minute, right or wrong */
const ATTEMPTS = 30;
const SESSIONS = 64;
/** letters and digits that nobody takes for one another: 40 bits in eight of them */
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const CODE_LENGTH = 8;

/** A browser that is signed in. `ended` is aborted when it is signed out or its time is over. */
export interface PortalSession {
  readonly ended: AbortSignal;
  /** An open socket keeps a session from becoming idle; call the answer when it has closed. */
  hold(): () => void;
}

/** Who is signed in to the portal: codes that can be used once, and the browsers that used one. All of it ends with the agent. */
export interface PortalSessions {
  /** A new code, with the wall clock's time until which it is good. */
  issue(): { readonly code: string; readonly expires: string };
  /** The secret of a new session. Throws `unauthenticated` for a code that is wrong, used or too old, and `limit-exceeded` when too many are tried. */
  signIn(code: string): string;
  find(secret: string): PortalSession | undefined;
  end(secret: string): void;
  /** Signs everybody out and voids every code; answers how many sessions that ended. */
  endAll(): number;
}

interface Code {
  readonly hash: Buffer;
  readonly until: number;
  tries: number;
}

interface Kept {
  readonly session: PortalSession;
  readonly end: () => void;
  readonly isLive: () => boolean;
  readonly touch: () => void;
}

/** `now` gives monotonic seconds, `wall` milliseconds since 1970. */
export function createPortalSessions(now: () => number, wall: () => number): PortalSessions {
  let codes: Code[] = [];
  const assertCalm = createCalm(now);
  const sessions = new Map<string, Kept>();

  const sweep = (): void => {
    codes = codes.filter((code) => code.until > now() && code.tries < TRIES);
    for (const [name, kept] of sessions) if (!kept.isLive()) drop(name);
  };
  const drop = (name: string): void => {
    sessions.get(name)?.end();
    sessions.delete(name);
  };

  return {
    issue() {
      sweep();
      const code = newCode();
      codes = [...codes.slice(1 - CODES), { hash: toHash(code), until: now() + PORTAL_LIMITS.code, tries: 0 }];
      return { code: `${code.slice(0, 4)}-${code.slice(4)}`, expires: new Date(wall() + PORTAL_LIMITS.code * 1000).toISOString() };
    },
    signIn(given) {
      sweep();
      assertCalm();
      const hash = toHash(toPlainCode(given));
      const found = codes.find((code) => timingSafeEqual(code.hash, hash));
      if (found === undefined) {
        for (const code of codes) code.tries += 1;
        throw toWrongCode();
      }
      codes = codes.filter((code) => code !== found);
      const secret = randomBytes(32).toString('base64url');
      const [oldest] = sessions.keys();
      if (sessions.size >= SESSIONS && oldest !== undefined) drop(oldest);
      sessions.set(toName(secret), createSession(now));
      return secret;
    },
    find(secret) {
      const kept = sessions.get(toName(secret));
      if (kept === undefined) return undefined;
      if (!kept.isLive()) {
        drop(toName(secret));
        return undefined;
      }
      kept.touch();
      return kept.session;
    },
    end: (secret) => drop(toName(secret)),
    endAll() {
      sweep();
      codes = [];
      const ended = [...sessions.values()];
      sessions.clear();
      // Whoever asked for it over a socket of such a session is answered before the socket is closed.
      setImmediate(() => ended.forEach(({ end }) => end()));
      return ended.length;
    },
  };
}

/** Throws `limit-exceeded` when it is called too often. */
function createCalm(now: () => number): () => void {
  let attempts: number[] = [];
  return () => {
    attempts = attempts.filter((at) => at > now() - 60);
    if (attempts.length >= ATTEMPTS) throw new CairnError('limit-exceeded', 'Too many codes were tried.', { next: 'Wait a minute.' });
    attempts.push(now());
  };
}

function createSession(now: () => number): Kept {
  const ended = new AbortController();
  const last = now() + PORTAL_LIMITS.session;
  let idleAt = now() + PORTAL_LIMITS.idle;
  let held = 0;
  // An open socket asks no more, so its end comes by itself.
  const timer = setTimeout(() => ended.abort(), PORTAL_LIMITS.session * 1000).unref();
  const touch = (): void => void (idleAt = now() + PORTAL_LIMITS.idle);
  const session: PortalSession = {
    ended: ended.signal,
    hold() {
      held += 1;
      return () => {
        held -= 1;
        touch();
      };
    },
  };
  return {
    session,
    touch,
    isLive: () => !ended.signal.aborted && now() < last && (held > 0 || now() < idleAt),
    end: () => {
      clearTimeout(timer);
      ended.abort();
    },
  };
}

function newCode(): string {
  return Array.from({ length: CODE_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** As people type it: small letters, with or without the dash and spaces. */
function toPlainCode(text: string): string {
  return text.replace(/[\s-]/g, '').toUpperCase();
}

/** Secrets are known by their digest only, so that finding one takes no comparison of it. */
function toName(secret: string): string {
  return toHash(secret).toString('hex');
}

function toHash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function toWrongCode(): CairnError {
  return new CairnError('unauthenticated', 'This code is wrong, was used, or is too old.', {
    next: 'Run `cairn portal` for a new one.',
  });
}
