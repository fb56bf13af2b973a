import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import { TestAgent } from '../support/agent.ts';
import { createScheduledWorkspace } from '../support/scheduledWorkspace.ts';
import type { SmallWorkspace } from '../support/smallWorkspace.ts';

const SECRET = 'a shared secret';

interface Delivery {
  readonly path?: string;
  readonly delivery?: string;
  readonly timestamp?: number;
  readonly body?: string;
  readonly secret?: string;
  /** instead of, or beside, those that fit */
  readonly headers?: { readonly [name: string]: string };
  readonly method?: string;
}

interface Answer {
  readonly status: number;
  readonly body: { readonly run?: string; readonly error?: { readonly code: string } };
}

describe('agent/hooks: A45', function () {
  this.timeout(120_000);
  let stateFolder: string;
  let agent: TestAgent;
  let client: AgentClient;
  let workspace: SmallWorkspace;
  const now = (): number => Math.floor(Date.now() / 1000);

  before(async () => {
    stateFolder = realpathSync(mkdtempSync(join(tmpdir(), 'cairn-hooks-')));
    const webhooks =
      'webhooks:\n  small/tick: { secret: HOOK }\n  small/absent: { secret: HOOK }\n  small/secretless: { secret: NOWHERE }\n';
    writeFileSync(join(stateFolder, 'agent.yaml'), `secrets: { HOOK: { env: HOOK_SECRET } }\n${webhooks}`);
    workspace = createScheduledWorkspace('');
    agent = await TestAgent.start({ stateFolder, env: { HOOK_SECRET: SECRET } });
    client = agent.connect();
    await client.request('workspace.push', { root: workspace.root, key: newKey() });
  });
  after(async () => {
    await agent.dispose();
    workspace.dispose();
    rmSync(stateFolder, { recursive: true, force: true, maxRetries: 3 });
  });

  async function deliver(given: Delivery = {}): Promise<Answer> {
    const {
      path = '/hooks/small/tick',
      delivery = newKey(),
      timestamp = now(),
      body = '{"params":{"who":"hook"}}',
      secret = SECRET,
    } = given;
    const signature = createHmac('sha256', secret)
      .update(`${String(timestamp)}.${delivery}.${body}`)
      .digest('hex');
    const headers = {
      'content-type': 'application/json',
      'cairn-delivery': delivery,
      'cairn-timestamp': String(timestamp),
      'cairn-signature': `v1=${signature}`,
      ...given.headers,
    };
    const method = given.method ?? 'POST';
    const response = await fetch(`http://127.0.0.1:${String(agent.port)}${path}`, {
      method,
      headers,
      ...(method === 'POST' ? { body } : {}),
    });
    const text = await response.text();
    return { status: response.status, body: JSON.parse(text === '' ? '{}' : text) as Answer['body'] };
  }

  const countRuns = async (): Promise<number> => (await client.request('run.list', {})).runs.length;

  it('a signed delivery runs what was pushed, as the webhook', async () => {
    const { status, body } = await deliver({ delivery: 'first-1' });
    assert.equal(status, 200);
    const shown = await client.request('run.show', { run: body.run ?? '' });
    assert.deepEqual([shown.by, shown.origin], ['webhook:small/tick', { kind: 'trigger', via: 'webhook', delivery: 'first-1' }]);
  });

  it('unsigned, wrongly signed, too old or too new: 401, no run, and all look the same', async () => {
    const before = await countRuns();
    const late = createHmac('sha256', SECRET).update('x').digest('hex');
    const refused = await Promise.all([
      deliver({ secret: 'another' }),
      deliver({ headers: { 'cairn-signature': '' } }),
      deliver({ headers: { 'cairn-signature': `v1=${late}` } }),
      deliver({ headers: { 'cairn-signature': `v2=${late}` } }),
      deliver({ headers: { 'cairn-delivery': 'another-delivery' } }),
      deliver({ headers: { 'cairn-delivery': '' } }),
      deliver({ headers: { 'cairn-delivery': 'x'.repeat(200) } }),
      deliver({ headers: { 'cairn-timestamp': String(now() - 1) } }),
      deliver({ timestamp: now() - 301 }),
      deliver({ timestamp: now() + 310 }),
      deliver({ headers: { 'cairn-timestamp': 'now' } }),
      deliver({ path: '/hooks/small/unknown' }),
      deliver({ path: '/hooks/small/secretless' }),
      deliver({ path: '/hooks/constructor/prototype' }),
      deliver({ path: '/hooks/..%2f/__proto__' }),
    ]);
    assert.deepEqual([...new Set(refused.map(({ status }) => status))], [401]);
    assert.deepEqual([...new Set(refused.map(({ body }) => JSON.stringify(body)))].length, 1, 'nothing tells one refusal from another');
    assert.equal(await countRuns(), before);
    assert.ok(!agent.log.includes(SECRET));
    assert.match(agent.log, /refused a delivery/);
  });

  it('the same delivery again answers the first run and runs nothing, in parallel and after a restart', async () => {
    const delivery = { delivery: 'again-1', timestamp: now() };
    const before = await countRuns();
    const answers = await Promise.all(Array.from({ length: 30 }, () => deliver(delivery)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.equal(new Set(answers.map(({ body }) => body.run)).size, 1);
    await agent.kill();
    await agent.start();
    client.retry();
    assert.equal((await deliver(delivery)).body.run, answers[0]?.body.run);
    assert.equal(
      (await deliver({ ...delivery, body: '{"params":{"who":"other"}}' })).body.run,
      answers[0]?.body.run,
      'whatever it carries',
    );
    assert.equal(await countRuns(), before + 1);
  });

  it('a delivery that is signed but cannot run says why, to whom could sign it', async () => {
    assert.deepEqual(
      [(await deliver({ path: '/hooks/small/absent' })).status, (await deliver({ body: '{"params":{"nope":1}}' })).status],
      [404, 400],
    );
    assert.equal((await deliver({ body: '{"params":{"who":"a"},"params":{"who":"b"}}' })).status, 400);
    assert.equal((await deliver({ body: '{"__proto__":{}}' })).status, 400);
    assert.equal((await deliver({ body: '[' })).status, 400);
    assert.equal((await deliver({ body: '{"more":1}' })).status, 400);
    assert.equal((await deliver({ body: `"${'x'.repeat(300_000)}"` })).status, 413);
    assert.equal((await deliver({ headers: { 'content-type': 'text/plain' } })).status, 415);
    assert.equal((await deliver({ body: '{}' })).status, 200);
  });

  it('no page comes in this way either, and no other method', async () => {
    assert.equal((await deliver({ headers: { origin: 'https://evil.example' } })).status, 403);
    for (const method of ['GET', 'PUT', 'DELETE']) assert.ok((await deliver({ method })).status >= 400, method);
  });
});
