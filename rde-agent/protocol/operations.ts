import { z } from 'zod';
import { AuditDocument, GarbageDocument } from './cacheDocuments.ts';
import { PortalDocument, PushedGraphDocument, SignedOutDocument, WorkflowsDocument, WorkspacesDocument } from './portalDocuments.ts';
import { CiPlanDocument, TestsDocument } from './ciDocuments.ts';
import { ClustersDocument } from './clusterDocument.ts';
import { LedgerDocument } from './ledgerDocument.ts';
import {
  AgentStatusDocument,
  BuildDocument,
  CheckDocument,
  CreatedDocument,
  DatasetsDocument,
  DoctorDocument,
  EnvironmentsDocument,
  LineageDocument,
  PlanDocument,
  PushDocument,
  SchedulesDocument,
} from './documents.ts';
import { documents, key, name, operation, params, root, texts, type Operation } from './operation.ts';
import { RELEASE_OPERATIONS } from './releaseOperations.ts';
import { RUN_OPERATIONS } from './runOperations.ts';

/**
 * The contract registry: every operation once. The WebSocket dispatcher, the clients' types, the commands that are one request, and REST
 * with its OpenAPI document come from it.
 */
export const OPERATIONS = {
  'agent.status': operation({
    summary: 'Process, port, version and memory of the agent',
    params: z.strictObject({}),
    result: AgentStatusDocument,
    action: 'read',
    mutates: false,
  }),
  'agent.stop': operation({
    summary: 'Stop the agent; running tasks are lost and run again at the next start',
    params: z.strictObject({}),
    result: z.object({ v: z.literal(1) }),
    action: 'administer',
    mutates: false,
  }),
  'agent.doctor': operation({
    summary: 'What this host offers and what is missing',
    params: z.strictObject({}),
    result: DoctorDocument,
    action: 'read',
    mutates: false,
  }),
  'portal.open': operation({
    summary: 'Where the portal is, with a code that signs one browser in, once, while it is fresh',
    params: z.strictObject({}),
    result: PortalDocument,
    action: 'administer',
    mutates: false,
  }),
  'portal.signOut': operation({
    summary: 'Sign every browser out of the portal, and void the codes that were not used',
    params: z.strictObject({}),
    result: SignedOutDocument,
    action: 'administer',
    mutates: false,
  }),
  'workspace.list': operation({
    summary: 'Workspaces that the agent has open',
    params: z.strictObject({}),
    result: WorkspacesDocument,
    action: 'read',
    mutates: false,
  }),
  'workspace.open': operation({
    summary: 'Index and watch a workspace; answers its subscription uri',
    params: z.strictObject({ root }),
    result: z.object({ v: z.literal(1), workspace: z.string(), uri: z.string() }),
    action: 'read',
    mutates: false,
  }),
  'workspace.close': operation({
    summary: 'Stop watching a workspace',
    params: z.strictObject({ root }),
    result: z.object({ v: z.literal(1) }),
    action: 'read',
    mutates: false,
  }),
  'workspace.check': operation({
    summary: 'Diagnostics of all files; `overlays` are unsaved texts by relative path',
    params: z.strictObject({ root, overlays: z.record(z.string(), z.string()).default({}) }),
    result: CheckDocument,
    action: 'read',
    mutates: false,
  }),
  'workspace.init': operation({
    summary: 'Make a folder a workspace',
    params: z.strictObject({
      root,
      name: name.optional(),
      /** an example that comes with the agent, instead of the smallest workspace; it brings its name */
      example: z.enum(['flights']).optional(),
      preview: z.boolean().default(false),
    }),
    result: CreatedDocument,
    action: 'write',
    mutates: false,
  }),
  'workspace.newModule': operation({
    summary: 'Scaffold a module',
    params: z.strictObject({
      root,
      name,
      kind: z.enum(['data', 'train', 'package', 'evaluate', 'deploy']).default('data'),
      language: z.enum(['python', 'typescript']).default('python'),
      environment: name.optional(),
      inputs: z.array(z.string()).default([]),
      outputs: z.array(z.string()).default([]),
      preview: z.boolean().default(false),
    }),
    result: CreatedDocument,
    action: 'write',
    mutates: false,
  }),
  'workspace.newLibrary': operation({
    summary: 'Scaffold a library',
    params: z.strictObject({
      root,
      name,
      language: z.enum(['python', 'typescript']).default('python'),
      preview: z.boolean().default(false),
    }),
    result: CreatedDocument,
    action: 'write',
    mutates: false,
  }),
  'workspace.newWorkflow': operation({
    summary: 'Scaffold a workflow of the named modules, in order',
    params: z.strictObject({ root, name, modules: z.array(name).default([]), preview: z.boolean().default(false) }),
    result: CreatedDocument,
    action: 'write',
    mutates: false,
  }),
  'workspace.build': operation({
    summary: 'Build modules and libraries into artifacts, and make the environments of the modules ready',
    params: z.strictObject({
      root,
      modules: z.array(name).default([]),
      documents,
      environments: z.boolean().default(true),
      /** absolute path of the folder that a wheel of each named module is written into */
      wheels: z.string().optional(),
      /** modules that are as the last answer had them are left out: the answer then grows with what has changed */
      changedOnly: z.boolean().optional(),
    }),
    result: BuildDocument,
    action: 'read',
    mutates: false,
  }),
  'workspace.test': operation({
    summary:
      'Run the tests of modules, in their environments; with `discover` only find them, with `launch` say how a debugger starts them',
    params: z.strictObject({
      root,
      /** none = all modules */
      modules: z.array(name).default([]),
      /** of one module: ids of tests, of classes or of files; absent = all */
      tests: z.array(z.string().min(1).max(2048)).min(1).max(10_000).optional(),
      discover: z.boolean().default(false),
      /** of one module: nothing runs, and its result says how a debugger of this machine starts them */
      launch: z.boolean().default(false),
      /** seconds that one test may take */
      timeout: z.number().positive().max(86_400).default(300),
      documents,
    }),
    result: TestsDocument,
    action: 'submit',
    mutates: false,
  }),
  'workspace.plan': operation({
    summary: 'Which steps would be reused and which would run, and why; nothing is uploaded, nothing runs',
    params: z.strictObject({ root, workflow: name, params, from: name.optional(), fork: name.optional(), documents }),
    result: PlanDocument,
    action: 'read',
    mutates: false,
  }),
  'workspace.push': operation({
    summary: 'Commit the tree and its artifacts to the run role',
    params: z.strictObject({
      root,
      tag: name.optional(),
      /** only these modules and libraries are published, and no workflow; absent = everything */
      modules: z.array(name).min(1).optional(),
      documents,
      key,
    }),
    result: PushDocument,
    action: 'write',
    mutates: true,
  }),
  'ci.plan': operation({
    summary: 'Jobs of a pipeline for what has changed since a commit: exactly the modules, libraries and workflows that it affects',
    params: z.strictObject({
      root,
      /** a commit, branch or tag; compared is with where the two histories parted */
      since: z.string().min(1).max(256),
    }),
    result: CiPlanDocument,
    action: 'read',
    mutates: false,
  }),
  ...RUN_OPERATIONS,
  ...RELEASE_OPERATIONS,
  'workflow.list': operation({
    summary: 'Workflows as they were last pushed: what can be triggered and scheduled',
    params: z.strictObject({}),
    result: WorkflowsDocument,
    action: 'read',
    mutates: false,
  }),
  'workflow.show': operation({
    summary: 'The graph of a workflow as it was last pushed, with all that it nests and the files of its code',
    params: z.strictObject({ workflow: name }),
    result: PushedGraphDocument,
    action: 'read',
    mutates: false,
  }),
  'workflow.plan': operation({
    summary: 'Which steps of a pushed workflow would be reused and which would run if it were triggered now, and why; nothing runs',
    params: z.strictObject({ workflow: name, params, texts, from: name.optional() }),
    result: PlanDocument,
    action: 'read',
    mutates: false,
  }),
  'schedule.list': operation({
    summary: 'Schedules of pushed workflows, with their next five fire times',
    params: z.strictObject({ workflow: name.optional() }),
    result: SchedulesDocument,
    action: 'read',
    mutates: false,
  }),
  'schedule.change': operation({
    summary: 'Start, stop, pause or resume the schedule of a pushed workflow',
    params: z.strictObject({ workflow: name, change: z.enum(['start', 'stop', 'pause', 'resume']), key }),
    result: SchedulesDocument,
    action: 'submit',
    mutates: true,
  }),
  'cluster.list': operation({
    summary: 'Clusters of the agent: places, what waits, who has a place, and the processes that are kept',
    params: z.strictObject({}),
    result: ClustersDocument,
    action: 'read',
    mutates: false,
  }),
  'ledger.show': operation({
    summary: 'Hours that reuse has saved: by run, workflow, namespace or day',
    params: z.strictObject({
      by: z.enum(['run', 'workflow', 'namespace', 'day']).default('workflow'),
      /** days in UTC, both included: runs that began then */
      since: z.iso.date().optional(),
      until: z.iso.date().optional(),
      limit: z.int().min(1).max(10_000).default(100),
    }),
    result: LedgerDocument,
    action: 'read',
    mutates: false,
  }),
  'environment.list': operation({
    summary: 'Environments of a workspace: lock, interpreter, whether they are made',
    params: z.strictObject({ root }),
    result: EnvironmentsDocument,
    action: 'read',
    mutates: false,
  }),
  'environment.lock': operation({
    summary: 'Solve environments anew and write their lock files',
    params: z.strictObject({ root, environments: z.array(name).default([]), upgrade: z.boolean().default(false) }),
    result: EnvironmentsDocument,
    action: 'write',
    mutates: false,
  }),
  'environment.sync': operation({
    summary: 'Make environments ready from their lock files',
    params: z.strictObject({ root, environments: z.array(name).default([]) }),
    result: EnvironmentsDocument,
    action: 'write',
    mutates: false,
  }),
  'dataset.list': operation({
    summary: 'Datasets of a workspace with the versions that have arrived and their profiles',
    params: z.strictObject({ root, dataset: name.optional() }),
    result: DatasetsDocument,
    action: 'read',
    mutates: false,
  }),
  'lineage.show': operation({
    summary: 'Where the columns of an output or of a dataset come from. Target: RUN:STEP.PORT[.COLUMN] or DATASET[@VERSION]',
    params: z.strictObject({ target: z.string().min(1).max(1024) }),
    result: LineageDocument,
    action: 'read',
    mutates: false,
  }),
  'cache.collect': operation({
    summary: 'Throw old results away, and content that nothing needs any more; with `dryRun` only tell what would go',
    params: z.strictObject({
      dryRun: z.boolean().default(false),
      /** instead of those of `agent.yaml` */
      days: z.number().min(0).optional(),
      bytes: z.number().min(0).optional(),
    }),
    result: GarbageDocument,
    action: 'administer',
    mutates: false,
  }),
  'cache.audits': operation({
    summary: 'What checks of reused results have shown',
    params: z.strictObject({}),
    result: AuditDocument,
    action: 'read',
    mutates: false,
  }),
  'cache.audit': operation({
    summary: 'Execute stored results again and compare: the newest of each step, or all; of the named modules, or of all',
    params: z.strictObject({ modules: z.array(name).default([]), all: z.boolean().default(false) }),
    result: AuditDocument,
    action: 'administer',
    mutates: false,
  }),
  'cache.trust': operation({
    summary: 'Reuse results of a module again, whatever audits have shown',
    params: z.strictObject({ module: name }),
    result: AuditDocument,
    action: 'administer',
    mutates: false,
  }),
} as const satisfies { readonly [method: string]: Operation };

export type OperationName = keyof typeof OPERATIONS;
/** What a caller sends (defaults may be left out). */
export type ParamsOf<N extends OperationName> = z.input<(typeof OPERATIONS)[N]['params']>;
/** What a handler receives (defaults filled in). */
export type CheckedParamsOf<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['params']>;
export type ResultOf<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['result']>;

export function isOperationName(text: string): text is OperationName {
  return Object.hasOwn(OPERATIONS, text);
}
