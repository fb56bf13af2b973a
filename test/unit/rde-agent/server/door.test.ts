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
