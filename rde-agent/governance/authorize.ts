import type { Authorize } from '../protocol/who.ts';

/** Until there are policies: the owner of this agent may do everything, the agent itself acts for the owner, nobody else may anything. */
export function createOwnerAuthorize(owner: string): Authorize {
  return (principal, action, resource) => {
    if (principal.id === owner || principal.id === 'agent') return { kind: 'allow' };
    return { kind: 'deny', reason: `${principal.id} may not ${action} ${resource.kind} ${resource.id}: this agent belongs to ${owner}` };
  };
}
