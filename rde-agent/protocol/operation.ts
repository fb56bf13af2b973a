import { z } from 'zod';
import type { Action } from './who.ts';

/**
 * One operation of the registry (`operations.ts`).
 *
 * `action` is the policy action that `authorize()` is asked before the operation runs. `mutates` = the operation carries an
 * idempotency key (`key`): a repeat answers the first result, the same key with another body is a `conflict`.
 */
export interface Operation<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly summary: string;
  readonly params: P;
  readonly result: R;
  readonly action: Action;
  readonly mutates: boolean;
}

export function operation<P extends z.ZodType, R extends z.ZodType>(definition: Operation<P, R>): Operation<P, R> {
  return definition;
}

/** Absolute path of a workspace's root on the host of the workspace role. */
export const root = z.string().min(1).max(4096);
export const key = z.string().min(8).max(128);
export const name = z.string().min(1).max(256);
const JsonValue = z.json();
export const params = z.record(z.string(), JsonValue).default({});
/** Parameters whose values are texts of a command line: they are read as the types that the workflow declares. */
export const texts = z.record(z.string(), z.string()).optional();
/** Saved documents whose content the index must hold before it answers (torn saves): path relative to the root → sha256 of its bytes. */
export const documents = z.record(z.string(), z.string()).default({});
