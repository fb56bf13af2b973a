import type { Action, Authorize } from '../protocol/who.ts';

/** What a delivery signed for a workflow brings about: its run, and the tasks of it. */
const OF_WEBHOOKS: ReadonlySet<Action> = new Set<Action>(['submit', 'dispatch']);

/**
 * Until there are policies: the owner of this agent may do everything, the agent itself acts for the owner, a webhook that the owner has set
 * up may run what it was set up for, nobody else may anything.
 */
export function createOwnerAuthorize(owner: string): Authorize {
  return (principal, action, resource) => {
    if (principal.id === owner || principal.id === 'agent') return { kind: 'allow' };
    if (principal.id.startsWith('webhook:') && OF_WEBHOOKS.has(action)) return { kind: 'allow' };
    return { kind: 'deny', reason: `${principal.id} may not ${action} ${resource.kind} ${resource.id}: this agent belongs to ${owner}` };
  };
}
