import type { Scope } from '../protocol/who.ts';

/** The tenant of an agent of one's own. */
export const TENANT = 'local';

export function toScope(domain: Scope['domain']): Scope {
  return { tenant: TENANT, domain };
}
