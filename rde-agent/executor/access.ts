import { CairnError } from '../protocol/errors.ts';
import type { Action, Authorize, Principal, Resource, Scope } from '../protocol/who.ts';
import type { KnownRun, RunLibrary } from './runLibrary.ts';
import { TENANT, toScope } from './scopes.ts';

/** The one question, in the words of the run role: throws `denied`. */
export class Access {
  readonly #authorize: Authorize;
  readonly #library: () => RunLibrary;

  constructor(authorize: Authorize, library: () => RunLibrary) {
    this.#authorize = authorize;
    this.#library = library;
  }

  ask(who: Principal, action: Action, resource: Resource, scope: Scope): void {
    const decision = this.#authorize(who, action, resource, scope);
    if (decision.kind === 'deny') throw new CairnError('denied', decision.reason);
  }

  askAgent(who: Principal, action: Action = 'read'): void {
    this.ask(who, action, { kind: 'agent', id: TENANT }, toScope('experiment'));
  }

  /** A run that is not there is refused like one that may not be seen, to whom nothing may be told. Then throws `unknown-run`. */
  askRun(who: Principal, action: Action, run: string): KnownRun {
    this.askAbout(who, action, run);
    return this.#library().get(run);
  }

  /** The same without needing it to be there. */
  askAbout(who: Principal, action: Action, run: string): void {
    this.ask(who, action, { kind: 'run', id: run }, this.#library().scopeOf(run) ?? toScope('experiment'));
  }
}
