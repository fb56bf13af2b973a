import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Hash } from '../engine/hash.ts';
import type { ReadSecret } from '../protocol/agentConfig.ts';
import type { Clock } from '../protocol/clock.ts';
import type { DiffDocument, ReceiptDocument, ReplayDocument } from '../protocol/comparisons.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { Principal } from '../protocol/who.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { Store } from '../store/store.ts';
import type { Access } from './access.ts';
import type { BlobCache } from './blobCache.ts';
import type { Environments } from './environments.ts';
import type { Manifests } from './manifests.ts';
import { Replays } from './replays.ts';
import type { ResultCache } from './resultCache.ts';
import { diffRuns } from './runDiff.ts';
import type { RunKeeper } from './runKeeper.ts';
import type { RunStarts } from './runStarts.ts';

export interface ComparisonServices {
  readonly store: Store;
  readonly blobs: BlobCache;
  readonly manifests: Manifests;
  readonly results: ResultCache;
  readonly environments: Environments;
  readonly runtimes: { readonly [cluster: string]: Runtime };
  readonly readSecret: ReadSecret | undefined;
  readonly clock: Clock;
  readonly hash: Hash;
  /** absolute, emptied at start */
  readonly folder: string;
  /** the agent stops */
  readonly signal: AbortSignal;
}

/** Runs beside one another: receipts, replays, differences. Each call asks whether it may. */
export class RunComparisons {
  readonly #access: Access;
  readonly #keeper: RunKeeper;
  readonly #services: ComparisonServices;
  readonly #replays: Replays;

  constructor(access: Access, starts: RunStarts, keeper: RunKeeper, services: ComparisonServices) {
    this.#access = access;
    this.#keeper = keeper;
    this.#services = services;
    const scratch = join(services.folder, 'receipts');
    mkdirSync(scratch, { recursive: true, mode: 0o700 });
    this.#replays = new Replays({ ...services, starts, library: keeper.library, scratch });
  }

  async receipt(run: string, who: Principal): Promise<ReceiptDocument> {
    this.#access.askAbout(who, 'read', run);
    return this.#replays.receipt(run);
  }

  async export({ run, folder }: CheckedParamsOf<'run.export'>, who: Principal): Promise<ReceiptDocument> {
    this.#access.askAbout(who, 'read', run);
    // It makes files on this host.
    this.#access.askAgent(who, 'write');
    return this.#replays.export(run, folder);
  }

  /** Who may submit is asked when it begins. */
  async replay(request: CheckedParamsOf<'run.replay'>, who: Principal): Promise<ReplayDocument> {
    if (request.run !== undefined) this.#access.askAbout(who, 'read', request.run);
    this.#access.askAgent(who, 'submit');
    return this.#replays.replay(request, who);
  }

  async replayed(run: string, who: Principal): Promise<ReplayDocument> {
    this.#access.askRun(who, 'read', run);
    return this.#replays.replayed(run);
  }

  async diff({ run, other }: CheckedParamsOf<'run.diff'>, who: Principal): Promise<DiffDocument> {
    this.#access.askRun(who, 'read', run);
    this.#access.askRun(who, 'read', other);
    const { manifests, results, hash } = this.#services;
    return diffRuns(run, other, { library: this.#keeper.library, manifests, cache: results.lookup(), hash });
  }
}
