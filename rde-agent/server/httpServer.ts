import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { WebSocketServer, type WebSocket } from 'ws';
import { CairnError, toCairnError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import { LIMITS, SUBPROTOCOL } from '../protocol/wire.ts';
import { registerBlobRoutes, type BlobRoutesOptions } from './blobRoutes.ts';
import { createGate, type Admission, type Gate, type Refusal } from './gate.ts';
import { registerHookRoutes, type HookOptions } from './hookRoutes.ts';
import { STATUS } from './httpStatus.ts';
import { keepAlive } from './keepAlive.ts';
import { createNonces } from './nonces.ts';
import { SAFE_HEADERS } from './portalFiles.ts';
import { registerPortalRoutes, type PortalOptions } from './portalRoutes.ts';
import type { PortalSession } from './portalSessions.ts';
import { registerRestRoutes, type RestOptions } from './restRoutes.ts';

export interface HttpServerOptions {
  readonly key: Uint8Array;
  readonly logger: Logger;
  /** monotonic seconds */
  readonly now: () => number;
  readonly blobs: BlobRoutesOptions;
  readonly rest: RestOptions;
  readonly hooks: HookOptions;
  readonly portal: PortalOptions;
  /** Takes over an authenticated socket. */
  readonly onSocket: (socket: WebSocket) => void;
}

export interface HttpServer {
  readonly port: number;
  /** Open sockets. */
  readonly connections: number;
  close(): Promise<void>;
}

/** Milliseconds that a client has to send all of its request's head. */
const HEAD_LIMIT = 5_000;
/** TCP connections beyond the sockets that are served: nonces, blobs, handshakes. */
const SPARE_CONNECTIONS = 128;

/** Operations check their parameters themselves, so the compilers of schemas, a third of what fastify brings, are not loaded. */
const refuseSchema = (): never => {
  throw new TypeError('a route with a schema needs the compilers of fastify');
};
const NO_SCHEMAS = { buildValidator: refuseSchema, buildSerializer: refuseSchema };

/**
 * Listens on a free port of the loopback interface; anything else is refused, since there is no sign-in for other hosts yet. Credentials
 * are checked before a socket is upgraded and before a body is read.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  let port = 0;
  const nonces = createNonces(() => port, options.now);
  const gate = createGate(options.key, nonces, options.portal.sessions, () => port);
  const app = fastify({
    logger: false,
    bodyLimit: LIMITS.frame,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 512 },
    schemaController: { compilersFactory: NO_SCHEMAS },
    http: { headersTimeout: HEAD_LIMIT, connectionsCheckingInterval: 1_000, maxHeaderSize: 16_384 },
  });
  app.server.maxConnections = LIMITS.connections + SPARE_CONNECTIONS;
  guard(app, gate, options.logger);
  app.get('/nonce', (_request, reply) => reply.header('cache-control', 'no-store').send({ nonce: nonces.issue() }));
  app.get('/health', () => ({ v: 1, state: 'ok' }));
  const registrations = [
    (scope: FastifyInstance): void => registerBlobRoutes(scope, gate, options.blobs),
    (scope: FastifyInstance): void => registerRestRoutes(scope, gate, options.rest),
    (scope: FastifyInstance): void => registerHookRoutes(scope, options.hooks),
    (scope: FastifyInstance): void => registerPortalRoutes(scope, gate, options.portal),
  ];
  for (const register of registrations) {
    await app.register((scope, _options, done) => {
      register(scope);
      done();
    });
  }
  const sockets = serveUpgrades(app, gate, options);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { address, port: bound } = app.server.address() as AddressInfo;
  assertLoopback(address);
  port = bound;
  return {
    port,
    get connections() {
      return sockets.clients.size;
    },
    async close() {
      for (const socket of sockets.clients) socket.close(1001, 'the agent stops');
      sockets.close();
      await app.close();
      for (const socket of sockets.clients) socket.terminate();
    },
  };
}

/** Throws `agent-start-failed`: without TLS and sign-in nobody else may reach us. */
export function assertLoopback(address: string): void {
  if (address === '127.0.0.1' || address === '::1') return;
  throw new CairnError('agent-start-failed', `The agent does not listen on ${address}: only loopback is allowed without TLS and sign-in.`);
}

function guard(app: FastifyInstance, gate: Gate, logger: Logger): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SAFE_HEADERS);
    const refusal = gate.admit(request.raw);
    if (refusal === undefined) return;
    logRefusal(logger, request.raw, refusal);
    await reply.code(refusal.status).header('connection', 'close').send(toRefusalBody(refusal));
  });
  app.setNotFoundHandler(answerUnknownRoute);
  app.setErrorHandler(async (thrown, _request, reply) => {
    const { status, error } = toAnswer(thrown);
    if (status >= 500) logger.error('request failed', { stack: thrown instanceof Error ? thrown.stack : String(thrown) });
    await reply.code(status).send({ v: 1, error: { code: error.code, message: error.message, next: error.next } });
  });
}

/** In the form of every other answer. */
async function answerUnknownRoute(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const path = request.url.split('?', 1)[0]?.slice(0, 200);
  const error = new CairnError('invalid-request', `There is nothing at ${request.method} ${path ?? ''}`, {
    next: 'GET /openapi.json lists what there is.',
  });
  await reply.code(404).send({ v: 1, error: { code: error.code, message: error.message, next: error.next } });
}

/** fastify's own errors carry the status that they mean: below 500 they are about what was sent, and no bug of ours. */
function toAnswer(thrown: unknown): { readonly status: number; readonly error: CairnError } {
  const error = toCairnError(thrown);
  if (error.code !== 'internal') return { status: STATUS[error.code], error };
  const status = readStatus(thrown);
  if (status >= 500) return { status, error };
  const next = status === 415 ? 'Send the body with `content-type: application/json`.' : undefined;
  const code = status === 413 ? 'limit-exceeded' : 'invalid-request';
  return { status, error: new CairnError(code, error.message, { cause: thrown, ...(next === undefined ? {} : { next }) }) };
}

function readStatus(thrown: unknown): number {
  const status: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'statusCode') : undefined;
  return typeof status === 'number' ? status : 500;
}

function serveUpgrades(app: FastifyInstance, gate: Gate, options: HttpServerOptions): WebSocketServer {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: LIMITS.frame,
    maxFragments: 1024,
    perMessageDeflate: false,
    handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
  });
  app.server.on('upgrade', (request: IncomingMessage, connection: Duplex, head: Buffer) => {
    connection.on('error', () => connection.destroy());
    const entered = enter(request, gate, sockets);
    if (!('kind' in entered)) {
      logRefusal(options.logger, request, entered);
      return refuseUpgrade(connection, entered);
    }
    sockets.handleUpgrade(request, connection, head, (socket) => {
      keepAlive(socket);
      if (entered.kind === 'portal') closeWithSession(socket, entered.session);
      options.onSocket(socket);
    });
  });
  return sockets;
}

/** What can be known without looking at credentials comes first: a proof is used up by looking. */
function enter(request: IncomingMessage, gate: Gate, sockets: WebSocketServer): Admission | UpgradeRefusal {
  const refusal = gate.admit(request) ?? toOverload(sockets);
  if (refusal !== undefined) return refusal;
  const entered = gate.enter(request);
  return 'kind' in entered ? (toWrongProtocol(request) ?? entered) : entered;
}

/** A browser that is signed out hears no more. */
function closeWithSession(socket: WebSocket, session: PortalSession): void {
  const release = session.hold();
  const close = (): void => socket.close(1008, 'signed out');
  session.ended.addEventListener('abort', close, { once: true });
  socket.on('close', () => {
    session.ended.removeEventListener('abort', close);
    release();
  });
}

interface UpgradeRefusal {
  readonly status: number;
  readonly reason: string;
}

function toOverload(sockets: WebSocketServer): UpgradeRefusal | undefined {
  return sockets.clients.size >= LIMITS.connections ? { status: 503, reason: 'too-many-connections' } : undefined;
}

function toWrongProtocol(request: IncomingMessage): UpgradeRefusal | undefined {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return offered.includes(SUBPROTOCOL) ? undefined : { status: 400, reason: 'subprotocol' };
}

function toRefusalBody(refusal: UpgradeRefusal | Refusal): { v: 1; error: { code: string; message: string; next: string } } {
  const { code, next } = new CairnError(refusal.status === 401 ? 'unauthenticated' : 'denied', refusal.reason);
  return { v: 1, error: { code, message: refusal.reason, next } };
}

function refuseUpgrade(connection: Duplex, refusal: UpgradeRefusal): void {
  const body = JSON.stringify(toRefusalBody(refusal));
  const head = `HTTP/1.1 ${String(refusal.status)} Refused\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n`;
  connection.end(head + body, () => connection.destroy());
}

/** The audit line of a refusal: who came from where and why not, without anything that they claimed to know. */
function logRefusal(logger: Logger, request: IncomingMessage, refusal: UpgradeRefusal): void {
  const { method, socket, headers } = request;
  logger.warn('refused at the door', {
    reason: refusal.reason,
    status: refusal.status,
    method,
    from: socket.remotePort,
    origin: headers.origin?.slice(0, 200),
    host: headers.host?.slice(0, 200),
  });
}
