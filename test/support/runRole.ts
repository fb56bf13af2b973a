import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunRole, type StartedRunRole } from '../../rde-agent/executor/runRole.ts';
import type { RunRoleOptions } from '../../rde-agent/executor/runRoleOptions.ts';
import { createOwnerAuthorize } from '../../rde-agent/governance/authorize.ts';
import { toUuid7 } from '../../rde-agent/protocol/clock.ts';
import type { RunDocument } from '../../rde-agent/protocol/documents.ts';
import type { PinnedWorkflow } from '../../rde-agent/protocol/pinned.ts';
import type { RunRole, SubmitRequest } from '../../rde-agent/protocol/roles.ts';
import { openSqliteStore } from '../../rde-agent/store/sqlite/sqliteStore.ts';
import type { Store } from '../../rde-agent/store/store.ts';
import { FakeRuntime } from './fakeRuntime.ts';
import { blobsOf, digestOf, sketchWorkflow, type StepSketch } from './pinnedWorkflow.ts';
import { silentLogger } from './silentLogger.ts';
import { waitFor } from './waitFor.ts';

export const OWNER = { id: 'local:tester' };
const writerScript = new URL('../../rde-agent/store/sqlite/writerThread.ts', import.meta.url);

/** A run role over the real store in a temp folder and a fake runtime; can be restarted on the same folder. */
export class RunRoleHarness {
  readonly folder = mkdtempSync(join(tmpdir(), 'cairn-executor-'));
  runtime = new FakeRuntime();
  /** seconds by which the wall clock is ahead */
  ahead = 0;
  /** seconds for which content that was used of late is not deleted */
  keptAfterUse: number | undefined;
  #store: Store | undefined;
  #role: StartedRunRole | undefined;
  #keys = 0;

  get role(): StartedRunRole {
    if (this.#role === undefined) throw new Error('not open');
    return this.#role;
  }
  get store(): Store {
    if (this.#store === undefined) throw new Error('not open');
    return this.#store;
  }

  async open(changes: Partial<RunRoleOptions> = {}, wrap: (store: Store) => Store = (store) => store): Promise<void> {
    this.#store = await openSqliteStore({
      folder: this.folder,
      writerScript,
      logger: silentLogger,
      ...(this.keptAfterUse === undefined ? {} : { keptAfterUse: this.keptAfterUse }),
    });
    this.#role = createRunRole({
      store: wrap(this.#store),
      runtimes: { local: this.runtime },
      authorize: createOwnerAuthorize(OWNER.id),
      logger: silentLogger,
      hash: digestOf,
      slots: 2,
      clock: { now: () => new Date(Date.now() + this.ahead * 1000).toISOString(), monotonic: () => performance.now() / 1000 },
      newId: () => toUuid7(Date.now(), randomBytes(10)),
      folders: { trees: join(this.folder, 'trees'), scratch: join(this.folder, 'scratch') },
      ...changes,
    });
    await this.#role.start();
  }

  async close(): Promise<void> {
    await this.#role?.stop();
    await this.#store?.close();
    this.#role = undefined;
    this.#store = undefined;
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  toRequest(sketches: { readonly [step: string]: StepSketch }, changes: Partial<SubmitRequest> = {}): SubmitRequest {
    this.#keys += 1;
    const definition: PinnedWorkflow = sketchWorkflow(sketches);
    return {
      key: `key-${String(this.#keys)}-${randomBytes(4).toString('hex')}`,
      definition,
      blobs: blobsOf(sketches),
      force: false,
      from: null,
      ...changes,
    };
  }

  /** Submits, waits for the end, and answers the document. */
  async run(sketches: { readonly [step: string]: StepSketch }, changes: Partial<SubmitRequest> = {}): Promise<RunDocument> {
    const { run } = await this.role.submit(this.toRequest(sketches, changes), OWNER);
    return this.finished(run);
  }

  finished(run: string): Promise<RunDocument> {
    return untilFinished(this.role, run);
  }
}

/** Polls until the run has ended durably. */
export function untilFinished(role: RunRole, run: string): Promise<RunDocument> {
  return waitFor(`run ${run} has ended`, () => {
    const view = role.view(run, OWNER);
    return view?.view.finished != null && view.durable === view.seq && role.show(run, OWNER);
  });
}

/** `step: state decision` for each task. */
export function toLines(document: RunDocument): readonly string[] {
  return document.steps.map((step) => `${step.step}: ${step.state} ${step.decision ?? '-'}`);
}
