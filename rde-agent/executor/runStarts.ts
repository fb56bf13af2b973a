import type { Digest } from '../../language/model/names.ts';
import type { Hash } from '../engine/hash.ts';
import type { NewId } from '../protocol/clock.ts';
import { CairnError } from '../protocol/errors.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { BlobBytes, SubmitRequest } from '../protocol/roles.ts';
import { toRunStream } from '../protocol/runEvents.ts';
import type { Principal, Scope } from '../protocol/who.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { Store } from '../store/store.ts';
import type { Submitted } from './activeRunOptions.ts';
import { assertComplete } from './completeness.ts';
import type { Received } from './received.ts';
import type { Requests, ToRecord } from './requests.ts';
import { assertPath, toForked, toHadTask } from './forks.ts';
import { takeGiven } from './givenResults.ts';
import { readTexts, withParams } from './runParams.ts';
import { toGraph, type RunKeeper } from './runKeeper.ts';
import { toScope } from './scopes.ts';
import type { BesideEvent } from './sourceHook.ts';
import type { StartRequest } from './startRun.ts';

export interface RunStartsOptions {
  readonly store: Store;
  readonly runtimes: { readonly [cluster: string]: Runtime };
  readonly newId: NewId;
  readonly hash: Hash;
  readonly keeper: RunKeeper;
  readonly requests: Requests;
  readonly receive: (blobs: readonly BlobBytes[]) => Received;
  /** Throws `denied`. */
  readonly ask: (who: Principal, workspace: string, scope: Scope) => void;
  /** Throws when the agent takes no new work. */
  readonly assertOpen: () => void;
}

/** What a new run is made of, beside its id and its tasks. */
export type Wanted = Omit<Submitted, 'type' | 'run' | 'tasks' | 'requestKey'>;

/** Every way in which a run that is nested in none begins: submitted, started from what was published, repeated. */
export class RunStarts {
  readonly #options: RunStartsOptions;

  constructor(options: RunStartsOptions) {
    this.#options = options;
  }

  submit(request: SubmitRequest, who: Principal): Promise<{ readonly run: string }> {
    const { definition, force, from, fork, key, blobs } = request;
    const body = { operation: 'submit', who: who.id, definition, force, from, ...(fork === undefined ? {} : { fork }) };
    if (fork === undefined) return this.#once(key, body, definition, who, () => ({ definition, force, from }), blobs);
    if (force)
      throw new CairnError('invalid-request', 'A fork keeps what is still right, so it cannot be forced', {
        next: 'Leave one of them away.',
      });
    const toWanted = (): Wanted => ({ definition, force, from: null, ...this.#toForked(fork, definition, from) });
    return this.#once(key, body, definition, who, toWanted, blobs);
  }

  /** See StartRun. */
  start({ key, body, definition, params, origin, nominalTime, who, beside }: StartRequest): Promise<{ readonly run: string }> {
    const toWanted = (): Wanted => ({
      definition: withParams(definition, params),
      force: false,
      from: null,
      origin,
      ...(nominalTime === null ? {} : { nominalTime }),
    });
    return this.#once(key, { who: who.id, ...body }, definition, who, toWanted, [], beside);
  }

  rerun({ run, from, force, params, texts, key }: CheckedParamsOf<'run.rerun'>, who: Principal): Promise<{ readonly run: string }> {
    const toWanted = (): Wanted => {
      const before = this.read(run);
      const definition = withParams(before.definition, { ...params, ...readTexts(before.definition, texts) });
      if (from !== undefined && isPart(from)) {
        assertPath(definition, from, toHadTask(run, this.#options.keeper.library));
        // Only keys tell what of it is above a step inside of another.
        return { ...toRepeated(before), definition, force, from: null, fork: { run, from }, origin: { kind: 'rerun', run } };
      }
      const { keeper, store } = this.#options;
      // What an open run gave may still be on its way to the store.
      const has = (blob: Digest): boolean => keeper.library.open.has(run) || store.blobs.has(blob);
      const given = from === undefined ? {} : takeGiven(keeper.library.get(run).view, definition, before, from, has);
      return { ...toRepeated(before), ...given, definition, force, from: from ?? null, origin: { kind: 'rerun', run } };
    };
    const body = { operation: 'rerun', who: who.id, run, from: from ?? null, force, params, texts };
    return this.#once(key, body, this.read(run).definition, who, toWanted, []);
  }

  clone({ run, params, texts, key }: CheckedParamsOf<'run.clone'>, who: Principal): Promise<{ readonly run: string }> {
    const toWanted = (): Wanted => {
      const before = this.read(run);
      return {
        ...toRepeated(before),
        definition: withParams(before.definition, { ...params, ...readTexts(before.definition, texts) }),
        force: false,
        from: null,
        origin: { kind: 'clone', run },
      };
    };
    return this.#once(key, { operation: 'clone', who: who.id, run, params, texts }, this.read(run).definition, who, toWanted, []);
  }

  /** A run that somebody has put together; everything that it needs is in the store. Rejects as `start` does. */
  begin(key: string, body: { readonly [name: string]: unknown }, wanted: Wanted, who: Principal): Promise<{ readonly run: string }> {
    return this.#once(key, body, wanted.definition, who, () => wanted, []);
  }

  #toForked(run: string, definition: PinnedWorkflow, from: string | null): ReturnType<typeof toForked> {
    return toForked(this.read(run), definition, from, toHadTask(run, this.#options.keeper.library));
  }

  /** How a run began. Throws `unknown-run`. */
  read(run: string): Submitted {
    const { keeper, store } = this.#options;
    const open = keeper.library.open.get(run);
    if (open !== undefined) return open.submitted;
    const [first] = store.events.read(toRunStream(run));
    if (first?.event.type !== 'run.submitted') throw new CairnError('unknown-run', `There is no run ${run}`);
    return first.event;
  }

  async #once(
    key: string,
    body: { readonly [name: string]: unknown },
    definition: PinnedWorkflow,
    who: Principal,
    toWanted: () => Wanted,
    blobs: readonly BlobBytes[],
    beside: (run: string) => readonly BesideEvent[] = () => [],
  ): Promise<{ readonly run: string }> {
    const { requests, ask, assertOpen } = this.#options;
    const scope = toScope(definition.domain);
    ask(who, definition.workspace, scope);
    assertOpen();
    return requests.once<{ readonly run: string }>(key, body, (toRecord) =>
      this.#begin(key, toWanted(), who, scope, blobs, beside, toRecord),
    );
  }

  async #begin(
    requestKey: string,
    wanted: Wanted,
    who: Principal,
    scope: Scope,
    blobs: readonly BlobBytes[],
    beside: (run: string) => readonly BesideEvent[],
    toRecord: ToRecord<{ readonly run: string }>,
  ): Promise<{ readonly run: string }> {
    const { store, keeper, newId, runtimes, receive, assertOpen } = this.#options;
    const run = newId();
    const graph = toGraph({ type: 'run.submitted', run, tasks: [], requestKey, ...wanted });
    const received = receive(blobs);
    await assertComplete(wanted.definition, received, Object.keys(runtimes));
    const small = await received.store(store.blobs);
    assertOpen();
    const tasks = graph.nodes.map((node) => node.id);
    const submitted: Submitted = { type: 'run.submitted', run, tasks, requestKey, ...wanted };
    await keeper.start({ submitted, graph, who, scope, record: toRecord({ run }), blobs: small, beside: beside(run) });
    return { run };
  }
}

/** A path that names less than a whole step: something inside of a nested workflow, or an element of a fan-out. */
function isPart(path: string): boolean {
  return path.includes('/') || path.includes('[');
}

/** What a run that is repeated hands on. */
function toRepeated({ inputs, nominalTime }: Submitted): Pick<Wanted, 'inputs' | 'nominalTime'> {
  return { ...(inputs === undefined ? {} : { inputs }), ...(nominalTime === undefined ? {} : { nominalTime }) };
}
