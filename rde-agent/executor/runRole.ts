import type { Digest } from '../../language/model/names.ts';
import type { ClustersDocument } from '../protocol/clusterDocument.ts';
import type { ClustersAction } from '../protocol/clustersView.ts';
import type {
  CancelDocument,
  DatasetVersion,
  LineageDocument,
  PlanDocument,
  PushDocument,
  RunDocument,
  RunsDocument,
  SchedulesDocument,
  TriggerDocument,
  WhyDocument,
} from '../protocol/documents.ts';
import type { LedgerDocument } from '../protocol/ledgerDocument.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { PreviewDocument } from '../protocol/previewDocument.ts';
import type { PushedGraphDocument, WorkflowsDocument } from '../protocol/portalDocuments.ts';
import type { BlobBytes, Disposable, PushRequest, CacheRole, ReadSource, ReleaseRole, RunRole, SubmitRequest } from '../protocol/roles.ts';
import type { Recorded, RunEvent } from '../protocol/runEvents.ts';
import type { RunsView } from '../protocol/runsView.ts';
import type { SchedulesAction } from '../protocol/schedulesView.ts';
import type { Principal } from '../protocol/who.ts';
import type { WorkflowsAction, WorkflowsView } from '../protocol/workflowsView.ts';
import { createCacheOperations } from './cacheOperations.ts';
import { composeRunRole, type RunRoleParts } from './composeRunRole.ts';
import type { CommitListener, RecordListener, RunsListener } from './hub.ts';
import { planRun } from './planRun.ts';
import type { ViaWebhook } from './published.ts';
import type { LogAnswer } from './runLogs.ts';
import type { RunRoleOptions } from './runRoleOptions.ts';
import { toScope } from './scopes.ts';
import { toHadTask } from './forks.ts';
import { readStanding } from './standings.ts';

export interface StartedRunRole extends RunRole {
  /** Goes on with every run that an earlier agent left open. */
  start(): Promise<void>;
  /** Stops what runs and leaves it open; resolves when its processes are gone and the record is durable. Idempotent. */
  stop(): Promise<void>;
  /** number of schedules that will fire, as long as the agent runs */
  scheduled(): number;
}

/** Runs things and knows everything about runs. */
export function createRunRole(options: RunRoleOptions): StartedRunRole {
  return new LocalRunRole(options);
}

class LocalRunRole implements StartedRunRole {
  readonly #parts: RunRoleParts;
  readonly cache: CacheRole;
  readonly releases: ReleaseRole;

  constructor(options: RunRoleOptions) {
    const parts = composeRunRole(options);
    this.#parts = parts;
    this.cache = createCacheOperations(parts.cache, parts.access);
    this.releases = parts.releases;
  }

  async start(): Promise<void> {
    await this.#parts.keeper.recover();
    await this.#parts.schedules.open();
  }

  async stop(): Promise<void> {
    this.#parts.stopping.abort();
    this.#parts.clusters.stop();
    this.#parts.pushed.news.stop();
    await this.#parts.schedules.stop();
    await Promise.all([this.#parts.keeper.stop(), this.#parts.cache.stop()]);
  }

  missing(digests: readonly Digest[]): readonly Digest[] {
    return digests.filter((digest) => !this.#parts.blobs.has(digest));
  }

  async push(request: PushRequest, who: Principal): Promise<PushDocument> {
    const scope = toScope('experiment');
    this.#parts.access.ask(who, 'write', { kind: 'workspace', id: request.workspace }, scope);
    this.#parts.assertOpen();
    const { key, blobs, ...body } = request;
    return this.#parts.requests.once<PushDocument>(key, { operation: 'push', who: who.id, ...body }, async (toRecord) => {
      const document = await this.#parts.pushes.push(request, this.#parts.receive(blobs), who, scope, toRecord);
      for (const { artifact } of request.artifacts) this.#parts.keeper.preload(artifact);
      this.#parts.pushed.news.published((request.workflows ?? []).map(({ workflow }) => workflow));
      await this.#parts.schedules.published(request.workflows ?? []);
      return document;
    });
  }

  async submit(request: SubmitRequest, who: Principal): Promise<{ readonly run: string }> {
    if (request.fork !== undefined) this.#parts.access.askRun(who, 'read', request.fork);
    return this.#parts.starts.submit(request, who);
  }

  async rerun(request: CheckedParamsOf<'run.rerun'>, who: Principal): Promise<{ readonly run: string }> {
    this.#parts.access.askRun(who, 'read', request.run);
    return this.#parts.starts.rerun(request, who);
  }

  async clone(request: CheckedParamsOf<'run.clone'>, who: Principal): Promise<{ readonly run: string }> {
    this.#parts.access.askRun(who, 'read', request.run);
    return this.#parts.starts.clone(request, who);
  }

  receipt(run: string, who: Principal): ReturnType<RunRole['receipt']> {
    return this.#parts.comparisons.receipt(run, who);
  }
  export(request: CheckedParamsOf<'run.export'>, who: Principal): ReturnType<RunRole['export']> {
    return this.#parts.comparisons.export(request, who);
  }
  replay(request: CheckedParamsOf<'run.replay'>, who: Principal): ReturnType<RunRole['replay']> {
    return this.#parts.comparisons.replay(request, who);
  }
  replayed(run: string, who: Principal): ReturnType<RunRole['replayed']> {
    return this.#parts.comparisons.replayed(run, who);
  }
  diff(request: CheckedParamsOf<'run.diff'>, who: Principal): ReturnType<RunRole['diff']> {
    return this.#parts.comparisons.diff(request, who);
  }

  async trigger(request: CheckedParamsOf<'run.trigger'>, who: Principal, via?: ViaWebhook): Promise<TriggerDocument> {
    // Who may not trigger is not told what there is to trigger.
    if (!this.#parts.published.knows(request.workflow)) this.#parts.access.askAgent(who, 'submit');
    return this.#parts.published.trigger(request, who, via);
  }

  async workflows(who: Principal): Promise<WorkflowsDocument> {
    this.#parts.access.askAgent(who);
    return { v: 1, workflows: await this.#parts.published.list() };
  }

  async workflow(name: string, who: Principal): Promise<PushedGraphDocument> {
    this.#parts.access.askAgent(who);
    return this.#parts.pushed.show(name);
  }

  async planPushed(request: CheckedParamsOf<'workflow.plan'>, who: Principal): Promise<PlanDocument> {
    this.#parts.access.askAgent(who);
    return this.plan(await this.#parts.pushed.toRun(request), request.from ?? null, who);
  }

  schedules(workflow: string | undefined, who: Principal): SchedulesDocument {
    this.#parts.access.askAgent(who);
    return this.#parts.schedules.list(workflow);
  }

  async changeSchedule(request: CheckedParamsOf<'schedule.change'>, who: Principal): Promise<SchedulesDocument> {
    this.#parts.access.askAgent(who, 'submit');
    this.#parts.assertOpen();
    return this.#parts.schedules.change(request, who);
  }

  scheduled(): number {
    return this.#parts.schedules.active;
  }

  lineage(target: string, who: Principal): LineageDocument {
    return this.#parts.reads.lineage(target, who);
  }
  async preview(request: CheckedParamsOf<'output.preview'>, who: Principal, signal: AbortSignal): Promise<PreviewDocument> {
    return this.#parts.reads.preview(request, who, signal);
  }
  async previewDataset(request: CheckedParamsOf<'dataset.preview'>, who: Principal, signal: AbortSignal): Promise<PreviewDocument> {
    return this.#parts.reads.previewDataset(request, who, signal);
  }
  datasetVersions(dataset: string, who: Principal): readonly DatasetVersion[] {
    return this.#parts.reads.datasetVersions(dataset, who);
  }

  async plan(
    definition: PinnedWorkflow,
    from: string | null,
    who: Principal,
    manifests: readonly BlobBytes[] = [],
    readSource?: ReadSource,
    forked?: string,
  ): Promise<PlanDocument> {
    const scope = toScope(definition.domain);
    this.#parts.access.ask(who, 'read', { kind: 'workspace', id: definition.workspace }, scope);
    const sources = this.#parts.sources;
    if (forked !== undefined) this.#parts.access.askRun(who, 'read', forked);
    const fork = forked === undefined ? undefined : this.#parts.starts.read(forked);
    const { hash } = this.#parts;
    return planRun(
      { who, definition, from, fork, scope, sent: manifests, readSource },
      {
        hash,
        standingOf: (run) => readStanding(run, this.#parts.keeper.library, hash),
        hadTask: (run) => toHadTask(run, this.#parts.keeper.library),
        blobs: this.#parts.blobs,
        manifests: this.#parts.manifests,
        results: this.#parts.results,
        rules: this.#parts.cache.rules,
        memo: this.#parts.plans,
        projections: this.#parts.store.projections,
        versionOf: sources && ((node) => sources.peek(node)),
      },
    );
  }

  async cancel(run: string, key: string, who: Principal): Promise<CancelDocument> {
    const known = this.#parts.access.askRun(who, 'submit', run);
    const open = this.#parts.keeper.library.open.get(run);
    if (open === undefined || open.isFinished) return { v: 1, run, state: known.view.state };
    return this.#parts.requests.once<CancelDocument>(key, { operation: 'cancel', who: who.id, run }, async (toRecord) => {
      const document: CancelDocument = { v: 1, run, state: 'cancelled' };
      await open.cancel(who.id, toRecord(document));
      await open.ended;
      return document;
    });
  }

  list(query: CheckedParamsOf<'run.list'>, who: Principal): RunsDocument {
    return this.#parts.reads.list(query, who);
  }
  show(run: string, who: Principal): RunDocument {
    return this.#parts.reads.show(run, who);
  }
  why(run: string, step: string, who: Principal): WhyDocument {
    return this.#parts.reads.why(run, step, who);
  }
  async logs(query: CheckedParamsOf<'run.logs'>, who: Principal, signal: AbortSignal): Promise<LogAnswer> {
    return this.#parts.reads.logs(query, who, signal);
  }
  tagged(module: string, tag: string): ReturnType<RunRole['tagged']> {
    return this.#parts.reads.tagged(module, tag);
  }
  tags(module: string): { readonly [tag: string]: string } {
    return this.#parts.reads.tags(module);
  }
  pushedTree(workspace: string): Digest | undefined {
    return this.#parts.reads.pushedTree(workspace);
  }
  view(run: string, who: Principal): ReturnType<RunRole['view']> {
    return this.#parts.reads.view(run, who);
  }
  events(run: string, after: number, who: Principal): readonly Recorded<RunEvent>[] {
    return this.#parts.reads.events(run, after, who);
  }
  ledger(query: CheckedParamsOf<'ledger.show'>, who: Principal): LedgerDocument {
    return this.#parts.reads.ledger(query, who);
  }
  clusters(who: Principal): ClustersDocument {
    this.#parts.access.askAgent(who);
    return this.#parts.clusters.list();
  }
  runsView(who: Principal): RunsView {
    return this.#parts.reads.runsView(who);
  }

  onDidRecord(listener: RecordListener): Disposable {
    return this.#parts.hub.onDidRecord(listener);
  }
  onDidCommit(listener: CommitListener): Disposable {
    return this.#parts.hub.onDidCommit(listener);
  }
  onDidChangeRuns(listener: RunsListener): Disposable {
    return this.#parts.hub.onDidChangeRuns(listener);
  }

  onDidChangeClusters(listener: (action: ClustersAction) => void): Disposable {
    return this.#parts.clusters.onDidChange(listener);
  }
  onDidChangeSchedules(listener: (action: SchedulesAction) => void): Disposable {
    return this.#parts.schedules.onDidChange(listener);
  }

  workflowsView(who: Principal): WorkflowsView {
    this.#parts.access.askAgent(who);
    return this.#parts.pushed.news.view();
  }
  onDidChangeWorkflows(listener: (action: WorkflowsAction) => void): Disposable {
    return this.#parts.pushed.news.onDidChange(listener);
  }

  active(): number {
    return this.#parts.keeper.library.open.size;
  }
}
