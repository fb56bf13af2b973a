import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CairnError } from '../protocol/errors.ts';
import { OPERATIONS } from '../protocol/operations.ts';
import type { Logger } from '../protocol/logger.ts';
import type { RunRole } from '../protocol/roles.ts';
import { parseJsonBody, takeJsonBytes } from './jsonBody.ts';

export interface HookOptions {
  readonly runRole: Pick<RunRole, 'trigger'>;
  /** The secret that signs deliveries for a workflow; `undefined` = it has no webhook. Rejects with `secret-missing`. */
  readonly secretOf: (workflow: string, signal: AbortSignal) => Promise<string | undefined>;
  /** wall clock, Unix seconds */
  readonly seconds: () => number;
  readonly logger: Logger;
}

/** bytes of a delivery */
const LARGEST_DELIVERY = 262_144;
/** seconds that a delivery's time may be off, either way */
const FRESH = 300;
/** milliseconds for a secret's provider */
const SECRET_LIMIT = 15_000;

const Body = z.strictObject({ params: OPERATIONS['run.trigger'].params.shape.params });

/** What a delivery says of itself. */
interface Claims {
  readonly delivery: string;
  readonly timestamp: string;
  readonly signature: string;
}

/**
 * `POST /hooks/<namespace>/<name>` runs a pushed workflow for whoever can sign: no token, but the secret that agent.yaml names. Everything
 * that is not right is the same 401, so nothing is told about which workflows there are. A delivery that was accepted once answers its run again.
 */
export function registerHookRoutes(app: FastifyInstance, options: HookOptions): void {
  takeJsonBytes(app);
  // What cannot be right is refused before a body is read.
  app.addHook('onRequest', (request) =>
    readClaims(request, options.seconds()) === undefined ? Promise.reject(toRefusal()) : Promise.resolve(),
  );
  app.post<{ Params: { namespace: string; name: string } }>('/hooks/:namespace/:name', { bodyLimit: LARGEST_DELIVERY }, async (request) => {
    const workflow = `${request.params.namespace}/${request.params.name}`;
    const claims = await authenticate(workflow, request, options);
    const { params } = readBody(request.body);
    const { delivery } = claims;
    const who = { id: `webhook:${workflow}` };
    return options.runRole.trigger({ workflow, params, key: delivery }, who, { kind: 'webhook', delivery });
  });
}

async function authenticate(workflow: string, request: FastifyRequest, options: HookOptions): Promise<Claims> {
  const claims = readClaims(request, options.seconds());
  const secret = await findSecret(workflow, options);
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  // The same work is done for a workflow that has no webhook.
  const expected = toSignature(secret ?? 'no webhook', claims?.timestamp ?? '', claims?.delivery ?? '', body);
  const isRight = timingSafeEqual(Buffer.from(expected), Buffer.from((claims?.signature ?? '').padEnd(expected.length, ' ')));
  if (claims !== undefined && secret !== undefined && isRight) return claims;
  options.logger.warn('refused a delivery', {
    reason: secret === undefined ? 'no-webhook' : 'wrong-signature',
    from: request.socket.remotePort,
  });
  throw toRefusal();
}

/** A secret that cannot be had is for the agent's log; the sender learns nothing of it. */
async function findSecret(workflow: string, { secretOf, logger }: HookOptions): Promise<string | undefined> {
  try {
    return await secretOf(workflow, AbortSignal.timeout(SECRET_LIMIT));
  } catch (thrown) {
    logger.error('the secret of a webhook cannot be had', { workflow, cause: thrown instanceof Error ? thrown.message : String(thrown) });
    return undefined;
  }
}

function readClaims(request: FastifyRequest, now: number): Claims | undefined {
  const { 'cairn-delivery': delivery, 'cairn-timestamp': timestamp, 'cairn-signature': signed } = request.headers;
  if (typeof delivery !== 'string' || !/^[\w.:-]{1,128}$/.test(delivery)) return undefined;
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp) || Math.abs(now - Number(timestamp)) > FRESH) return undefined;
  const signature = typeof signed === 'string' ? /^v1=([0-9a-f]{64})$/.exec(signed)?.[1] : undefined;
  return signature === undefined ? undefined : { delivery, timestamp, signature };
}

/** Lower-case hex of HMAC-SHA256 over `timestamp.delivery.body`. */
function toSignature(secret: string, timestamp: string, delivery: string, body: Uint8Array): string {
  return createHmac('sha256', secret).update(`${timestamp}.${delivery}.`).update(body).digest('hex');
}

function readBody(body: unknown): z.output<typeof Body> {
  const value = Buffer.isBuffer(body) && body.length > 0 ? parseJsonBody(body) : {};
  const checked = Body.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new CairnError('invalid-request', `The body is { "params": { … } }: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}

function toRefusal(): CairnError {
  return new CairnError('unauthenticated', 'The delivery is not signed as it must be.', {
    next: 'Send cairn-delivery, cairn-timestamp (now) and cairn-signature: v1=<hex HMAC-SHA256 of "timestamp.delivery.body">.',
  });
}
