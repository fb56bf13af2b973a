import type { Digest } from '../../language/model/names.ts';
import type { RunSummary } from '../../rde-agent/protocol/documents.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import type { RunRole, WorkspaceRole } from '../../rde-agent/protocol/roles.ts';
import type { Recorded, RunEvent } from '../../rde-agent/protocol/runEvents.ts';
import { toRunDocument, toRunSummary } from '../../rde-agent/protocol/runDocument.ts';
import { NO_RUN, reduceRun, type RunView } from '../../rde-agent/protocol/runView.ts';
import { NO_RUNS, reduceRuns, type RunsAction, type RunsView } from '../../rde-agent/protocol/runsView.ts';
import { toWorkspaceUri } from '../../rde-agent/protocol/wire.ts';
import { NO_WORKSPACE, reduceWorkspace, type WorkspaceAction, type WorkspaceView } from '../../rde-agent/protocol/workspaceView.ts';

/** Roles without store, workers and files, for what only the server decides: a submitted run reports as many numbers as it is told to. */
export interface FakeRoles {
  readonly runRole: RunRole;
  readonly workspaceRole: WorkspaceRole;
}

const AT = '2026-11-21T08:00:00.000Z';
const DIGEST: Digest = `sha256:${'0'.repeat(64)}`;

/**
 * `params.events` of a submit = number of metric events, one in each turn of the event loop; `params.text` = bytes in each.
 * A workflow called `slow` never ends: `run.logs` of it waits until its signal aborts, and says so in `aborted`.
 */
export function createFakeRoles(aborted: () => void): FakeRoles {
  const runs = new FakeRuns();
  return { runRole: createRunRole(runs, aborted), workspaceRole: createWorkspaceRole(runs) };
}

class FakeRuns {
  readonly logs = new Map<string, Recorded<RunEvent>[]>();
  readonly views = new Map<string, RunView>();
  readonly recordListeners = new Set<(run: string, recorded: readonly Recorded<RunEvent>[]) => void>();
  readonly commitListeners = new Set<(run: string, seq: number) => void>();
  readonly runsListeners = new Set<(action: RunsAction) => void>();
  list: RunsView = NO_RUNS;

  record(run: string, event: RunEvent): void {
    const log = this.logs.get(run) ?? [];
    this.logs.set(run, log);
    const recorded: Recorded<RunEvent> = {
      seq: log.length + 1,
      at: AT,
      by: 'local:test',
      scope: { tenant: 'local', domain: 'experiment' },
      event,
    };
    log.push(recorded);
    const before = this.views.get(run) ?? NO_RUN;
    const view = reduceRun(before, recorded);
    this.views.set(run, view);
    for (const listener of this.recordListeners) listener(run, [recorded]);
    for (const listener of this.commitListeners) listener(run, recorded.seq);
    if (view.state !== before.state || log.length === 1) this.change(toRunSummary(view));
  }

  change(summary: RunSummary): void {
    const action: RunsAction = { type: 'runChanged', run: summary };
    this.list = reduceRuns(this.list, action);
    for (const listener of this.runsListeners) listener(action);
  }

  find(run: string): RunView {
    const view = this.views.get(run);
    if (view === undefined) throw new CairnError('unknown-run', `There is no run ${run}.`);
    return view;
  }
}

function listen<L>(listeners: Set<L>, listener: L): { dispose(): void } {
  listeners.add(listener);
  return { dispose: () => void listeners.delete(listener) };
}

function createRunRole(runs: FakeRuns, aborted: () => void): RunRole {
  const refuse = (): never => {
    throw new CairnError('not-supported', 'The fake does not do that.');
  };
  return {
    missing: (digests) => digests,
    push: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    submit: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    plan: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    rerun: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    clone: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    receipt: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    export: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    replay: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    replayed: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    diff: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    trigger: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    cache: {
      pin: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
      collect: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
      audits: refuse,
      audit: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
      trust: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
      status: () => ({ hits: 0, saved: 0, misses: 0, healed: 0, leases: 0, waiting: 0, audited: 0, demoted: 0 }),
    },
    releases: {
      tags: () => ({ v: 1, tags: [] }),
      find: () => Promise.resolve(undefined),
      files: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
      move: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
      rollback: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
      promote: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    },
    workflows: () => Promise.resolve({ v: 1, workflows: [] }),
    workflow: refuse,
    planPushed: refuse,
    workflowsView: () => ({ workflows: [], plans: 0 }),
    onDidChangeWorkflows: () => ({ dispose: () => undefined }),
    schedules: () => ({ v: 1, schedules: [] }),
    changeSchedule: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    lineage: refuse,
    preview: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    previewDataset: () => Promise.reject(new CairnError('not-supported', 'The fake does not do that.')),
    datasetVersions: () => [],
    list: () => ({ v: 1, runs: [...runs.list.runs] }),
    show: (run) => toRunDocument(runs.find(run)),
    cancel: (run) => {
      runs.find(run);
      runs.record(run, { type: 'run.finished', state: 'cancelled' });
      return Promise.resolve({ v: 1, run, state: 'cancelled' });
    },
    why: refuse,
    logs: async (query, _who, signal) => {
      if (runs.find(query.run).workflow !== 'slow' || !query.wait) return { lines: [], after: '', done: true };
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      aborted();
      throw new CairnError('cancelled', 'Cancelled.');
    },
    tags: () => ({}),
    tagged: () => undefined,
    pushedTree: () => undefined,
    view: (run) => {
      const view = runs.views.get(run);
      const seq = runs.logs.get(run)?.length ?? 0;
      return view === undefined ? undefined : { view, seq, durable: seq };
    },
    events: (run, after) => runs.logs.get(run)?.slice(after) ?? [],
    runsView: () => runs.list,
    onDidRecord: (listener) => listen(runs.recordListeners, listener),
    onDidCommit: (listener) => listen(runs.commitListeners, listener),
    onDidChangeRuns: (listener) => listen(runs.runsListeners, listener),
    ledger: refuse,
    clusters: () => ({ v: 1, clusters: [] }),
    onDidChangeClusters: () => ({ dispose: () => undefined }),
    onDidChangeSchedules: () => ({ dispose: () => undefined }),
    active: () => [...runs.views.values()].filter((view) => view.finished === null && view.workflow !== 'slow').length,
  };
}

function createWorkspaceRole(runs: FakeRuns): WorkspaceRole {
  const views = new Map<string, { view: WorkspaceView; seq: number }>();
  const listeners = new Set<(root: string, seq: number, action: WorkspaceAction) => void>();
  let made = 0;
  const change = (root: string, action: WorkspaceAction): void => {
    const before = views.get(root) ?? { view: { ...NO_WORKSPACE, root, name: 'fake' }, seq: 0 };
    const after = { view: reduceWorkspace(before.view, action), seq: before.seq + 1 };
    views.set(root, after);
    for (const listener of listeners) listener(root, after.seq, action);
  };
  return {
    open: (root) => {
      if (!views.has(root)) change(root, { type: 'treeChanged', tree: DIGEST });
      return Promise.resolve({ v: 1, workspace: 'fake', uri: toWorkspaceUri(root) });
    },
    close: () => Promise.resolve(),
    list: () => [...views.values()].map(({ view }) => ({ root: view.root, name: view.name })),
    check: () => Promise.resolve({ v: 1, diagnostics: [] }),
    init: () => Promise.resolve({ v: 1, created: ['cairn.yaml'] }),
    newModule: (params) => Promise.reject(new CairnError('already-exists', `${params.name} is there already.`)),
    newLibrary: () => Promise.resolve({ v: 1, created: [] }),
    newWorkflow: () => Promise.resolve({ v: 1, created: [] }),
    build: (params) => {
      change(params.root, { type: 'treeChanged', tree: params.modules[0] ?? DIGEST });
      return Promise.resolve({ v: 1, modules: [], environments: [] });
    },
    plan: (params) => Promise.resolve({ v: 1, workflow: params.workflow, steps: [], saved: 0, predictedSeconds: 0 }),
    push: () => Promise.resolve({ v: 1, tree: DIGEST, bytes: 0, changed: 0, artifacts: [] }),
    planPipeline: ({ since }) => Promise.resolve({ v: 1, since, base: '', head: '', folder: '.', changed: [], jobs: [], unaffected: 0 }),
    verifyPromotion: () => Promise.resolve([]),
    tagsMoved: () => Promise.resolve(),
    followers: () => Promise.resolve({ workflows: [], modules: [] }),
    test: () => Promise.resolve({ v: 1, modules: [], tests: [], passed: 0, failed: 0, skipped: 0 }),
    submit: (params) => {
      made += 1;
      const run = `0198f000-0000-7000-8000-${String(made).padStart(12, '0')}`;
      script(runs, run, params.workflow, Number(params.params['events'] ?? 3), Number(params.params['text'] ?? 0));
      return Promise.resolve({ run });
    },
    environments: () => Promise.resolve({ v: 1, environments: [] }),
    lockEnvironments: () => Promise.resolve({ v: 1, environments: [] }),
    syncEnvironments: () => Promise.resolve({ v: 1, environments: [] }),
    datasets: () => Promise.resolve({ v: 1, datasets: [] }),
    view: (root) => views.get(root),
    onDidChange: (listener) => listen(listeners, listener),
    dispose: () => Promise.resolve(),
  };
}

/** Records a run's events, one in each turn of the event loop. */
function script(runs: FakeRuns, run: string, workflow: string, events: number, text: number): void {
  const definition = {
    workflow,
    workspace: 'fake',
    tree: DIGEST,
    domain: 'experiment',
    params: {},
    environments: [],
    steps: [],
    outputs: {},
  } as const;
  runs.record(run, { type: 'run.submitted', run, definition, tasks: [], force: false, from: null, requestKey: 'fake' });
  if (workflow === 'slow') return;
  let told = 0;
  const message = 'x'.repeat(text);
  const tell = (): void => {
    told += 1;
    if (runs.views.get(run)?.finished != null) return;
    if (told > events) return runs.record(run, { type: 'run.finished', state: 'succeeded' });
    runs.record(run, { type: 'task.progress', task: 'only', attempt: 1, done: told, total: events, message });
    setImmediate(tell);
  };
  setImmediate(tell);
}
