import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CairnError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { Gate } from './gate.ts';
import { parseJsonBody, takeJsonBytes } from './jsonBody.ts';
import { createPortalFiles, toPage } from './portalFiles.ts';
import type { PortalSessions } from './portalSessions.ts';

export interface PortalOptions {
  readonly sessions: PortalSessions;
  /** folder of the bundle that browsers get */
  readonly folder: string;
  readonly logger: Logger;
}

/** Where the app is: its own routes, so that a reload comes back to the same place. */
const SECTIONS = ['runs', 'workflows', 'schedules', 'clusters', 'ledger'] as const;
/** bytes of a sign-in */
const LARGEST_BODY = 4096;

const SignIn = z.strictObject({ code: z.string().max(64) });

/**
 * The portal: one page, its script and style, and signing in and out. The page holds nothing that is secret; what it shows comes over the
 * socket and the operations, for which it has to be signed in.
 */
export function registerPortalRoutes(app: FastifyInstance, gate: Gate, options: PortalOptions): void {
  const { sessions, logger } = options;
  takeJsonBytes(app);
  const files = createPortalFiles(options.folder);
  for (const url of ['/', ...SECTIONS.flatMap((section) => [`/${section}`, `/${section}/*`])])
    app.get(url, (request, reply) => (files.isComplete() ? sendPage(request, reply) : reply.callNotFound()));
  app.get<{ Params: { name: string } }>('/portal/:name', (request, reply) => {
    const file = files.read(request.params.name);
    return file === undefined ? reply.callNotFound() : reply.type(file.type).send(file.bytes);
  });
  app.get('/portal/session', async (request) => {
    assertEntered(gate, request);
    return { v: 1 };
  });
  app.post('/portal/session', { bodyLimit: LARGEST_BODY }, async (request, reply) => {
    assertOwnPage(request);
    const { data } = SignIn.safeParse(parseJsonBody(toBytes(request.body)));
    if (data === undefined) throw new CairnError('invalid-request', 'The body is { "code": "…" }.');
    try {
      const secret = sessions.signIn(data.code);
      logger.info('a browser signed in to the portal', { from: request.socket.remotePort });
      return await reply.header('set-cookie', gate.toCookie(secret)).send({ v: 1 });
    } catch (thrown) {
      logger.warn('refused a sign-in to the portal', { from: request.socket.remotePort });
      throw thrown;
    }
  });
  app.delete('/portal/session', async (request, reply) => {
    assertEntered(gate, request);
    const secret = gate.readCookie(request.raw);
    if (secret !== undefined) sessions.end(secret);
    return reply.header('set-cookie', gate.toCookie(undefined)).send({ v: 1 });
  });
}

function sendPage(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const page = toPage(request.headers.host ?? '');
  return reply.type('text/html; charset=utf-8').header('content-security-policy', page.policy).send(page.html);
}

/** A browser names the origin of whatever page posts; the gate has let none through but ours. */
function assertOwnPage(request: FastifyRequest): void {
  if (request.headers.origin === undefined) throw new CairnError('denied', 'Signing in takes a page of the portal.');
}

function assertEntered(gate: Gate, request: FastifyRequest): void {
  const entered = gate.enter(request.raw);
  if ('kind' in entered && entered.kind === 'portal') return;
  throw new CairnError('unauthenticated', 'This browser is not signed in.', { next: 'Run `cairn portal` and type its code here.' });
}

function toBytes(body: unknown): Uint8Array {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
