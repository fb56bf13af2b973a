import type { Domain } from '../../language/model/dataset.ts';

/** Who asks. Every command, event and record carries one. */
export interface Principal {
  /** `local:<user>` for the holder of the agent's key file; `agent` for the agent's own decisions. */
  readonly id: string;
}

/** Where it belongs. Part of every cache key: results never cross it. */
export interface Scope {
  readonly tenant: string;
  readonly domain: Domain;
}

export type Action = 'submit' | 'dispatch' | 'read' | 'write' | 'administer';

/** What is asked about: a kind and an id, `run` `0198…`. */
export interface Resource {
  readonly kind: 'agent' | 'workspace' | 'run' | 'artifact' | 'blob' | 'tag' | 'dataset' | 'cluster';
  readonly id: string;
}

export type Decision = { readonly kind: 'allow' } | { readonly kind: 'deny'; readonly reason: string };

/** The one question, asked at submit, at dispatch and at read. Must not throw: an evaluation error is a denial. */
export type Authorize = (principal: Principal, action: Action, resource: Resource, scope: Scope) => Decision;
