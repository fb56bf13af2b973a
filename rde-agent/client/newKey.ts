import { randomUUID } from 'node:crypto';

/** A fresh idempotency key: make one per thing that a person asked for, and keep it over every repeat. */
export function newKey(): string {
  return randomUUID();
}
