import { z } from 'zod';
import { DiffDocument, ReceiptDocument, ReplayDocument } from './comparisons.ts';
import { AuditDocument, GarbageDocument, PinDocument } from './cacheDocuments.ts';
import { PortalDocument, SignedOutDocument, WorkflowsDocument, WorkspacesDocument } from './portalDocuments.ts';
import { TestsDocument } from './ciDocuments.ts';
import type { Action } from './who.ts';
import {
  AgentStatusDocument,
  BuildDocument,
  CancelDocument,
  CheckDocument,
  CreatedDocument,
  DatasetsDocument,
  DoctorDocument,
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

/**
 * The contract registry: every operation once. The WebSocket dispatcher, the clients' types and the commands that are one
 * request come from it; so will REST and its OpenAPI document.
 *
 * `action` is the policy action that `authorize()` is asked before the operation runs. `mutates` = the operation carries an
 * idempotency key (`key`): a repeat answers the first result, the same key with another body is a `conflict`.
 */
export interface Operation<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly summary: string;
  readonly params: P;
  readonly result: R;
  readonly action: Action;
  readonly mutates: boolean;
}

function operation<P extends z.ZodType, R extends z.ZodType>(definition: Operation<P, R>): Operation<P, R> {
  return definition;
}

/** Absolute path of a workspace's root on the host of the workspace role. */
const root = z.string().min(1).max(4096);
const key = z.string().min(8).max(128);
const name = z.string().min(1).max(256);
const JsonValue = z.json();
const params = z.record(z.string(), JsonValue).default({});
/** Parameters whose values are texts of a command line: they are read as the types that the workflow declares. */
const texts = z.record(z.string(), z.string()).optional();
/** Saved documents whose content the index must hold before it answers (torn saves): path relative to the root → sha256 of its bytes. */
const documents = z.record(z.string(), z.string()).default({});

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
    params: z.strictObject({ root, name: name.optional(), preview: z.boolean().default(false) }),
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
    summary: 'Run the tests of modules, in their environments; with `discover` only find them',
    params: z.strictObject({
      root,
      /** none = all modules */
      modules: z.array(name).default([]),
      /** of one module: ids of tests, of classes or of files; absent = all */
      tests: z.array(z.string().min(1).max(2048)).min(1).max(10_000).optional(),
      discover: z.boolean().default(false),
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
    params: z.strictObject({ root, tag: name.optional(), documents, key }),
    result: PushDocument,
    action: 'write',
    mutates: true,
  }),
  'run.submit': operation({
    summary: 'Pin a workflow of the working tree and run it',
    params: z.strictObject({
      root,
      workflow: name,
      params,
      /** of a fork: the path of a step that runs whatever, `train` or `check/score` */
      from: name.optional(),
      force: z.boolean().default(false),
      /** a run: its results stand wherever they are still right */
      fork: name.optional(),
      documents,
      key,
    }),
    result: z.object({ v: z.literal(1), run: z.string(), uri: z.string() }),
    action: 'submit',
    mutates: true,
  }),
  'run.rerun': operation({
    summary: 'Run a run again, everything pinned as it was; from a step on: what is above is taken from that run',
    params: z.strictObject({ run: name, from: name.optional(), force: z.boolean().default(false), params, texts, key }),
    result: z.object({ v: z.literal(1), run: z.string(), uri: z.string() }),
    action: 'submit',
    mutates: true,
  }),
  'run.clone': operation({
    summary: 'A new run of the workflow of a run, with its code, environments and parameters, some of them changed',
    params: z.strictObject({ run: name, params, texts, key }),
    result: z.object({ v: z.literal(1), run: z.string(), uri: z.string() }),
    action: 'submit',
    mutates: true,
  }),
  'run.receipt': operation({
    summary: 'Everything that it takes to repeat a run that has ended',
    params: z.strictObject({ run: name }),
    result: ReceiptDocument,
    action: 'read',
    mutates: false,
  }),
  'run.export': operation({
    summary: 'Write the receipt of a run into a folder on the host of the agent, with the blobs that it names',
    params: z.strictObject({ run: name, folder: root }),
    result: ReceiptDocument,
    action: 'write',
    mutates: false,
  }),
  'run.replay': operation({
    summary: 'Run a run again from its receipt, everything pinned and nothing reused; `folder` = a receipt that was written there',
    params: z.strictObject({ run: name.optional(), folder: root.optional(), key }),
    result: ReplayDocument,
    action: 'submit',
    mutates: true,
  }),
  'run.replayed': operation({
    summary: 'How a replay compares with the run that it repeats, as far as it has come',
    params: z.strictObject({ run: name }),
    result: ReplayDocument,
    action: 'read',
    mutates: false,
  }),
  'run.diff': operation({
    summary: 'In what two runs differ: code, environments, inputs, parameters, columns of outputs, metrics, states and times',
    params: z.strictObject({ run: name, other: name }),
    result: DiffDocument,
    action: 'read',
    mutates: false,
  }),
  'run.trigger': operation({
    summary: 'Run a pushed workflow, as last pushed',
    params: z.strictObject({ workflow: name, params, texts, key }),
    result: TriggerDocument,
    action: 'submit',
    mutates: true,
  }),
  'workflow.list': operation({
    summary: 'Workflows as they were last pushed: what can be triggered and scheduled',
    params: z.strictObject({}),
    result: WorkflowsDocument,
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
  'run.list': operation({
    summary: 'Runs, newest first; without `parent` those that are not nested in another',
    params: z.strictObject({
      after: z.string().optional(),
      limit: z.int().min(1).max(500).default(50),
      workflow: name.optional(),
      parent: name.optional(),
    }),
    result: RunsDocument,
    action: 'read',
    mutates: false,
  }),
  'run.show': operation({
    summary: 'One run with all its steps',
    params: z.strictObject({ run: name }),
    result: RunDocument,
    action: 'read',
    mutates: false,
  }),
  'run.cancel': operation({
    summary: 'Cancel a run; its processes are stopped',
    params: z.strictObject({ run: name, key }),
    result: CancelDocument,
    action: 'submit',
    mutates: true,
  }),
  'run.why': operation({
    summary: 'Why a step ran or was reused',
    params: z.strictObject({ run: name, step: name }),
    result: WhyDocument,
    action: 'read',
    mutates: false,
  }),
  'run.pin': operation({
    summary: 'Keep everything of a run, or (`pinned` false) no longer',
    params: z.strictObject({ run: name, pinned: z.boolean().default(true) }),
    result: PinDocument,
    action: 'submit',
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
  'run.logs': operation({
    summary: 'Log lines after a cursor; with `wait` the answer comes when there is something new or the run has ended',
    params: z.strictObject({
      run: name,
      step: name.optional(),
      after: z.string().optional(),
      wait: z.boolean().default(false),
      limit: z.int().min(1).max(5000).default(1000),
    }),
    result: z.object({ v: z.literal(1), lines: z.array(LogLine), after: z.string(), done: z.boolean() }),
    action: 'read',
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
