import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import type { AgentStatusDocument, DoctorDocument } from '../protocol/documents.ts';
import type { Clock, NewId } from '../protocol/clock.ts';
import type { Logger } from '../protocol/logger.ts';
import type { RunRole, WorkspaceRole } from '../protocol/roles.ts';
import { PROTOCOL_VERSION } from '../protocol/wire.ts';
import type { Authorize, Principal } from '../protocol/who.ts';
import type { BlobStore } from '../store/store.ts';
import { ensureStateFolder } from '../client/stateFolder.ts';
import { VERSION } from '../client/version.ts';
import { acquireAgentLock } from './agentLock.ts';
import { createDispatch, type Dispatch } from './dispatcher.ts';
import { createHandlers, type HandlerOptions, type PortalHandlers } from './handlers.ts';
import { startHttpServer, type HttpServer } from './httpServer.ts';
import { ensureKey } from './keyFile.ts';
import { openLog } from './log.ts';
import { createPortalSessions, type PortalSessions } from './portalSessions.ts';
import { serveSession } from './session.ts';
import { createSubscriptionHub } from './subscriptionHub.ts';
import { createNewId, systemClock } from './systemClock.ts';

/** What the composition of the two roles is given. */
export interface RoleContext {
  readonly stateFolder: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly owner: Principal;
}

/** The two roles and what the server needs beside them. */
export interface Roles {
  readonly runRole: RunRole;
  readonly workspaceRole: WorkspaceRole;
  readonly blobs: BlobStore;
  readonly authorize: Authorize;
  /** The secret that signs deliveries for a workflow; `undefined` = it has no webhook. Rejects with `secret-missing`. */
  webhookSecret(workflow: string, signal: AbortSignal): Promise<string | undefined>;
  /** number of schedules that will fire as long as the agent runs */
  scheduled(): number;
  /** number of processes that are kept for tasks */
  workers(): number;
  doctor(): Promise<DoctorDocument>;
  /** Ends running tasks, watchers and processes, then the store. */
  stop(): Promise<void>;
}

export interface AgentOptions {
  readonly stateFolder: string;
  readonly logLevel: string;
  /** of the portal's bundle; it may be missing: then there is no portal */
  readonly portalFolder: string;
  /** Opens the store and builds both roles, after the folder is ours. */
  readonly compose: (context: RoleContext) => Promise<Roles>;
  /** Called when a client has asked to stop. */
  readonly onStopRequested: () => void;
}

export interface Agent {
  readonly logger: Logger;
  status(): AgentStatusDocument;
  /** clients that are connected, runs that have not ended and schedules that will fire */
  activity(): { readonly connections: number; readonly runs: number; readonly schedules: number };
  /** Withdraws the lock file, closes sockets, ends tasks. Idempotent. */
  stop(): Promise<void>;
}

/** Takes the state folder, builds the roles, listens on loopback, and only then says where. Rejects with what `main` logs as last words. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { stateFolder } = options;
  ensureStateFolder(stateFolder);
  const lock = acquireAgentLock(stateFolder);
  const undo: (() => Promise<void> | void)[] = [() => lock.release()];
  try {
    const key = ensureKey(stateFolder);
    const logger = openLog(stateFolder, options.logLevel);
    const owner: Principal = { id: `local:${userInfo().username}` };
    const roles = await options.compose({ stateFolder, logger, clock: systemClock, newId: createNewId(), owner });
    undo.unshift(() => roles.stop());
    const started = systemClock.now();
    const status = (): AgentStatusDocument => toStatus(stateFolder, server.port, roles, started);
    const sessions = createPortalSessions(
      () => systemClock.monotonic(),
      () => Date.parse(systemClock.now()),
    );
    const portal = toPortalHandlers(sessions, () => server.port);
    const dispatch = createRegistryDispatch(options, roles, { status, portal });
    const onSocket = createSocketHandler(dispatch, roles, logger, owner);
    const seconds = (): number => Date.parse(systemClock.now()) / 1000;
    const rest = { key, dispatch, who: owner, seconds, version: VERSION };
    const hooks = { runRole: roles.runRole, secretOf: roles.webhookSecret.bind(roles), seconds, logger };
    const blobs = { blobs: roles.blobs, authorize: roles.authorize, who: owner, folder: join(stateFolder, 'incoming') };
    const server: HttpServer = await startHttpServer({
      key,
      logger,
      now: () => systemClock.monotonic(),
      blobs,
      rest,
      hooks,
      portal: { sessions, folder: options.portalFolder, logger },
      onSocket,
    });
    undo.unshift(() => server.close());
    undo.unshift(() => lock.withdraw());
    lock.publish({ pid: process.pid, port: server.port, version: VERSION, protocol: PROTOCOL_VERSION, started });
    logger.info('agent started', { port: server.port, version: VERSION, node: process.version });
    const stop = createOnce(() => undoAll(undo, logger));
    return {
      logger,
      status,
      activity: () => ({ connections: server.connections, runs: roles.runRole.active(), schedules: roles.scheduled() }),
      stop,
    };
  } catch (thrown) {
    await undoAll(undo, undefined);
    throw thrown;
  }
}

function createRegistryDispatch(options: AgentOptions, roles: Roles, own: Pick<HandlerOptions, 'status' | 'portal'>): Dispatch {
  const { runRole, workspaceRole, authorize } = roles;
  const stop = (): void => void setImmediate(options.onStopRequested);
  return createDispatch(createHandlers({ runRole, workspaceRole, authorize, ...own, doctor: () => roles.doctor(), stop }));
}

function toPortalHandlers(sessions: PortalSessions, port: () => number): PortalHandlers {
  return {
    open: () => ({ v: 1, url: `http://127.0.0.1:${String(port())}/`, ...sessions.issue() }),
    signOut: () => sessions.endAll(),
  };
}

function createSocketHandler(dispatch: Dispatch, roles: Roles, logger: Logger, owner: Principal): (socket: WebSocket) => void {
  const { runRole, workspaceRole, authorize } = roles;
  const epoch = randomUUID();
  const hub = createSubscriptionHub({ runRole, workspaceRole, authorize, epoch });
  const hello = { agent: VERSION, roles: ['workspace', 'run'], epoch } as const;
  return (socket) => serveSession(socket, owner, { dispatch, hub, hello, logger });
}

function toStatus(stateFolder: string, port: number, roles: Roles, started: string): AgentStatusDocument {
  return {
    v: 1,
    pid: process.pid,
    port,
    version: VERSION,
    protocol: PROTOCOL_VERSION,
    roles: ['workspace', 'run'],
    workers: roles.workers(),
    state: stateFolder,
    rss: readRss(),
    started,
    cache: roles.runRole.cache.status(),
  };
}

/** Bytes. What it is now stands in a file, and there may be none left to open: then what it was at most. */
function readRss(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

/** In order; one that fails does not keep the next from its turn. */
async function undoAll(steps: readonly (() => Promise<void> | void)[], logger: Logger | undefined): Promise<void> {
  for (const step of steps) {
    try {
      await step();
    } catch (thrown) {
      logger?.error('stopping failed', { stack: thrown instanceof Error ? thrown.stack : String(thrown) });
    }
  }
}

function createOnce(act: () => Promise<void>): () => Promise<void> {
  let acting: Promise<void> | undefined;
  return () => (acting ??= act());
}
