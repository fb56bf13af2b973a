import type { OperationName } from '../protocol/operations.ts';

/**
 * Operations that change something and carry no idempotency key: when the answer is lost, repeating could do it twice (or answer
 * `already-exists` for one's own success), so a person decides. A test holds this list against the registry.
 */
const NOT_REPEATABLE: ReadonlySet<OperationName> = new Set<OperationName>([
  'agent.stop',
  'workspace.init',
  'workspace.newModule',
  'workspace.newLibrary',
  'workspace.newWorkflow',
  'workspace.test',
  'environment.lock',
  'environment.sync',
  'run.export',
  'cache.audit',
]);

export function isRepeatable(name: OperationName): boolean {
  return !NOT_REPEATABLE.has(name);
}
