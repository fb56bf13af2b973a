import type { AgentStatusDocument, DoctorDocument } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import { OPERATIONS, type OperationName } from '../protocol/operations.ts';
import type { PortalDocument } from '../protocol/portalDocuments.ts';
import type { RunRole, WorkspaceRole } from '../protocol/roles.ts';
import { toRunUri } from '../protocol/wire.ts';
import type { Authorize, Principal, Resource, Scope } from '../protocol/who.ts';
import type { Handlers } from './dispatcher.ts';
import { toReleaseHandlers } from './releaseHandlers.ts';

export interface HandlerOptions {
  readonly runRole: RunRole;
  readonly workspaceRole: WorkspaceRole;
  readonly authorize: Authorize;
  status(): AgentStatusDocument;
  doctor(): Promise<DoctorDocument>;
  readonly portal: PortalHandlers;
  /** Ends the agent after the answer has gone. */
  stop(): void;
}

/** Codes of the portal, and the browsers that are signed in with them. */
export interface PortalHandlers {
  open(): PortalDocument;
  /** Answers how many browsers were signed in. */
  signOut(): number;
}

/** Operations that only touch this host or the files beside it; the rest is asked about by the run role. */
type LocalOperation = Extract<
  OperationName,
  | 'agent.status'
  | 'agent.stop'
  | 'agent.doctor'
  | 'portal.open'
  | 'portal.signOut'
  | 'workspace.list'
  | 'workspace.open'
  | 'workspace.close'
  | 'workspace.check'
  | 'workspace.init'
  | 'workspace.newModule'
  | 'workspace.newLibrary'
  | 'workspace.newWorkflow'
  | 'workspace.build'
  | 'workspace.test'
  | 'ci.plan'
  | 'environment.list'
  | 'environment.lock'
  | 'environment.sync'
  | 'dataset.list'
>;

export const LOCAL_SCOPE: Scope = { tenant: 'local', domain: 'experiment' };

/** The operations of the registry, carried out by the two roles. */
export function createHandlers(options: HandlerOptions): Handlers {
  return {
    ...toAgentHandlers(options),
    ...toPortalHandlers(options),
    ...toWorkspaceHandlers(options),
    ...toEnvironmentHandlers(options),
    ...toRunHandlers(options),
    ...toDataHandlers(options),
    ...toWorkflowHandlers(options.runRole),
    ...toScheduleHandlers(options.runRole),
    'ledger.show': (params, who) => options.runRole.ledger(params, who),
    'cluster.list': (_params, who) => options.runRole.clusters(who),
    ...toReleaseHandlers(options.runRole, options.workspaceRole),
    'ci.plan': (params, who) => {
      assertAllowed(options.authorize, 'ci.plan', who, { kind: 'workspace', id: params.root });
      return options.workspaceRole.planPipeline(params);
    },
    ...toCacheHandlers(options.runRole),
  };
}

type HandlersOf<Prefix extends string> = Pick<Handlers, Extract<OperationName, `${Prefix}.${string}`>>;

function toAgentHandlers(options: HandlerOptions): HandlersOf<'agent'> {
  const agent: Resource = { kind: 'agent', id: 'local' };
  return {
    'agent.status': (_params, who) => {
      assertAllowed(options.authorize, 'agent.status', who, agent);
      return options.status();
    },
    'agent.stop': (_params, who) => {
      assertAllowed(options.authorize, 'agent.stop', who, agent);
      options.stop();
      return { v: 1 };
    },
    'agent.doctor': (_params, who) => {
      assertAllowed(options.authorize, 'agent.doctor', who, agent);
      return options.doctor();
    },
  };
}

function toPortalHandlers({ authorize, portal }: HandlerOptions): HandlersOf<'portal'> {
  const agent: Resource = { kind: 'agent', id: 'local' };
  return {
    'portal.open': (_params, who) => {
      assertAllowed(authorize, 'portal.open', who, agent);
      return portal.open();
    },
    'portal.signOut': (_params, who) => {
      assertAllowed(authorize, 'portal.signOut', who, agent);
      return { v: 1, sessions: portal.signOut() };
    },
  };
}

function toWorkspaceHandlers(options: HandlerOptions): HandlersOf<'workspace'> {
  const { workspaceRole, authorize } = options;
  const assert = (name: LocalOperation, who: Principal, root: string): void =>
    assertAllowed(authorize, name, who, { kind: 'workspace', id: root });
  return {
    'workspace.list': (_params, who) => {
      assertAllowed(authorize, 'workspace.list', who, { kind: 'agent', id: 'local' });
      return { v: 1, workspaces: [...workspaceRole.list()] };
    },
    'workspace.open': (params, who) => {
      assert('workspace.open', who, params.root);
      return workspaceRole.open(params.root);
    },
    'workspace.close': async (params, who) => {
      assert('workspace.close', who, params.root);
      await workspaceRole.close(params.root);
      return { v: 1 };
    },
    'workspace.check': (params, who) => {
      assert('workspace.check', who, params.root);
      return workspaceRole.check(params);
    },
    'workspace.init': (params, who) => {
      assert('workspace.init', who, params.root);
      return workspaceRole.init(params);
    },
    'workspace.newModule': (params, who) => {
      assert('workspace.newModule', who, params.root);
      return workspaceRole.newModule(params);
    },
    'workspace.newLibrary': (params, who) => {
      assert('workspace.newLibrary', who, params.root);
      return workspaceRole.newLibrary(params);
    },
    'workspace.newWorkflow': (params, who) => {
      assert('workspace.newWorkflow', who, params.root);
      return workspaceRole.newWorkflow(params);
    },
    'workspace.build': (params, who, signal) => {
      assert('workspace.build', who, params.root);
      return workspaceRole.build(params, signal);
    },
    'workspace.test': (params, who, signal) => {
      assert('workspace.test', who, params.root);
      return workspaceRole.test(params, signal);
    },
    'workspace.plan': (params, who) => workspaceRole.plan(params, who),
    'workspace.push': (params, who) => workspaceRole.push(params, who),
  };
}

function toEnvironmentHandlers({ workspaceRole, authorize }: HandlerOptions): HandlersOf<'environment'> {
  const assert = (name: LocalOperation, who: Principal, root: string): void =>
    assertAllowed(authorize, name, who, { kind: 'workspace', id: root });
  return {
    'environment.list': (params, who) => {
      assert('environment.list', who, params.root);
      return workspaceRole.environments(params);
    },
    'environment.lock': (params, who, signal) => {
      assert('environment.lock', who, params.root);
      return workspaceRole.lockEnvironments(params, signal);
    },
    'environment.sync': (params, who, signal) => {
      assert('environment.sync', who, params.root);
      return workspaceRole.syncEnvironments(params, signal);
    },
  };
}

function toDataHandlers({ runRole, workspaceRole, authorize }: HandlerOptions): HandlersOf<'dataset' | 'lineage' | 'output'> {
  return {
    'dataset.list': (params, who) => {
      assertAllowed(authorize, 'dataset.list', who, { kind: 'workspace', id: params.root });
      return workspaceRole.datasets(params, who);
    },
    'lineage.show': (params, who) => runRole.lineage(params.target, who),
    'output.preview': (params, who, signal) => runRole.preview(params, who, signal),
    'dataset.preview': (params, who, signal) => runRole.previewDataset(params, who, signal),
  };
}

function toCacheHandlers(runRole: RunRole): HandlersOf<'cache'> {
  return {
    'cache.collect': (params, who) => runRole.cache.collect(params, who),
    'cache.audits': (_params, who) => runRole.cache.audits(who),
    'cache.audit': (params, who) => runRole.cache.audit(params, who),
    'cache.trust': (params, who) => runRole.cache.trust(params.module, who),
  };
}

function toWorkflowHandlers(runRole: RunRole): HandlersOf<'workflow'> {
  return {
    'workflow.list': (_params, who) => runRole.workflows(who),
    'workflow.show': (params, who) => runRole.workflow(params.workflow, who),
    'workflow.plan': (params, who) => runRole.planPushed(params, who),
  };
}

function toScheduleHandlers(runRole: RunRole): HandlersOf<'schedule'> {
  return {
    'schedule.list': (params, who) => runRole.schedules(params.workflow, who),
    'schedule.change': (params, who) => runRole.changeSchedule(params, who),
  };
}

function toRunHandlers({ runRole, workspaceRole }: HandlerOptions): HandlersOf<'run'> {
  const toSubmitted = ({ run }: { readonly run: string }): { v: 1; run: string; uri: string } => ({ v: 1, run, uri: toRunUri(run) });
  return {
    'run.submit': async (params, who) => toSubmitted(await workspaceRole.submit(params, who)),
    'run.rerun': async (params, who) => toSubmitted(await runRole.rerun(params, who)),
    'run.clone': async (params, who) => toSubmitted(await runRole.clone(params, who)),
    'run.receipt': (params, who) => runRole.receipt(params.run, who),
    'run.export': (params, who) => runRole.export(params, who),
    'run.replay': (params, who) => runRole.replay(params, who),
    'run.replayed': (params, who) => runRole.replayed(params.run, who),
    'run.diff': (params, who) => runRole.diff(params, who),
    'run.trigger': (params, who) => runRole.trigger(params, who),
    'run.list': (params, who) => runRole.list(params, who),
    'run.show': (params, who) => runRole.show(params.run, who),
    'run.cancel': (params, who) => runRole.cancel(params.run, params.key, who),
    'run.pin': (params, who) => runRole.cache.pin(params.run, params.pinned, who),
    'run.why': (params, who) => runRole.why(params.run, params.step, who),
    'run.logs': async (params, who, signal) => ({ v: 1, ...(await runRole.logs(params, who, signal)) }),
  };
}

/** Throws `denied` with the reason of the decision. */
export function assertAllowed(authorize: Authorize, name: LocalOperation, who: Principal, resource: Resource): void {
  const decision = authorize(who, OPERATIONS[name].action, resource, LOCAL_SCOPE);
  if (decision.kind === 'deny') throw new CairnError('denied', decision.reason);
}
