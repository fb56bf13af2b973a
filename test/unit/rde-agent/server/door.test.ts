import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { toProof } from '../../../../rde-agent/client/credentials.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { LIMITS } from '../../../../rde-agent/protocol/wire.ts';
import { createGate } from '../../../../rde-agent/server/gate.ts';
import { assertLoopback } from '../../../../rde-agent/server/httpServer.ts';
import { createNonces } from '../../../../rde-agent/server/nonces.ts';

const PORT = 4711;
const KEY = Buffer.alloc(32, 1);

function create(): { now: (seconds: number) => void; nonces: ReturnType<typeof createNonces>; gate: ReturnType<typeof createGate> } {
  let time = 0;
  const nonces = createNonces(
    () => PORT,
    () => time,
  );
  return { now: (seconds) => void (time = seconds), nonces, gate: createGate(KEY, nonces, { find: () => undefined }, () => PORT) };
}

function request(headers: { [name: string]: string }): IncomingMessage {
  return { headers: { host: `127.0.0.1:${String(PORT)}`, ...headers } } as IncomingMessage;
}

describe('server/gate', () => {
  for (const host of ['127.0.0.1:4711', 'localhost:4711', '[::1]:4711']) {
    it(`admits Host ${host}`, () => assert.equal(create().gate.admit(request({ host })), undefined));
  }

  for (const host of [
    'attacker.com',
    'attacker.com:4711',
    '127.0.0.1',
    '127.0.0.1:4712',
    '127.0.0.1:4711.evil.com',
    'localhost.:4711',
    '0.0.0.0:4711',
    '',
  ]) {
    it(`refuses Host ${JSON.stringify(host)} (A12)`, () => assert.equal(create().gate.admit(request({ host }))?.status, 403));
  }

  for (const origin of [
    'null',
    '',
    'http://127.0.0.1.evil.com',
    'http://127.0.0.1:4711',
    'http://localhost:4711.',
    'https://localhost',
    'vscode-webview://x',
  ]) {
    it(`refuses Origin ${JSON.stringify(origin)} (A10, A11)`, () =>
      assert.equal(create().gate.admit(request({ origin }))?.reason, 'origin'));
  }

  describe('for the portal', () => {
    const own = `http://127.0.0.1:${String(PORT)}`;
    const secret = 's'.repeat(43);
    const session = { ended: new AbortController().signal, hold: () => () => undefined };
    const find = (given: string): typeof session | undefined => (given === secret ? session : undefined);
    const gate = createGate(
      KEY,
      createNonces(
        () => PORT,
        () => 0,
      ),
      { find },
      () => PORT,
    );
    const cookie = `other=1; cairn-portal-${String(PORT)}=${secret}`;
    const asked = (url: string, headers: { [name: string]: string }, method = 'GET'): IncomingMessage =>
      Object.assign(request(headers), { url, method });

    it('admits pages of its own to what is for pages', () => {
      for (const url of ['/v1/runs', '/portal/session', '/openapi.json'])
        assert.equal(gate.admit(asked(url, { origin: own })), undefined, url);
      assert.equal(gate.admit(asked('/', { origin: own, upgrade: 'websocket' })), undefined);
      for (const url of ['/nonce', '/blobs/x', '/hooks/a/b', '/health', '/v1x', '/portalx/y'])
        assert.equal(gate.admit(asked(url, { origin: own }))?.reason, 'origin', url);
      assert.equal(gate.admit(asked('/v1/runs', { origin: own, host: `localhost:${String(PORT)}` }))?.reason, 'origin', 'of another name');
    });

    it('lets in who has the cookie, where a page of ours asks', () => {
      const kindOf = (headers: { [name: string]: string }, method = 'GET'): unknown => {
        const entered = gate.enter(asked('/v1/runs', headers, method));
        return 'kind' in entered ? entered.kind : entered.reason;
      };
      assert.equal(kindOf({ origin: own, cookie }), 'portal');
      assert.equal(kindOf({ 'sec-fetch-site': 'same-origin', cookie }), 'portal', 'browsers name no origin where they only read');
      assert.equal(kindOf({ 'sec-fetch-site': 'same-origin', cookie }, 'POST'), 'no-credentials');
      assert.equal(kindOf({ 'sec-fetch-site': 'same-origin', upgrade: 'websocket', cookie }), 'no-credentials');
      for (const site of ['same-site', 'cross-site', 'none'])
        assert.equal(kindOf({ 'sec-fetch-site': site, cookie }), 'no-credentials', site);
      assert.equal(kindOf({ cookie }), 'no-credentials');
      assert.equal(kindOf({ origin: own }), 'no-session');
      assert.equal(kindOf({ origin: own, cookie: cookie.replace('-4711', '-4712') }), 'no-session', 'of another agent');
      assert.equal(kindOf({ origin: own, cookie: `cairn-portal-${String(PORT)}=${'x'.repeat(43)}` }), 'no-session');
    });

    it('gives a cookie that no script can read and no other site sends', () => {
      assert.equal(gate.toCookie(secret), `cairn-portal-4711=${secret}; Path=/; HttpOnly; SameSite=Strict`);
      assert.match(gate.toCookie(undefined), /^cairn-portal-4711=; .*Max-Age=0$/);
      assert.equal(gate.readCookie(request({ cookie })), secret);
    });
  });

  it('takes a proof once (A6)', () => {
    const { gate, nonces } = create();
    const nonce = nonces.issue();
    const proved = request({ authorization: `Cairn ${nonce}.${toProof(KEY, nonce)}` });
    assert.equal(gate.authenticate(proved), undefined);
    assert.equal(gate.authenticate(proved)?.reason, 'unknown-nonce');
  });

  it('takes no nonce after its time', () => {
    const { gate, nonces, now } = create();
    const nonce = nonces.issue();
    now(LIMITS.nonce);
    assert.equal(gate.authenticate(request({ authorization: `Cairn ${nonce}.${toProof(KEY, nonce)}` }))?.reason, 'unknown-nonce');
  });

  it('takes no proof by another key, and the nonce is spent', () => {
    const { gate, nonces } = create();
    const nonce = nonces.issue();
    assert.equal(
      gate.authenticate(request({ authorization: `Cairn ${nonce}.${toProof(Buffer.alloc(32, 2), nonce)}` }))?.reason,
      'wrong-proof',
    );
    assert.equal(gate.authenticate(request({ authorization: `Cairn ${nonce}.${toProof(KEY, nonce)}` }))?.reason, 'unknown-nonce');
  });

  for (const authorization of ['', 'Cairn', 'Bearer x.y', 'Cairn .', `Basic ${'a'.repeat(64)}`, `Cairn x.${'A'.repeat(64)}`]) {
    it(`takes ${JSON.stringify(authorization)} for no credentials`, () =>
      assert.equal(create().gate.authenticate(request({ authorization }))?.reason, 'no-credentials'));
  }

  it('keeps a flood of nonces small, the newest of it valid', () => {
    const { nonces } = create();
    const all = Array.from({ length: 10_000 }, () => nonces.issue());
    assert.equal(nonces.consume(all[0] ?? ''), false);
    assert.equal(nonces.consume(all.at(-1) ?? ''), true);
  });

  it('listens on loopback only (A13)', () => {
    assert.throws(() => assertLoopback('0.0.0.0'), CairnError);
    assert.throws(() => assertLoopback('192.0.2.1'), CairnError);
    assertLoopback('127.0.0.1');
  });
});
