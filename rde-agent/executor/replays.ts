import type { Digest } from '../../language/model/names.ts';
import type { Hash } from '../engine/hash.ts';
import { toTaskGraph } from '../engine/taskGraph.ts';
import { toReceiptStream } from '../protocol/catalogEvents.ts';
import type { Clock } from '../protocol/clock.ts';
import type { ReceiptDocument, ReplayDocument } from '../protocol/comparisons.ts';
import { CairnError } from '../protocol/errors.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { Receipt } from '../protocol/receipt.ts';
import type { ReplayOf } from '../protocol/runEvents.ts';
import type { Principal } from '../protocol/who.ts';
import type { Store } from '../store/store.ts';
import { measureReceipt, parseReceipt, readReceipt, takeBlobs, writeReceipt, type WrittenReceipt } from './receiptFolder.ts';
import { listPinned, makeReceipt, type MadeReceipt, type ReceiptServices } from './receipts.ts';
import { compareReplay, toRefused } from './replayComparison.ts';
import { findMissing, toMissingOf, type NeedServices } from './replayNeeds.ts';
import { listTasks } from './runTasks.ts';
import type { RunStarts } from './runStarts.ts';
import { toScope } from './scopes.ts';

export interface ReplayServices extends ReceiptServices, NeedServices {
  readonly store: Store;
  readonly starts: RunStarts;
  readonly clock: Clock;
  readonly hash: Hash;
  /** absolute; for files that are on their way into the store */
  readonly scratch: string;
  /** the agent stops */
  readonly signal: AbortSignal;
}

/** Receipts of runs, and runs that are made of them: on this agent from its own record, on another one from what was written to a folder. */
export class Replays {
  readonly #services: ReplayServices;

  constructor(services: ReplayServices) {
    this.#services = services;
  }

  /** Rejects as `makeReceipt` does. */
  async receipt(run: string): Promise<ReceiptDocument> {
    const made = await this.#find(run);
    return toDocument(run, made, await measureReceipt(made, this.#services.store.blobs));
  }

  /** Rejects with `already-exists` too, see `writeReceipt`. */
  async export(run: string, folder: string): Promise<ReceiptDocument> {
    const made = await this.#find(run);
    return { ...toDocument(run, made, await writeReceipt(folder, made, this.#services.store.blobs)), folder };
  }

  /**
   * Begins a replay, or says what is missing for it. Rejects with `invalid-request` when the receipt is of another run than the one named, or is
   * none, with `unknown-run` when there is neither, and as a submission does.
   */
  async replay({ run, folder, key }: CheckedParamsOf<'run.replay'>, who: Principal): Promise<ReplayDocument> {
    const made = await this.#take(run, folder, who);
    const { receipt } = made;
    assertRunnable(receipt);
    const missing = await findMissing(receipt, this.#services, this.#services.signal);
    if (missing.length > 0) return toRefused(receipt, missing, toMissingOf(receipt, missing));
    const definition = withClusters(receipt.definition, new Set(Object.keys(this.#services.runtimes)));
    const started = await this.#services.starts.begin(
      key,
      { operation: 'replay', who: who.id, receipt: made.digest },
      {
        definition,
        force: true,
        from: null,
        origin: { kind: 'replay', run: receipt.run },
        replay: { ...toReplayOf(receipt), ...(this.#isHere(receipt.run) ? {} : { receipt: made.digest }) },
        ...(Object.keys(receipt.inputs).length === 0 ? {} : { inputs: receipt.inputs }),
        ...(receipt.nominalTime === null ? {} : { nominalTime: receipt.nominalTime }),
      },
      who,
    );
    return this.replayed(started.run);
  }

  /** Rejects with `unknown-run`, or `invalid-request` when the run is no replay. */
  async replayed(run: string): Promise<ReplayDocument> {
    const { library } = this.#services;
    const { view } = library.get(run);
    if (view.origin?.kind !== 'replay')
      throw new CairnError('invalid-request', `Run ${run} is no replay`, { next: `Repeat it: \`cairn replay ${run}\`.` });
    const first = library.events(run, 0)[0]?.event;
    const replay = first?.type === 'run.submitted' ? first.replay : undefined;
    const { receipt } = await this.#find(view.origin.run, replay?.receipt);
    const pinned = Object.keys(replay?.pinned ?? {});
    return compareReplay(receipt, {
      run,
      state: view.state,
      isFinished: view.finished !== null,
      tasks: listTasks(view, (id) => library.find(id)?.view),
      pinned: new Set(pinned),
    });
  }

  async #take(run: string | undefined, folder: string | undefined, who: Principal): Promise<MadeReceipt> {
    if (folder === undefined) {
      if (run === undefined) throw new CairnError('invalid-request', 'A replay takes a run, or the folder of its receipt');
      return this.#find(run);
    }
    const { store, hash, scratch } = this.#services;
    const made = await readReceipt(folder, hash);
    if (run !== undefined && made.receipt.run !== run)
      throw new CairnError('invalid-request', `${folder} has the receipt of run ${made.receipt.run}, not of ${run}`);
    await takeBlobs(folder, made, store.blobs, scratch);
    await this.#record(made, who);
    return made;
  }

  /** A receipt from elsewhere is kept, so that its run can be named from now on. */
  async #record({ receipt, digest, bytes }: MadeReceipt, who: Principal): Promise<void> {
    const { store, clock } = this.#services;
    if (this.#isHere(receipt.run) || this.#imported(receipt.run) === digest) return;
    if (!store.blobs.has(digest)) await store.blobs.put(bytes);
    const stream = toReceiptStream(receipt.run);
    const append = { stream, expected: store.events.last(stream), by: who.id, scope: toScope(receipt.definition.domain), at: clock.now() };
    await store.events.commit({ appends: [{ ...append, events: [{ type: 'receipt.imported', run: receipt.run, receipt: digest }] }] });
  }

  #imported(run: string): Digest | undefined {
    const event = this.#services.store.events.read(toReceiptStream(run)).at(-1)?.event;
    return event?.type === 'receipt.imported' ? event.receipt : undefined;
  }

  #isHere(run: string): boolean {
    return this.#services.library.find(run) !== undefined;
  }

  /** `taken` = the receipt that a replay was made of. */
  async #find(run: string, taken?: Digest): Promise<MadeReceipt> {
    const { store, hash } = this.#services;
    if (taken === undefined && this.#isHere(run)) return makeReceipt(run, this.#services);
    const digest = taken ?? this.#imported(run);
    const bytes = digest === undefined ? undefined : await store.blobs.read(digest);
    if (digest !== undefined && bytes !== undefined) return parseReceipt(bytes, `The receipt of run ${run}`, hash);
    throw new CairnError('unknown-run', `There is no run ${run}, and no receipt of it`, {
      next: 'On the agent that has it: `cairn receipt RUN --out FOLDER`; then here: `cairn replay RUN --from FOLDER`.',
    });
  }
}

function toDocument(run: string, { digest, bytes }: MadeReceipt, written: WrittenReceipt): ReceiptDocument {
  const plain = JSON.parse(new TextDecoder().decode(bytes)) as ReceiptDocument['receipt'];
  return { v: 1, run, digest, receipt: plain, blobs: written.blobs, bytes: written.bytes, missing: [...written.missing] };
}

/** What the run was given from outside, and the ids that it had. */
function toReplayOf(receipt: Receipt): ReplayOf {
  const pinned = Object.fromEntries(listPinned(receipt.tasks, receipt.definition));
  return { run: receipt.run, pinned, runs: receipt.runs };
}

/** Clusters are no part of what a task gives: one that this agent does not have is its own. */
function withClusters(definition: PinnedWorkflow, known: ReadonlySet<string>): PinnedWorkflow {
  const steps = definition.steps.map((step) =>
    step.kind === 'workflow' || known.has(step.cluster) ? step : { ...step, cluster: 'local' },
  );
  const { workflows } = definition;
  return { ...definition, steps, ...(workflows === undefined ? {} : { workflows: workflows.map((each) => withClusters(each, known)) }) };
}

/** A receipt may come from anywhere. Throws `invalid-request` when no run can be made of its definition. */
function assertRunnable({ run, definition, inputs, nominalTime }: Receipt): void {
  const { workflows = [] } = definition;
  try {
    toTaskGraph(definition, { id: run, nominalTime, inputs }, null);
    for (const inner of workflows) {
      const open = Object.fromEntries((inner.inputs ?? []).map(({ name }) => [name, null]));
      // Its parameters come with the step that it is.
      const params = { ...Object.fromEntries((inner.declared ?? []).map(({ name }) => [name, null])), ...inner.params };
      toTaskGraph({ ...inner, params, workflows }, { id: run, nominalTime, inputs: open }, null);
    }
  } catch (error) {
    throw new CairnError(
      'invalid-request',
      `No run can be made of the receipt of ${run}: ${error instanceof Error ? error.message : String(error)}`,
      {
        next: 'Write the receipt again: `cairn receipt RUN --out FOLDER` on the agent that has the run.',
        cause: error,
      },
    );
  }
}
