import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Action } from '../protocol/who.ts';

/** How much a token allows; each includes what stands before it. Stopping the agent and the like take the key itself. */
export const TOKEN_LEVELS = ['read', 'submit', 'write'] as const;
export type TokenLevel = (typeof TOKEN_LEVELS)[number];

/** seconds */
export const LONGEST_TOKEN = 86_400;

export interface TokenClaims {
  readonly level: TokenLevel;
  /** Unix seconds */
  readonly expires: number;
}

const PREFIX = 'cairn1';

/**
 * A bearer token for scripts and HTTP: what it allows and until when, signed with the agent's key, so only who can read the key can make one.
 * The agent keeps no list: a token ends by its time, or with the key.
 */
export function toToken(key: Uint8Array, { level, expires }: TokenClaims): string {
  const claims = `${PREFIX}.${level}.${String(expires)}.${randomBytes(9).toString('base64url')}`;
  return `${claims}.${sign(key, claims)}`;
}

/** What a token allows; `undefined` = it is not one of this key, or its time is over. `now` is Unix seconds. */
export function readToken(key: Uint8Array, token: string, now: number): TokenClaims | undefined {
  const [, claims = '', level = '', expires = '', given = ''] =
    /^(cairn1\.(\w{1,16})\.(\d{1,12})\.[\w-]{12})\.([0-9a-f]{64})$/.exec(token) ?? [];
  const found = TOKEN_LEVELS.find((candidate) => candidate === level);
  if (!timingSafeEqual(Buffer.from(sign(key, claims)), Buffer.from(given.padEnd(64, ' ')))) return undefined;
  const until = Number(expires);
  return found === undefined || until <= now || until > now + LONGEST_TOKEN ? undefined : { level: found, expires: until };
}

export function isAllowedBy(level: TokenLevel, action: Action): boolean {
  const allowed: readonly Action[] = TOKEN_LEVELS.slice(0, TOKEN_LEVELS.indexOf(level) + 1);
  return allowed.includes(action);
}

/** The word before it keeps a token and the proof of a nonce from ever being the same thing. */
function sign(key: Uint8Array, claims: string): string {
  return createHmac('sha256', key).update(`token ${claims}`).digest('hex');
}
