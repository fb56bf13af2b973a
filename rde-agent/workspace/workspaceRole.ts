import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { MANIFEST_FILE } from '../../language/model/workspace.ts';
import type { WorkspaceModel } from '../../language/service/workspaceModel.ts';
import type { PromotionConfig } from '../protocol/agentConfig.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Disposable, WorkspaceRole } from '../protocol/roles.ts';
import { toWorkspaceUri } from '../protocol/wire.ts';
import type { WorkspaceAction } from '../protocol/workspaceView.ts';
import { listDatasets } from './datasets.ts';
import { Courier } from './delivery.ts';
import { readChanges } from './ciChanges.ts';
import { planPipeline } from './ciPlan.ts';
import { findFollowers } from './followers.ts';
import { KeyedRequests } from './keyedRequests.ts';
import { initWorkspace } from './scaffold/initWorkspace.ts';
import { newLibrary } from './scaffold/newLibrary.ts';
import { newModule } from './scaffold/newModule.ts';
import { newWorkflow } from './scaffold/newWorkflow.ts';
import { ModuleTests } from './moduleTests.ts';
import { Promotions } from './promotions.ts';
import { TaggedContracts } from './taggedContracts.ts';
import { WorkflowPinner } from './workflowPinner.ts';
import { Workspace } from './workspace.ts';
import { createGlobMatcher } from './workspaceChecker.ts';
import type { WorkspaceRoleOptions } from './workspaceOptions.ts';
import { WorkspaceEnvironments } from './workspaceEnvironments.ts';
import { WorkspacePush } from './workspacePush.ts';
import { WorkspaceRuns } from './workspaceRuns.ts';

/** An open workspace with what can be asked of it. */
interface OpenWorkspace {
  readonly workspace: Workspace;
  readonly runs: WorkspaceRuns;
  readonly push: WorkspacePush;
  readonly tests: ModuleTests;
  readonly promotions: Promotions;
  readonly environments: WorkspaceEnvironments;
}

const DEFAULT_PROMOTION: PromotionConfig = { branch: 'main', remote: 'origin', selfReview: true };

type Listener = (root: string, seq: number, action: WorkspaceAction) => void;

/** The role beside the files. One workspace per real root, opened when it is first asked for. */
export function createWorkspaceRole(options: WorkspaceRoleOptions): WorkspaceRole {
  const opened = new Map<string, Promise<OpenWorkspace>>();
  const ready = new Map<string, Workspace>();
  const listeners = new Set<Listener>();
  const submits = new KeyedRequests<{ readonly run: string }>();
  const pushes = new KeyedRequests<Awaited<ReturnType<WorkspaceRole['push']>>>();

  const get = (given: string): Promise<OpenWorkspace> => {
    if (!path.isAbsolute(given))
      return Promise.reject(new CairnError('invalid-request', `the root of a workspace must be an absolute path, not ${given}`));
    // An open workspace stays known when its files vanish: losing everything is a question, not "no workspace".
    const root = toKnownRoot(given);
    const known = opened.get(root);
    if (known !== undefined) return known;
    const refusal = findRefusal(root);
    if (refusal !== undefined) return Promise.reject(refusal);
    const opening = openWorkspace(root, options, (seq, action) => {
      for (const listener of listeners) listener(root, seq, action);
    });
    opened.set(root, opening);
    opening.then(({ workspace }) => ready.set(root, workspace)).catch(() => opened.delete(root));
    return opening;
  };
  const close = async (root: string): Promise<void> => {
    const known = opened.get(root);
    opened.delete(root);
    ready.delete(root);
    if (known !== undefined) await (await known).workspace.dispose();
  };

  return {
    open: async (root) => {
      const { workspace } = await get(root);
      return { v: 1, workspace: workspace.root, uri: toWorkspaceUri(workspace.root) };
    },
    close: async (root) => close(toKnownRoot(root)),
    list: () => [...ready.values()].map((workspace) => ({ root: workspace.root, name: workspace.view().view.name })),
    check: async ({ root, overlays }) => (await get(root)).workspace.check(overlays),
    init: async (params) => initWorkspace(params, options.examplesFolder),
    ...toScaffolds(get),
    build: async ({ root, ...request }, signal) => (await get(root)).workspace.build(request, signal),
    test: async (params, signal) => (await get(params.root)).tests.test(params, signal),
    plan: async (params, who) => (await get(params.root)).runs.plan(params, who),
    push: (params, who) => pushes.run(params.key, { ...params, who: who.id }, async () => (await get(params.root)).push.push(params, who)),
    submit: (params, who) =>
      submits.run(params.key, { ...params, who: who.id }, async () => (await get(params.root)).runs.submit(params, who)),
    ...toEnvironmentOperations(get),
    ...toReleaseOperations(get, () => [...ready.values()]),
    datasets: async ({ root, dataset }, who) => {
      const { checked } = await (await get(root)).workspace.current({});
      return listDatasets(checked.model.datasets, dataset, { runRole: options.runRole, who });
    },
    view: (root) => ready.get(toKnownRoot(root))?.view(),
    onDidChange: (listener: Listener): Disposable => {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },
    dispose: async () => {
      listeners.clear();
      await Promise.allSettled([...opened.keys()].map(close));
    },
  };
}

type GetWorkspace = (root: string) => Promise<OpenWorkspace>;

function toScaffolds(get: GetWorkspace): Pick<WorkspaceRole, 'newModule' | 'newLibrary' | 'newWorkflow'> {
  return {
    newModule: async (params) => newModule((await get(params.root)).workspace, params),
    newLibrary: async (params) => newLibrary((await get(params.root)).workspace, params),
    newWorkflow: async (params) => newWorkflow((await get(params.root)).workspace, params),
  };
}

type ReleaseOperations = Pick<WorkspaceRole, 'planPipeline' | 'verifyPromotion' | 'tagsMoved' | 'followers'>;

function toReleaseOperations(get: GetWorkspace, listOpen: () => readonly Workspace[]): ReleaseOperations {
  return {
    planPipeline: async ({ root, since }) => {
      const { workspace } = await get(root);
      const { checked } = await workspace.current({});
      const matches = createGlobMatcher();
      const broken = new Set(checked.diagnostics.filter(({ severity }) => severity === 'error').map(({ file }) => file));
      const changes = await readChanges(workspace.root, since);
      return planPipeline({ model: checked.model, broken }, since, changes, (glob, path) => matches(path, glob));
    },
    verifyPromotion: async ({ root, reviewer }, candidates, who) => (await get(root)).promotions.verify(reviewer, candidates, who),
    tagsMoved: async () => {
      await fromOpen(listOpen(), (workspace, model) => workspace.refreshTags(model));
    },
    followers: (module, tag) => collectFollowers(listOpen(), module, tag),
  };
}

function toEnvironmentOperations(get: GetWorkspace): Pick<WorkspaceRole, 'environments' | 'lockEnvironments' | 'syncEnvironments'> {
  return {
    environments: async ({ root }) => (await get(root)).environments.list(),
    lockEnvironments: async ({ root, environments, upgrade }, signal) => (await get(root)).environments.lock(environments, upgrade, signal),
    syncEnvironments: async ({ root, environments }, signal) => (await get(root)).environments.sync(environments, signal),
  };
}

/** Of each as its files are now; one that can't be read is left out. */
async function fromOpen<T>(
  workspaces: readonly Workspace[],
  ask: (workspace: Workspace, model: WorkspaceModel) => T,
): Promise<readonly T[]> {
  const answers = workspaces.map(async (workspace) => {
    try {
      return [ask(workspace, (await workspace.current({})).checked.model)];
    } catch (error) {
      if (error instanceof CairnError) return [];
      throw error;
    }
  });
  return (await Promise.all(answers)).flat();
}

async function collectFollowers(workspaces: readonly Workspace[], module: string, tag: string): ReturnType<WorkspaceRole['followers']> {
  const all = await fromOpen(workspaces, (_, model) => findFollowers(model, module, tag));
  return { workflows: all.flatMap(({ workflows }) => workflows), modules: all.flatMap(({ modules }) => modules) };
}

async function openWorkspace(
  root: string,
  options: WorkspaceRoleOptions,
  onAction: (seq: number, action: WorkspaceAction) => void,
): Promise<OpenWorkspace> {
  const workspace = new Workspace(root, options, onAction);
  try {
    await workspace.start();
  } catch (error) {
    await workspace.dispose();
    throw error;
  }
  const courier = new Courier(workspace.live.index, options.runRole);
  const contracts = new TaggedContracts(workspace.folder);
  const pinner = new WorkflowPinner(workspace, options, contracts);
  return {
    workspace,
    runs: new WorkspaceRuns(workspace, options, courier, pinner),
    push: new WorkspacePush(workspace, options, courier, { contracts, pinner }),
    tests: new ModuleTests(workspace, options),
    promotions: new Promotions({ workspace, config: options.promotion ?? DEFAULT_PROMOTION }),
    environments: new WorkspaceEnvironments(workspace, options),
  };
}

/** Why a folder can't be opened as a workspace. */
function findRefusal(root: string): CairnError | undefined {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) return new CairnError('no-workspace', `${root} is not a folder`);
  if (statSync(path.join(root, MANIFEST_FILE), { throwIfNoEntry: false }) === undefined)
    return new CairnError('no-workspace', `${root} has no ${MANIFEST_FILE}`);
  return undefined;
}

/** Real path; as it was given when it is gone. */
function toKnownRoot(given: string): string {
  return statSync(given, { throwIfNoEntry: false }) === undefined ? path.resolve(given) : realpathSync(given);
}
