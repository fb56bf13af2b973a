import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { readKey, toAuthorization } from '../../rde-agent/client/credentials.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import { fetchNonce } from '../../rde-agent/client/nonce.ts';
import { TOKEN_LEVELS, toToken, type TokenLevel } from '../../rde-agent/client/token.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import { isOperationName, OPERATIONS, type OperationName } from '../../rde-agent/protocol/operations.ts';
import { ROUTES, toPathParams } from '../../rde-agent/protocol/routes.ts';
import { TestAgent } from '../support/agent.ts';
import { createScheduledWorkspace } from '../support/scheduledWorkspace.ts';
import type { SmallWorkspace } from '../support/smallWorkspace.ts';

type Params = { readonly [name: string]: unknown };
interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const hour = (): number => Math.floor(Date.now() / 1000) + 3600;

describe('agent/rest', function () {
  this.timeout(120_000);
  let agent: TestAgent;
  let client: AgentClient;
  let workspace: SmallWorkspace;

  before(async () => {
    workspace = createScheduledWorkspace('{ cron: "0 3 1 1 *", timezone: UTC }');
    agent = await TestAgent.start();
    client = agent.connect();
    await client.request('workspace.push', { root: workspace.root, key: newKey() });
  });
  after(async () => {
    await agent.dispose();
    workspace.dispose();
  });

  const token = (level: TokenLevel, expires = hour()): string => toToken(readKey(agent.stateFolder), { level, expires });
  const bearer = (level: TokenLevel): string => `Bearer ${token(level)}`;

  async function proof(): Promise<string> {
    return toAuthorization(readKey(agent.stateFolder), await fetchNonce(agent.port), agent.port);
  }

  async function ask(method: string, path: string, headers: { readonly [name: string]: string }, body?: string): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${String(agent.port)}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  }

  /** An operation by its route, from the same parameters as on the socket. */
  async function call(name: OperationName, params: Params, authorization: string): Promise<Answer> {
    const route = ROUTES[name];
    const inPath = toPathParams(route);
    const path = route.path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(params[key])));
    const others = Object.entries(params).filter(([key]) => !inPath.includes(key) && key !== 'key');
    const headers: { [name: string]: string } = { authorization };
    if (typeof params['key'] === 'string') headers['idempotency-key'] = params['key'];
    if (route.method === 'GET') {
      const query = new URLSearchParams(others.map(([key, value]) => [key, String(value)]));
      return ask('GET', query.size === 0 ? path : `${path}?${query.toString()}`, headers);
    }
    return ask('POST', path, { ...headers, 'content-type': 'application/json' }, JSON.stringify(Object.fromEntries(others)));
  }

  /** What an operation answers on the socket, or why not. */
  async function socket(name: OperationName, params: Params): Promise<unknown> {
    const untyped = client as { request(name: string, params: Params): Promise<unknown> };
    return untyped.request(name, params).catch((thrown: unknown) => {
      assert.ok(thrown instanceof CairnError);
      return { v: 1, error: { code: thrown.code, message: thrown.message, next: thrown.next } };
    });
  }

  it('a mutating operation takes a key: a repeat answers the first, another body is a conflict, none is refused', async () => {
    const path = '/v1/workflows/small%2Ftick/runs';
    const key = newKey();
    const send = (body: string, headers = {}): Promise<Answer> =>
      ask('POST', path, { authorization: bearer('submit'), 'content-type': 'application/json', 'idempotency-key': key, ...headers }, body);
    const answers = await Promise.all(Array.from({ length: 100 }, () => send('{"params":{"who":"a"}}')));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]), 'F31');
    assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
    assert.equal((await send('{"params":{"who":"b"}}')).status, 409);
    assert.equal((await send('{}', { 'idempotency-key': '' })).status, 400);
    assert.equal((await send('{"key":"another-key"}')).status, 400);
    assert.equal((await send('{"workflow":"x"}', { 'idempotency-key': newKey() })).status, 400);
    const without = { authorization: bearer('submit'), 'content-type': 'application/json' };
    assert.equal((await ask('POST', path, without, '{}')).status, 400);
  });

  it('lets in who holds the key, for one request a nonce, and who holds a token for what it allows', async () => {
    const authorization = await proof();
    assert.equal((await ask('GET', '/v1/runs', { authorization })).status, 200);
    assert.equal((await ask('GET', '/v1/runs', { authorization })).status, 401);
    for (const name of Object.keys(ROUTES).filter(isOperationName)) {
      const { action } = OPERATIONS[name];
      for (const level of TOKEN_LEVELS) {
        const allowed = action !== 'administer' && TOKEN_LEVELS.indexOf(level) >= TOKEN_LEVELS.findIndex((known) => known === action);
        if (allowed) continue;
        const { status } = await call(name, { run: 'r', workflow: 'w', change: 'start', key: newKey() }, bearer(level));
        assert.equal(status, 403, `${name} with a token to ${level}`);
      }
    }
  });

  it('lets in nobody else: no, wrong, old, changed and endless tokens', async () => {
    const good = token('read');
    const other = toToken(Buffer.alloc(32), { level: 'write', expires: hour() });
    const bad = [
      '',
      'Bearer',
      `Bearer ${other}`,
      `Bearer ${token('read', hour() - 7200)}`,
      `Bearer ${token('read', hour() + 90_000)}`,
      `Bearer ${good.replace('.read.', '.write.')}`,
      `Bearer ${good.slice(0, -1)}`,
      `Bearer ${good}x`,
      `Cairn ${good}`,
      'Basic eDp5',
    ];
    for (const authorization of bad)
      assert.equal((await ask('GET', '/v1/runs', { authorization })).status, 401, authorization.slice(0, 30));
    assert.equal((await ask('GET', '/openapi.json', {})).status, 401);
    assert.equal(
      (await ask('POST', '/v1/runs', { 'content-type': 'application/json' }, 'x'.repeat(100))).status,
      401,
      'before the body is read',
    );
    const dialled = await agent.connect().request('agent.status', {});
    assert.equal(dialled.pid, agent.pid);
  });

  it('A10, A12: no page and no other name comes in, with a token either', async () => {
    assert.equal((await ask('GET', '/v1/runs', { authorization: bearer('read'), origin: 'https://evil.example' })).status, 403);
    assert.equal(await askAs('attacker.example', '/v1/runs', bearer('read')), 403);
  });

  it('A17, A18: bodies and queries are held to the same rules as frames', async () => {
    const headers = { authorization: bearer('write'), 'content-type': 'application/json', 'idempotency-key': newKey() };
    const post = async (body: string): Promise<number> => (await ask('POST', '/v1/runs', headers, body)).status;
    assert.equal(await post('{'), 400);
    assert.equal(await post('[]'), 400);
    assert.equal(await post('{"root":"/x","root":"/y"}'), 400);
    assert.equal(await post('{"__proto__":{"polluted":1}}'), 400);
    assert.equal(await post(`${'['.repeat(10_000)}${']'.repeat(10_000)}`), 400);
    assert.equal(await post(`"${'x'.repeat(1_100_000)}"`), 413);
    const failure = async (type: string, body: string): Promise<unknown> => {
      const answer = await ask('POST', '/v1/runs', { ...headers, 'content-type': type }, body);
      const { error } = answer.body as { readonly error: { readonly code: string; readonly next: string } };
      return [answer.status, error.code, error.next];
    };
    assert.deepEqual(await failure('text/plain', 'x'), [415, 'invalid-request', 'Send the body with `content-type: application/json`.']);
    assert.deepEqual(await failure('application/json', 'x'.repeat(1_100_000)), [
      413,
      'limit-exceeded',
      'Send less at once; the message names the limit.',
    ]);
    const get = async (query: string): Promise<number> => (await ask('GET', `/v1/runs?${query}`, { authorization: bearer('read') })).status;
    assert.deepEqual(
      await Promise.all(['limit=0', 'limit=x', 'limit=1&limit=2', 'nope=1', '__proto__=1', 'limit=1e3'].map(get)),
      [400, 400, 400, 400, 400, 400],
    );
    assert.equal((await ask('GET', '/v1/runs/%2e%2e%2f%00', { authorization: bearer('read') })).status, 404);
    const unknown = await ask('DELETE', '/v1/runs', { authorization: bearer('write') });
    assert.deepEqual(unknown, {
      status: 404,
      body: {
        v: 1,
        error: {
          code: 'invalid-request',
          message: 'There is nothing at DELETE /v1/runs',
          next: 'GET /openapi.json lists what there is.',
        },
      },
    });
  });

  it('describes itself: an OpenAPI 3.1 document whose schemas accept what is answered', async () => {
    const { status, body } = await ask('GET', '/openapi.json', { authorization: bearer('read') });
    assert.equal(status, 200);
    const document = body as OpenApi;
    assert.equal(document.openapi, '3.1.0');
    const ajv = new Ajv2020({ strict: false, formats: { uri: true } });
    ajv.addSchema({ $id: 'openapi', components: document.components });
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    assert.deepEqual(described.map(({ operation }) => operation.operationId).sort(), Object.keys(OPERATIONS).sort());
    for (const { path, method, operation } of described) {
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      assert.deepEqual(
        inPath,
        Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name),
        path,
      );
      assert.equal(operation.requestBody !== undefined, method === 'post', path);
      assert.equal(
        operation.parameters.some(({ name }) => name === 'Idempotency-Key'),
        OPERATIONS[operation.operationId].mutates,
      );
    }
    for (const ref of listRefs(document)) assert.ok(ajv.getSchema(`openapi${ref}`) !== undefined, `${ref} leads somewhere`);
    const accepts = (name: OperationName, value: unknown): boolean =>
      ajv.validate({ $ref: `openapi#/components/schemas/${toName(name)}Result` }, value);
    for (const name of ['agent.status', 'run.list', 'schedule.list'] as const)
      assert.ok(accepts(name, await socket(name, {})), `${name}: ${ajv.errorsText()}`);
    assert.ok(!accepts('run.list', { v: 1, runs: [{}] }));
  });

  function askAs(host: string, path: string, authorization: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const sent = httpRequest({ host: '127.0.0.1', port: agent.port, path, headers: { host, authorization } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
    return promise;
  }
});

interface OpenApiOperation {
  readonly operationId: OperationName;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: object;
}
interface OpenApi {
  readonly openapi: string;
  readonly paths: { readonly [path: string]: { readonly [method: string]: OpenApiOperation } };
  readonly components: object;
}

function listRefs(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) =>
    key === '$ref' && typeof member === 'string' ? [member] : listRefs(member),
  );
}

function toName(name: OperationName): string {
  return name.replace(/(?:^|\.)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
