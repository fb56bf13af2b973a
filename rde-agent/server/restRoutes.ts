import { z } from 'zod';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isReservedKey } from '../../language/model/names.ts';
import { isAllowedBy, readToken, type TokenLevel } from '../client/token.ts';
import { CairnError } from '../protocol/errors.ts';
import { isOperationName, OPERATIONS, type OperationName } from '../protocol/operations.ts';
import { KEY_HEADER, ROUTES, toPathParams } from '../protocol/routes.ts';
import type { Principal } from '../protocol/who.ts';
import type { Dispatch } from './dispatcher.ts';
import type { Gate } from './gate.ts';
import { parseJsonBody, takeJsonBytes } from './jsonBody.ts';
import { toOpenApi } from './openApi.ts';

export interface RestOptions {
  readonly key: Uint8Array;
  readonly dispatch: Dispatch;
  /** who every proof of the key stands for */
  readonly who: Principal;
  /** wall clock, Unix seconds */
  readonly seconds: () => number;
  readonly version: string;
}

/** Every operation of the registry on its route, and the document that describes them. They are the socket's operations and answer the same. */
export function registerRestRoutes(app: FastifyInstance, gate: Gate, options: RestOptions): void {
  takeJsonBytes(app);
  const levels = new WeakMap<FastifyRequest, TokenLevel>();
  app.addHook('onRequest', async (request, reply) => {
    const level = readBearer(request, options);
    if (level !== undefined) levels.set(request, level);
    else await refuseStranger(request, reply, gate);
  });
  const document = createOnce(() => toOpenApi(options.version));
  app.get('/openapi.json', (_request, reply) => reply.send(document()));
  for (const name of Object.keys(ROUTES).filter(isOperationName)) {
    const { method, path } = ROUTES[name];
    const url = path.replace(/\{(\w+)\}/g, ':$1');
    app.route({ method, url, handler: (request, reply) => answer(name, request, reply, levels.get(request), options) });
  }
}

/** A token is enough; without one it takes the proof of a nonce or a signed-in page of the portal, as for the socket. */
function readBearer(request: FastifyRequest, { key, seconds }: RestOptions): TokenLevel | undefined {
  const token = /^Bearer (\S{1,256})$/i.exec(request.headers.authorization ?? '')?.[1];
  return token === undefined ? undefined : readToken(key, token, seconds())?.level;
}

async function refuseStranger(request: FastifyRequest, reply: FastifyReply, gate: Gate): Promise<void> {
  const refusal = gate.enter(request.raw);
  if ('kind' in refusal) return;
  const next =
    refusal.reason === 'no-session'
      ? 'Sign in to the portal: `cairn portal` gives a code.'
      : 'Send `Authorization: Bearer TOKEN`; `cairn agent token` makes one.';
  const { code, message } = new CairnError('unauthenticated', refusal.reason);
  await reply.code(401).header('connection', 'close').header('www-authenticate', 'Bearer').send({ v: 1, error: { code, message, next } });
}

async function answer(
  name: OperationName,
  request: FastifyRequest,
  reply: FastifyReply,
  level: TokenLevel | undefined,
  { dispatch, who }: RestOptions,
): Promise<unknown> {
  const { action } = OPERATIONS[name];
  if (level !== undefined && !isAllowedBy(level, action)) {
    throw new CairnError('denied', `The token allows to ${level} and what is less; ${name} takes ${action}.`, {
      next: 'Make a token that allows more: `cairn agent token --allow write`.',
    });
  }
  const params = toParams(name, request);
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  reply.raw.once('close', onClose);
  try {
    return await dispatch(name, params, who, gone.signal);
  } finally {
    reply.raw.off('close', onClose);
  }
}

/** The parameters of an operation from path, query or body, and header. Each is in one place only. */
function toParams(name: OperationName, request: FastifyRequest): { readonly [name: string]: unknown } {
  const route = ROUTES[name];
  const inPath = Object.entries(request.params as { readonly [name: string]: string });
  const query = Object.entries(request.query as { readonly [name: string]: unknown });
  if (route.method === 'POST' && query.length > 0)
    throw new CairnError('invalid-request', `${name} takes its parameters in the body, not in the query.`);
  const others =
    route.method === 'GET' ? query.map(([key, value]) => [key, toQueryValue(name, key, value)] as const) : readBody(request.body);
  const taken = new Set([...toPathParams(route), ...(OPERATIONS[name].mutates ? ['key'] : [])]);
  for (const [key] of others) {
    if (isReservedKey(key)) throw new CairnError('invalid-request', `"${key}" is not a name that can be used.`);
    if (taken.has(key))
      throw new CairnError('invalid-request', `"${key}" is given by ${key === 'key' ? 'the header Idempotency-Key' : 'the path'}.`);
  }
  return Object.fromEntries([...others, ...inPath, ...readKey(name, request)]);
}

function readKey(name: OperationName, request: FastifyRequest): readonly (readonly [string, string])[] {
  if (!OPERATIONS[name].mutates) return [];
  const key = request.headers[KEY_HEADER];
  if (typeof key === 'string') return [['key', key]];
  throw new CairnError(
    'invalid-request',
    `${name} changes something, so it takes a header Idempotency-Key: a repeat with the same key is done once.`,
    {
      next: 'Send a fresh key of 8 to 128 characters, such as a UUID, and keep it for repeats.',
    },
  );
}

function readBody(body: unknown): readonly (readonly [string, unknown])[] {
  if (!Buffer.isBuffer(body) || body.length === 0) return [];
  const value = parseJsonBody(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CairnError('invalid-request', 'The body is not a JSON object.');
  return Object.entries(value);
}

/** Text of a query as the type that the parameter has. What does not fit stays text, for the operation's own check to refuse. */
function toQueryValue(name: OperationName, key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const type = typesOf(name)[key];
  if ((type === 'integer' || type === 'number') && /^-?\d+(?:\.\d+)?$/.test(value)) return Number(value);
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

const types = new Map<OperationName, { readonly [key: string]: unknown }>();

function typesOf(name: OperationName): { readonly [key: string]: unknown } {
  const known = types.get(name);
  if (known !== undefined) return known;
  const { properties = {} } = z.toJSONSchema(OPERATIONS[name].params, { io: 'input' });
  const found = Object.fromEntries(
    Object.entries(properties).map(([key, schema]) => [key, typeof schema === 'object' ? schema.type : undefined]),
  );
  types.set(name, found);
  return found;
}

function createOnce<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
