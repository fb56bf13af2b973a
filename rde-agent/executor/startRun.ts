import type { Json } from '../../language/model/json.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { RunOrigin } from '../protocol/runEvents.ts';
import type { Principal } from '../protocol/who.ts';
import type { BesideEvent } from './sourceHook.ts';

/** A run that is not a person's submit of a working tree: of a published workflow, or of an earlier run. */
export interface StartRequest {
  /** Idempotency: a repeat with an equal `body` answers the first run, with another one it is a `conflict`. */
  readonly key: string;
  /** everything that was asked for, without the key; canonical JSON of it is compared */
  readonly body: { readonly [name: string]: Json };
  /** Everything that it needs is in the store already. */
  readonly definition: PinnedWorkflow;
  /** Values that replace those of the definition; checked against what it declares. */
  readonly params: { readonly [name: string]: Json };
  readonly origin: RunOrigin;
  /** RFC 3339; `null` = none */
  readonly nominalTime: string | null;
  /** tasks run on their behalf */
  readonly who: Principal;
  /** Committed in one transaction with the run's submission, given its id. */
  readonly beside?: (run: string) => readonly BesideEvent[];
}

/**
 * Resolves when the submission is durable. Rejects with `invalid-request` (a parameter that is not declared or of another type, inputs that nobody
 * gives), `unknown-blob`, `conflict`, `denied` or `store-failed`; nothing is recorded then. Asks `authorize()` for `submit`.
 */
export type StartRun = (request: StartRequest) => Promise<{ readonly run: string }>;
