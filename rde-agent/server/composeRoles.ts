import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createPythonReader } from '../../language/python/createPythonReader.ts';
import type { PythonReader } from '../../language/python/pythonReader.ts';
import { nextFires } from '../../language/service/nextFires.ts';
import { readWorkflowSource } from '../../language/service/readWorkflowSource.ts';
import { toDigest } from '../builder/digest.ts';
import { loadBundler } from '../builder/typescript/bundler.ts';
import type { Environment } from '../client/stateFolder.ts';
import { createFaults } from '../protocol/faults.ts';
import { createRunRole } from '../executor/runRole.ts';
import { createOwnerAuthorize } from '../governance/authorize.ts';
import type { AgentConfig, ReadSecret } from '../protocol/agentConfig.ts';
import type { DoctorDocument } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { RunRole, WorkspaceRole } from '../protocol/roles.ts';
import type { Authorize } from '../protocol/who.ts';
import { createSolver } from '../runtimes/process/environment/solver.ts';
import { createProcessRuntime } from '../runtimes/process/processRuntime.ts';
import { sweepLeftovers } from '../runtimes/process/worker/leftovers.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import { openSqliteStore } from '../store/sqlite/sqliteStore.ts';
import type { BuiltHint, WorkspaceRoleOptions } from '../workspace/workspaceOptions.ts';
import { createWorkspaceRole } from '../workspace/workspaceRole.ts';
import type { RoleContext, Roles } from './agent.ts';
import { composeAnalysis } from './composeAnalysis.ts';
import { startLineageLog, toSourceAccess } from './composeData.ts';
import { createEgress } from './egress.ts';
import { checkHost } from './hostChecks.ts';
import { listMissing, type Places } from './places.ts';
import { readAgentConfig } from './readAgentConfig.ts';
import { createReadSecret } from './secrets.ts';
import { createNewId } from './systemClock.ts';

type ProcessRuntime = ReturnType<typeof createProcessRuntime>;

/** What the run role does not know itself: the language, and how content is named. */
const GIVEN = { nextFires, readWorkflow: readWorkflowSource, hash: toDigest } as const;

export interface ComposeOptions {
  readonly env: Environment;
  /** default: the owner of this agent may */
  readonly authorize?: Authorize;
}

/**
 * Both roles in this process, on the embedded store and the `process` runtime. Runs that an earlier agent left open go on at once.
 * Rejects with `state-newer`, `state-damaged` or `agent-start-failed`; what was opened until then is closed again.
 */
export async function composeRoles(context: RoleContext, places: Places, options: ComposeOptions = { env: process.env }): Promise<Roles> {
  const { env } = options;
  const { stateFolder, logger, clock, newId, owner } = context;
  assertComplete(places);
  const config = readAgentConfig(stateFolder);
  // The store's thread needs a while to start; the grammar of Python is compiled meanwhile.
  const python = readPython(places, logger);
  const store = await openSqliteStore({ folder: stateFolder, writerScript: places.writerScript, logger, ...toStoreFault(env) });
  await sweep(stateFolder, logger);
  const authorize = options.authorize ?? createOwnerAuthorize(owner.id);
  const runtime = createProcessRuntime({ stateFolder, runnerFolder: places.runnerFolder, logger, clock, newId, environment: env });
  const readSecret = createReadSecret({ providers: config.secrets, env, stateFolder, now: () => clock.monotonic() });
  const [faults, runtimes] = [toFaults(env), toRuntimes(config, runtime)];
  const analysis = composeAnalysis({ stateFolder, program: places.analysisProgram, findPython: (minor) => runtime.findPython(minor) });
  const runRole = createRunRole({
    store,
    analysis,
    runtimes,
    clock,
    newId: createNewId(store.projections.runs({ limit: 1 })[0]?.run),
    authorize,
    logger,
    ...GIVEN,
    slots: availableParallelism(),
    clusterSlots: toClusterSlots(config.clusters),
    webhooks: Object.keys(config.webhooks),
    folders: { trees: join(stateFolder, 'trees'), scratch: join(stateFolder, 'scratch') },
    readSecret,
    cache: config,
    preview: { reader: places.previewReader, folder: join(stateFolder, 'previews'), rules: config.preview },
    sources: toSourceAccess(stateFolder, readSecret, createEgress(config.egress)),
    ...faults,
  });
  const workspaceRole = await openWorkspaceRole(context, places, env, {
    runtime,
    runRole,
    clusters: Object.keys(runtimes),
    promotion: config.promotion,
    python: await python,
  });
  await runRole.start();
  const lineage = startLineageLog({ config: config.openLineage, stateFolder, store, runRole, logger, faults: faults.faults });
  return {
    runRole,
    workspaceRole,
    authorize,
    blobs: store.blobs,
    webhookSecret: toWebhookSecrets(config, readSecret),
    scheduled: () => runRole.scheduled(),
    workers: () => runtime.workers().length,
    doctor: () => checkAll(stateFolder, env, runtime),
    stop: async () => {
      await workspaceRole.dispose();
      await runRole.stop();
      await analysis.dispose();
      await runtime.dispose();
      lineage?.stop();
      await store.close();
    },
  };
}

interface BesideWorkspaces {
  readonly runtime: ProcessRuntime;
  readonly runRole: RunRole;
  readonly clusters: readonly string[];
  readonly promotion: AgentConfig['promotion'];
  readonly python: PythonReader | undefined;
}

async function openWorkspaceRole(
  { stateFolder, logger, clock }: RoleContext,
  places: Places,
  environment: Environment,
  { runtime, ...beside }: BesideWorkspaces,
): Promise<WorkspaceRole> {
  return createWorkspaceRole({
    ...beside,
    logger,
    clock,
    stateFolder: join(stateFolder, 'workspaces'),
    ...toEnvironments(runtime),
    solve: createSolver({ stateFolder, clock, environment }),
    bundler: () => loadBundler(places.bundler),
    examplesFolder: places.examplesFolder,
    runTests: (...request) => runtime.runTests(...request),
    onBuilt: (built) => prepareWorkers(runtime, built, logger),
  });
}

function toWebhookSecrets({ webhooks }: AgentConfig, readSecret: ReadSecret): Roles['webhookSecret'] {
  return (workflow, signal) => {
    const webhook = Object.hasOwn(webhooks, workflow) ? webhooks[workflow] : undefined;
    return webhook === undefined ? Promise.resolve(undefined) : readSecret(webhook.secret, signal);
  };
}

async function checkAll(stateFolder: string, env: Environment, runtime: Runtime): Promise<DoctorDocument> {
  const notes = runtime.notes().map((message) => ({ name: 'runtime', state: 'missing' as const, message }));
  return { v: 1, checks: [...(await checkHost(stateFolder, env)), ...notes] };
}

function toEnvironments(runtime: ProcessRuntime): Pick<WorkspaceRoleOptions, 'pin' | 'prepare' | 'isReady'> {
  return {
    pin: (definition, lock) => runtime.pin(definition, lock),
    prepare: (...request) => runtime.prepare(...request),
    isReady: async (environment) => (await runtime.isReady?.(environment)) ?? false,
  };
}

/** Every cluster is this host; what tells them apart is how much they take at once. */
function toRuntimes({ clusters }: AgentConfig, runtime: Runtime): { readonly [cluster: string]: Runtime } {
  return Object.fromEntries(['local', ...Object.keys(clusters)].map((cluster) => [cluster, runtime]));
}

async function sweep(stateFolder: string, logger: Logger): Promise<void> {
  const swept = await sweepLeftovers(stateFolder);
  if (swept > 0) logger.warn('ended what a dead agent left behind', { processes: swept });
}

/** Clusters that say nothing of their size have as many places as there are cores. */
function toClusterSlots(clusters: AgentConfig['clusters']): { readonly [cluster: string]: number } {
  return Object.fromEntries(Object.entries(clusters).map(([name, { workers }]) => [name, workers ?? availableParallelism()]));
}

function assertComplete(places: Places): void {
  const missing = listMissing(places);
  if (missing.length > 0)
    throw new CairnError('agent-start-failed', `The installation is not complete: ${missing.join(', ')}.`, {
      next: 'Install Cairn again; in a checkout run `npm run build`.',
    });
}

/** The store has points of its own, one of them in another thread. */
function toStoreFault(env: Environment): { fault?: string } {
  const fault = env['CAIRN_FAULT'];
  return fault === undefined || fault === '' ? {} : { fault };
}

/** Tests name a point at which the agent kills itself, as a crash would. */
function toFaults(env: Environment): { faults?: ReturnType<typeof createFaults> } {
  const spec = env['CAIRN_FAULT'];
  return spec === undefined || spec === '' ? {} : { faults: createFaults(spec, () => process.kill(process.pid, 'SIGKILL')) };
}

/** Without it everything works but the check of signatures, so its absence is a warning. */
async function readPython(places: Places, logger: Logger): Promise<PythonReader | undefined> {
  try {
    return await createPythonReader({ runtime: await readFile(places.treeSitter), grammar: await readFile(places.treeSitterPython) });
  } catch (thrown) {
    logger.warn('signatures of Python functions are not checked', { cause: thrown instanceof Error ? thrown.message : String(thrown) });
    return undefined;
  }
}

/** What was saved is likely to run next: its code is compiled and its packages are imported ahead. */
function prepareWorkers(runtime: Runtime, built: readonly BuiltHint[], logger: Logger): void {
  for (const { environment, preload, files } of built) {
    if (environment === undefined) continue;
    runtime.compile(environment, files);
    runtime.warm(environment, preload).catch((thrown: unknown) => logger.debug('not warmed', { cause: String(thrown) }));
  }
}
