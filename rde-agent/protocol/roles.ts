import type { Digest } from '../../language/model/names.ts';
import type {
  CancelDocument,
  DatasetsDocument,
  DatasetVersion,
  EnvironmentsDocument,
  LineageDocument,
  LogLine,
  PlanDocument,
  PushDocument,
  RunDocument,
  RunsDocument,
  SchedulesDocument,
  TriggerDocument,
  WhyDocument,
} from './documents.ts';
import type { DiffDocument, ReceiptDocument, ReplayDocument } from './comparisons.ts';
import type { AuditDocument, CacheStatus, GarbageDocument, PinDocument } from './cacheDocuments.ts';
import type { CiPlanDocument, TestsDocument } from './ciDocuments.ts';
import type { CheckedParamsOf, ResultOf } from './operations.ts';
import type { ClustersDocument } from './clusterDocument.ts';
import type { LedgerDocument } from './ledgerDocument.ts';
import type { ClustersAction } from './clustersView.ts';
import type { PreviewDocument } from './previewDocument.ts';
import type { PinnedWorkflow } from './pinned.ts';
import type { PushedGraphDocument, WorkflowsDocument, WorkspacesDocument } from './portalDocuments.ts';
import type { Recorded, RunEvent } from './runEvents.ts';
import type { Release } from './release.ts';
import type { RunView } from './runView.ts';
import type { TagMovedDocument, TagsDocument } from './tagDocuments.ts';
import type { RunsAction, RunsView } from './runsView.ts';
import type { SchedulesAction } from './schedulesView.ts';
import type { Principal } from './who.ts';
import type { WorkflowsAction, WorkflowsView } from './workflowsView.ts';
import type { WorkspaceAction, WorkspaceView } from './workspaceView.ts';

declare global {
  /** Pure projects know no DOM or Node types; this part merges with the host's own declaration, so real signals pass through. */
  interface AbortSignal {
    readonly aborted: boolean;
  }
}

/** What the two roles of the agent offer each other and the server. In one process they are objects; between hosts, the same over the wire. */

export interface BlobBytes {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** name of a library → its artifact */
export interface LibraryArtifacts {
  readonly [name: string]: Digest;
}

/** The bytes of a source file by their digest; `undefined` = it is not here. */
export type ReadSource = (digest: Digest) => Promise<Uint8Array | undefined>;

/** A tree and its artifacts, with the bytes that the run role did not have. Atomic: all or nothing. */
export interface PushRequest {
  readonly key: string;
  readonly workspace: string;
  readonly tree: Digest;
  /** number of files that differ from the last pushed tree */
  readonly changed: number;
  readonly blobs: readonly BlobBytes[];
  readonly artifacts: readonly {
    readonly module: string;
    readonly artifact: Digest;
    /** what it uses, by name; absent = nothing */
    readonly libraries?: LibraryArtifacts;
    /** a blob: canonical JSON of its Release */
    readonly release?: Digest;
  }[];
  /** tags to move to these artifacts */
  readonly tags: readonly string[];
  readonly dirty: boolean;
  readonly commit: string | null;
  /** pinned workflows of the tree, to be published; absent = none */
  readonly workflows?: readonly PinnedWorkflow[];
}

export interface SubmitRequest {
  readonly key: string;
  readonly definition: PinnedWorkflow;
  /** bytes that the run role does not have yet: sources, manifests, folders, lock files */
  readonly blobs: readonly BlobBytes[];
  readonly force: boolean;
  /** of a fork: the path of the step that runs whatever */
  readonly from: string | null;
  /** goes on from this run: its results stand wherever they are still right */
  readonly fork?: string;
}

export interface Disposable {
  dispose(): void;
}

/** Truth about runs. Every call names who asks; each asks `authorize()`. Expected failures are CairnErrors. */
export interface RunRole {
  /** Those of the digests that are not here. */
  missing(digests: readonly Digest[]): readonly Digest[];
  push(request: PushRequest, who: Principal): Promise<PushDocument>;
  /** Resolves after the durable commit; a repeat of the key answers the same run. */
  submit(request: SubmitRequest, who: Principal): Promise<{ readonly run: string }>;
  /**
   * `manifests` = those of artifacts that are not here yet. `readSource` = files of theirs, asked for only in order to compare code units with those
   * that an earlier task ran; between hosts it is absent, and whole files are compared. Neither is kept, stored or sent anywhere.
   */
  plan(
    definition: PinnedWorkflow,
    from: string | null,
    who: Principal,
    manifests?: readonly BlobBytes[],
    readSource?: ReadSource,
    /** a run: what would run if this were forked from it */
    fork?: string,
  ): Promise<PlanDocument>;
  rerun(request: CheckedParamsOf<'run.rerun'>, who: Principal): Promise<{ readonly run: string }>;
  clone(request: CheckedParamsOf<'run.clone'>, who: Principal): Promise<{ readonly run: string }>;
  /** What it takes to repeat a run elsewhere; `export` writes it into a folder too. */
  receipt(run: string, who: Principal): Promise<ReceiptDocument>;
  export(request: CheckedParamsOf<'run.export'>, who: Principal): Promise<ReceiptDocument>;
  replay(request: CheckedParamsOf<'run.replay'>, who: Principal): Promise<ReplayDocument>;
  replayed(run: string, who: Principal): Promise<ReplayDocument>;
  diff(request: CheckedParamsOf<'run.diff'>, who: Principal): Promise<DiffDocument>;
  /** Runs a published workflow. `via` says who brought it; a repeated `delivery` answers the first run. */
  trigger(
    request: CheckedParamsOf<'run.trigger'>,
    who: Principal,
    via?: { readonly kind: 'webhook'; readonly delivery: string },
  ): Promise<TriggerDocument>;
  /** Published workflows, by name. One whose definition was lost is left out: it can't be run either. */
  workflows(who: Principal): Promise<WorkflowsDocument>;
  /** One of them as a graph. Rejects with `unknown-workflow`, or `unknown-blob` where its definition was lost. */
  workflow(name: string, who: Principal): Promise<PushedGraphDocument>;
  /** What a trigger would do now. Rejects as `trigger` does, and with `unknown-step`. */
  planPushed(request: CheckedParamsOf<'workflow.plan'>, who: Principal): Promise<PlanDocument>;
  schedules(workflow: string | undefined, who: Principal): SchedulesDocument;
  changeSchedule(request: CheckedParamsOf<'schedule.change'>, who: Principal): Promise<SchedulesDocument>;
  lineage(target: string, who: Principal): LineageDocument;
  /** Rejects with `unknown-run`, `unknown-step`, or `invalid-request` where there is no such output yet. */
  preview(request: CheckedParamsOf<'output.preview'>, who: Principal, signal: AbortSignal): Promise<PreviewDocument>;
  /** Rejects with `unknown-dataset` where no such version has arrived. */
  previewDataset(request: CheckedParamsOf<'dataset.preview'>, who: Principal, signal: AbortSignal): Promise<PreviewDocument>;
  /** arrived versions of a dataset, newest first */
  datasetVersions(dataset: string, who: Principal): readonly DatasetVersion[];
  list(query: CheckedParamsOf<'run.list'>, who: Principal): RunsDocument;
  show(run: string, who: Principal): RunDocument;
  readonly cache: CacheRole;
  readonly releases: ReleaseRole;
  cancel(run: string, key: string, who: Principal): Promise<CancelDocument>;
  why(run: string, step: string, who: Principal): WhyDocument;
  logs(
    query: CheckedParamsOf<'run.logs'>,
    who: Principal,
    signal: AbortSignal,
  ): Promise<{ readonly lines: LogLine[]; readonly after: string; readonly done: boolean }>;
  tags(module: string): { readonly [tag: string]: string };
  /** What a tag of a module means: its code, and the libraries that it was pushed with (absent = none, or pushed before they were recorded). */
  tagged(module: string, tag: string): { readonly artifact: Digest; readonly libraries?: LibraryArtifacts } | undefined;
  /** Tree last pushed from this workspace. */
  pushedTree(workspace: string): Digest | undefined;

  /** For subscriptions: state with the number of its last event; `undefined` = no such run. Includes events not yet durable. */
  view(run: string, who: Principal): { readonly view: RunView; readonly seq: number; readonly durable: number } | undefined;
  events(run: string, after: number, who: Principal): readonly Recorded<RunEvent>[];
  runsView(who: Principal): RunsView;
  /** Called for each recorded event in order, at once (`durable` false), before its commit. */
  onDidRecord(listener: (run: string, recorded: readonly Recorded<RunEvent>[]) => void): Disposable;
  /** Called when everything up to `seq` of a run is durable. */
  onDidCommit(listener: (run: string, seq: number) => void): Disposable;
  onDidChangeRuns(listener: (action: RunsAction) => void): Disposable;
  ledger(query: CheckedParamsOf<'ledger.show'>, who: Principal): LedgerDocument;
  clusters(who: Principal): ClustersDocument;
  /** Told of changes together, a few times a second at most. Nothing is looked at while nobody listens. */
  onDidChangeClusters(listener: (action: ClustersAction) => void): Disposable;
  /** Called for each change of what `schedules` answers, once it is durable. */
  onDidChangeSchedules(listener: (action: SchedulesAction) => void): Disposable;
  workflowsView(who: Principal): WorkflowsView;
  /** Called for each published workflow once it is durable, and a few times a second at most for what plans rest on. */
  onDidChangeWorkflows(listener: (action: WorkflowsAction) => void): Disposable;
  /** number of runs that have not ended */
  active(): number;
}

/** A module whose `latest` shall move: to what it names was found to be built from this commit, clean and on the protected branch. */
export interface Promotion {
  readonly module: string;
  readonly artifact: Digest;
  readonly commit: string;
}

/** A file of pushed code; `path` is relative to the folder of the module or library, `mode` 0o644 or 0o755. */
export interface PushedFile {
  readonly path: string;
  readonly mode: number;
  readonly bytes: Uint8Array;
}

/** Names of versions, and what follows them. Part of the run role. */
export interface ReleaseRole {
  tags(query: CheckedParamsOf<'tag.list'>, who: Principal): TagsDocument;
  /** What a tag names now; `undefined` = nothing, or it was pushed before releases were recorded. Asks nobody, like `RunRole.tagged`. */
  find(module: string, tag: string): Promise<Release | undefined>;
  /** Files of an artifact that was pushed, sorted by path. Rejects with `unknown-blob`. Asks nobody, like `find`. */
  files(artifact: Digest): Promise<readonly PushedFile[]>;
  /** Rejects with `unknown-module`, `unknown-tag`, `conflict` (`expect` is not its generation) or `invalid-request`. */
  move(request: CheckedParamsOf<'tag.move'>, who: Principal): Promise<TagMovedDocument>;
  /** The same, and `unknown-blob` when the version that it named before was thrown away. */
  rollback(request: CheckedParamsOf<'tag.rollback'>, who: Principal): Promise<TagMovedDocument>;
  /**
   * All of them or none. `verify` is asked about what the tag `from` of each module names, and throws `denied` for what may not be promoted. Rejects as
   * `move` does; `conflict` = a tag moved meanwhile.
   */
  promote(
    request: Omit<CheckedParamsOf<'tag.promote'>, 'root'>,
    who: Principal,
    verify: (candidates: readonly PromotionCandidate[]) => Promise<readonly Promotion[]>,
  ): Promise<TagMovedDocument>;
}

export interface PromotionCandidate {
  readonly module: string;
  readonly artifact: Digest;
  /** the last clean commit that it was pushed from */
  readonly commit: string | null;
  /** who has moved the tag there */
  readonly by: string;
  /** of the code, relative to the module's folder; `null` = a bundle, which holds none of them */
  readonly files: readonly { readonly path: string; readonly digest: Digest }[] | null;
}

/** What becomes of results. Part of the run role. */
export interface CacheRole {
  /** Keeps everything of a run, or no longer. Rejects with `unknown-run`, or `invalid-request` for a nested one. */
  pin(run: string, pinned: boolean, who: Principal): Promise<PinDocument>;
  collect(request: CheckedParamsOf<'cache.collect'>, who: Principal): Promise<GarbageDocument>;
  audits(who: Principal): AuditDocument;
  /** Resolves when everything that was asked for has been checked. Rejects with `invalid-request` for a module without results. */
  audit(request: CheckedParamsOf<'cache.audit'>, who: Principal): Promise<AuditDocument>;
  trust(module: string, who: Principal): Promise<AuditDocument>;
  status(): CacheStatus;
}

/** Beside the files: index, watch, check, build, predict, push. `root` is absolute; an unopened one is opened. */
export interface WorkspaceRole {
  open(root: string): Promise<ResultOf<'workspace.open'>>;
  close(root: string): Promise<void>;
  /** Those that are open, by root. */
  list(): WorkspacesDocument['workspaces'];
  check(params: CheckedParamsOf<'workspace.check'>): Promise<ResultOf<'workspace.check'>>;
  init(params: CheckedParamsOf<'workspace.init'>): Promise<ResultOf<'workspace.init'>>;
  newModule(params: CheckedParamsOf<'workspace.newModule'>): Promise<ResultOf<'workspace.newModule'>>;
  newLibrary(params: CheckedParamsOf<'workspace.newLibrary'>): Promise<ResultOf<'workspace.newLibrary'>>;
  newWorkflow(params: CheckedParamsOf<'workspace.newWorkflow'>): Promise<ResultOf<'workspace.newWorkflow'>>;
  build(params: CheckedParamsOf<'workspace.build'>, signal: AbortSignal): Promise<ResultOf<'workspace.build'>>;
  plan(params: CheckedParamsOf<'workspace.plan'>, who: Principal): Promise<PlanDocument>;
  push(params: CheckedParamsOf<'workspace.push'>, who: Principal): Promise<PushDocument>;
  test(params: CheckedParamsOf<'workspace.test'>, signal: AbortSignal): Promise<TestsDocument>;
  /** Rejects with `invalid-request` where nobody can tell what has changed. */
  planPipeline(params: CheckedParamsOf<'ci.plan'>): Promise<CiPlanDocument>;
  /** See `ReleaseRole.promote`. Rejects with `denied`. */
  verifyPromotion(
    request: { readonly root: string; readonly reviewer: string },
    candidates: readonly PromotionCandidate[],
    who: Principal,
  ): Promise<readonly Promotion[]>;
  /** Tags have moved: the views of open workspaces show them as they are. */
  tagsMoved(): Promise<void>;
  /** What of the open workspaces takes a module by this tag: workflows, and modules that use it as a library. */
  followers(module: string, tag: string): Promise<{ readonly workflows: readonly string[]; readonly modules: readonly string[] }>;
  submit(params: CheckedParamsOf<'run.submit'>, who: Principal): Promise<{ readonly run: string }>;

  environments(params: CheckedParamsOf<'environment.list'>): Promise<EnvironmentsDocument>;
  lockEnvironments(params: CheckedParamsOf<'environment.lock'>, signal: AbortSignal): Promise<EnvironmentsDocument>;
  syncEnvironments(params: CheckedParamsOf<'environment.sync'>, signal: AbortSignal): Promise<EnvironmentsDocument>;
  datasets(params: CheckedParamsOf<'dataset.list'>, who: Principal): Promise<DatasetsDocument>;
  view(root: string): { readonly view: WorkspaceView; readonly seq: number } | undefined;
  onDidChange(listener: (root: string, seq: number, action: WorkspaceAction) => void): Disposable;
  /** Ends watchers and timers. */
  dispose(): Promise<void>;
}
