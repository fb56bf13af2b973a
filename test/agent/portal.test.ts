import assert from 'node:assert/strict';
import { PORTAL_LIMITS } from '../../rde-agent/server/portalSessions.ts';
import { PROTOCOL_VERSION, SESSION } from '../../rde-agent/protocol/wire.ts';
import { TestAgent } from '../support/agent.ts';
import { PortalBrowser } from '../support/portalBrowser.ts';
import { ask, authorize, dial, RawSocket } from '../support/rawSocket.ts';

describe('agent/portal', function () {
  this.timeout(60_000);
  let agent: TestAgent;
  before(async () => (agent = await TestAgent.start({ kind: 'fake' })));
  after(() => agent.dispose());

  const open = (): Promise<{ url: string; code: string; expires: string }> => agent.connect().request('portal.open', {});

  it('signs a browser in once with a code, however it is typed', async () => {
    const { url, code, expires } = await open();
    assert.equal(url, `http://127.0.0.1:${String(agent.port)}/`);
    assert.match(code, /^[2-9A-Z]{4}-[2-9A-Z]{4}$/);
    assert.ok(Date.parse(expires) - Date.now() <= PORTAL_LIMITS.code * 1000);
    const browser = new PortalBrowser(agent);
    assert.equal((await browser.signIn(code.replace('-', '').toLowerCase())).status, 200);
    assert.match(browser.setCookie, /^cairn-portal-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    assert.equal((await new PortalBrowser(agent).signIn(code)).status, 401, 'it is used up');
  });

  it('voids a code after five wrong tries, and slows down who tries many', async () => {
    const fresh = await TestAgent.start({ kind: 'fake' });
    try {
      const { code } = await fresh.connect().request('portal.open', {});
      const statuses: number[] = [];
      for (let index = 0; index < 5; index += 1) statuses.push((await new PortalBrowser(fresh).signIn('AAAA-AAAA')).status);
      statuses.push((await new PortalBrowser(fresh).signIn(code)).status);
      assert.deepEqual(statuses, [401, 401, 401, 401, 401, 401]);
      const second = await fresh.connect().request('portal.open', {});
      assert.equal((await new PortalBrowser(fresh).signIn(second.code)).status, 200);
      for (let index = 0; index < 23; index += 1) await new PortalBrowser(fresh).signIn('AAAA-AAAA');
      assert.equal((await new PortalBrowser(fresh).signIn('AAAA-AAAA')).status, 413, 'a limit, and what to do');
      assert.doesNotMatch(fresh.log, new RegExp(`${code}|${second.code}|AAAA`), 'no code is ever in the log');
    } finally {
      await fresh.dispose();
    }
  });

  it('opens the socket and the operations to a signed-in page of its own, and to no other', async () => {
    const browser = await PortalBrowser.signedIn(agent);
    const socket = new RawSocket(await browser.socket());
    assert.ok((await socket.ask(SESSION.hello, { versions: [PROTOCOL_VERSION], client: 'portal' })).result);
    assert.ok((await socket.ask('agent.status', {})).result);
    assert.equal((await browser.get('/v1/agent')).status, 200);
    assert.equal((await browser.get('/v1/agent', { origin: undefined, 'sec-fetch-site': 'same-origin' })).status, 200);
    for (const site of ['cross-site', 'same-site', 'none'])
      assert.equal((await browser.get('/v1/agent', { origin: undefined, 'sec-fetch-site': site })).status, 401, site);
    for (const origin of ['http://evil.com', 'null', `http://localhost:${String(agent.port)}`, 'http://127.0.0.1:1']) {
      assert.equal((await browser.get('/v1/agent', { origin })).status, 403, origin);
      assert.equal(await statusOf({ origin, headers: { cookie: browser.cookie } }), 403, origin);
    }
    assert.equal((await browser.post('/v1/workspace/check', '{"root":"/x"}', { 'content-type': 'text/plain' })).status, 415);
    assert.equal(await statusOf({ origin: `http://127.0.0.1:${String(agent.port)}` }), 401, 'our page, not signed in');
    assert.equal(await statusOf({ headers: { cookie: browser.cookie } }), 401, 'no page at all');
    const proof = await authorize(agent);
    assert.equal(await statusOf({ origin: `http://127.0.0.1:${String(agent.port)}`, headers: { authorization: proof } }), 401);
    socket.socket.terminate();
  });

  it('ends a session with its sockets: by signing out, and all of them from the command line', async () => {
    const browser = await PortalBrowser.signedIn(agent);
    const socket = new RawSocket(await browser.socket());
    assert.equal((await browser.delete('/portal/session')).status, 200);
    assert.equal(await socket.whenClosed(), 1008);
    assert.equal((await browser.get('/v1/agent')).status, 401);
    const others = [await PortalBrowser.signedIn(agent), await PortalBrowser.signedIn(agent)];
    const { code } = await open();
    const { sessions } = await agent.connect().request('portal.signOut', {});
    assert.ok(sessions >= 2);
    for (const other of others) assert.equal((await other.get('/portal/session')).status, 401);
    assert.equal((await new PortalBrowser(agent).signIn(code)).status, 401, 'codes are void too');
  });

  it('A38: the page has a strict policy, and nothing may frame it, on each of its routes', async () => {
    for (const path of ['/', '/runs', '/runs/0198f000', '/workflows/a%2Fb', '/schedules', '/clusters', '/ledger']) {
      const { status, headers, body } = await new PortalBrowser(agent).page(path);
      assert.equal(status, 200, path);
      const policy = headers['content-security-policy'] ?? '';
      assert.match(String(policy), /^default-src 'none'; script-src 'nonce-[\w+/=]{24}';/);
      assert.match(String(policy), /frame-ancestors 'none'/);
      assert.doesNotMatch(String(policy), /unsafe|\*/);
      assert.doesNotMatch(body, /<script(?! nonce=)|style=|onload=/);
      assert.equal(headers['x-frame-options'], 'DENY');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cache-control'], 'no-store');
    }
  });

  it('A23: gives out the files of the bundle and nothing beside them', async () => {
    for (const name of ['portal.js', 'portal.css', 'codicon.ttf']) assert.equal((await ask(agent, 'GET', `/portal/${name}`)).status, 200);
    for (const path of ['../agent/agent.mjs', '%2e%2e%2fagent%2fagent.mjs', '..%5cagent', 'portal.js%00', '/etc/passwd', 'portal.js.map'])
      assert.equal((await ask(agent, 'GET', `/portal/${path}`)).status, 404, path);
  });

  it('A12: a rebound name gets neither page nor sign-in', async () => {
    const { code } = await open();
    const host = `attacker.com:${String(agent.port)}`;
    assert.equal((await ask(agent, 'GET', '/', { headers: { host } })).status, 403);
    const headers = { host, origin: `http://${host}`, 'content-type': 'application/json' };
    assert.equal((await ask(agent, 'POST', '/portal/session', { headers, body: Buffer.from(JSON.stringify({ code })) })).status, 403);
    assert.equal((await new PortalBrowser(agent).signIn(code)).status, 200, 'which has not used the code');
  });

  it('works on each name of loopback, for itself', async () => {
    const browser = await PortalBrowser.signedIn(agent, 'localhost');
    assert.equal((await browser.get('/v1/agent')).status, 200);
  });

  async function statusOf(options: Parameters<typeof dial>[1]): Promise<number> {
    const dialled = await dial(agent, options);
    if (dialled.kind === 'refused') return dialled.status;
    dialled.socket.terminate();
    return 101;
  }
});
