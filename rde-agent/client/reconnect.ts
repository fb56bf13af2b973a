import type { ErrorCode } from '../protocol/errors.ts';

/** Why a connection is not there, in a form to be shown. */
export interface ConnectionProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly next: string;
}

/** Times are milliseconds of one clock. `attempt` counts from 1 since the connection last held. */
export type ConnectionState =
  | { readonly kind: 'connecting'; readonly attempt: number; readonly since: number }
  | { readonly kind: 'open'; readonly attempt: number; readonly since: number }
  | {
      readonly kind: 'waiting';
      readonly attempt: number;
      readonly since: number;
      readonly until: number;
      readonly problem: ConnectionProblem;
    }
  /** Trying again by itself would not help; a person can. */
  | { readonly kind: 'refused'; readonly since: number; readonly problem: ConnectionProblem }
  | { readonly kind: 'stopped'; readonly since: number };

export type ConnectionEvent =
  | { readonly kind: 'opened' }
  | { readonly kind: 'lost'; readonly problem: ConnectionProblem }
  | { readonly kind: 'refused'; readonly problem: ConnectionProblem }
  /** the waiting time is over */
  | { readonly kind: 'elapsed' }
  /** a person asks to try now */
  | { readonly kind: 'retry' }
  | { readonly kind: 'stop' };

export const BACKOFF = { first: 250, longest: 30_000 } as const;
/** A connection that held this long starts its next row of attempts at the shortest wait. */
export const HELD = 5_000;

export function toFirstState(now: number): ConnectionState {
  return { kind: 'connecting', attempt: 1, since: now };
}

/**
 * The whole life of a connection, for ever: pure. `random` in [0, 1) spreads the clients of a restarted agent. An event that has no
 * meaning in a state (a late timer, a second loss) leaves it as it is.
 */
export function stepConnection(state: ConnectionState, event: ConnectionEvent, now: number, random: number): ConnectionState {
  if (state.kind === 'stopped') return state;
  switch (event.kind) {
    case 'stop':
      return { kind: 'stopped', since: now };
    case 'opened':
      return state.kind === 'connecting' ? { kind: 'open', attempt: state.attempt, since: now } : state;
    case 'refused':
      return { kind: 'refused', since: now, problem: event.problem };
    case 'lost':
      return toWaiting(state, event.problem, now, random);
    case 'elapsed':
      return state.kind === 'waiting' ? { kind: 'connecting', attempt: state.attempt, since: now } : state;
    case 'retry':
      return state.kind === 'waiting' || state.kind === 'refused' ? { kind: 'connecting', attempt: 1, since: now } : state;
  }
}

function toWaiting(state: ConnectionState, problem: ConnectionProblem, now: number, random: number): ConnectionState {
  if (state.kind !== 'connecting' && state.kind !== 'open') return state;
  const held = state.kind === 'open' && now - state.since >= HELD;
  const failures = held ? 1 : state.attempt;
  return { kind: 'waiting', attempt: failures + 1, since: now, until: now + toDelay(failures, random), problem };
}

/** Milliseconds before the next attempt after so many failures: doubling, the upper half of each step left to chance. */
export function toDelay(failures: number, random: number): number {
  const step = Math.min(BACKOFF.longest, BACKOFF.first * 2 ** Math.min(failures, 16));
  return Math.round(step / 2 + (step / 2) * random);
}
