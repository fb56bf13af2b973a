import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { LIMITS, PROTOCOL_VERSION, SESSION } from '../../rde-agent/protocol/wire.ts';
import { TestAgent } from '../support/agent.ts';
import { ask, authorize, dial, RawSocket } from '../support/rawSocket.ts';
import { waitFor } from '../support/waitFor.ts';

describe('agent/door', function () {
  this.timeout(60_000);
  let agent: TestAgent;
  before(async () => (agent = await TestAgent.start({ kind: 'fake' })));
  after(() => agent.dispose());

  async function status(options: Parameters<typeof dial>[1]): Promise<number> {
    const dialled = await dial(agent, options);
    if (dialled.kind === 'refused') return dialled.status;
    dialled.socket.terminate();
    return 101;
  }

  it('A1: no upgrade without credentials, and nothing is sent before', async () => {
    const dialled = await dial(agent);
    assert.equal(dialled.kind, 'refused');
    assert.deepEqual([dialled.kind === 'refused' && dialled.status], [401]);
    assert.match(agent.log, /"reason":"no-credentials"/);
  });

  it('A1: half a handshake is closed after 5 s, with no agent data', async () => {
    const socket = connect(agent.port, '127.0.0.1');
    const got: Buffer[] = [];
    socket.on('data', (chunk) => got.push(chunk));
    socket.on('error', () => undefined);
    socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${String(agent.port)}\r\nUpgrade: websocket\r\n`);
    await waitFor('the connection is closed', () => socket.closed, 15);
    assert.match(Buffer.concat(got).toString(), /^(HTTP\/1\.1 408 .*)?/);
    assert.doesNotMatch(Buffer.concat(got).toString(), /nonce|epoch/);
  });

  it('A1: a socket that does not say hello is closed', async () => {
    const raw = await RawSocket.open(agent, { greet: false });
    assert.equal((await raw.ask('agent.status', {})).error?.data?.code, 'invalid-request');
    assert.equal(await raw.whenClosed(), 1008);
  });

  it('A6: a proof opens one socket', async () => {
    const authorization = await authorize(agent);
    assert.deepEqual([await status({ headers: { authorization } }), await status({ headers: { authorization } })], [101, 401]);
  });

  it('A10, A11: no page of any origin comes in, with or without a proof', async () => {
    for (const origin of [
      'http://evil.com',
      'null',
      'http://127.0.0.1.evil.com',
      `http://localhost:${String(agent.port)}`,
      `http://127.0.0.1:${String(agent.port)}/`,
      'http://localhost.',
      'https://127.0.0.1:443',
    ]) {
      const authorization = await authorize(agent);
      assert.equal(await status({ origin, headers: { authorization } }), 403, origin);
      assert.equal((await ask(agent, 'GET', '/nonce', { headers: { origin } })).status, 403, origin);
    }
  });

  it('A12: a rebound name is refused on the socket and on each verb', async () => {
    const host = `attacker.com:${String(agent.port)}`;
    assert.equal(await status({ headers: { host, authorization: await authorize(agent) } }), 403);
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH']) {
      for (const path of ['/nonce', '/health', '/blobs/x', '/nothing'])
        assert.equal((await ask(agent, method, path, { headers: { host } })).status, 403, `${method} ${path}`);
    }
  });

  it('refuses another subprotocol', async () => {
    const dialled = await dial(agent, { headers: { authorization: await authorize(agent) } }, ['cairn.v9']);
    assert.deepEqual([dialled.kind === 'refused' && dialled.status], [400]);
  });

  it('A58: refuses a version of the protocol that it does not speak, saying what to do', async () => {
    const raw = await RawSocket.open(agent, { greet: false });
    const { error } = await raw.ask(SESSION.hello, { versions: [0, 99], client: 'old' });
    assert.equal(error?.data?.code, 'protocol-unsupported');
    assert.match(error.data.next, /Update/);
    raw.socket.terminate();
  });

  it('A14: a frame over the limit closes the socket, and so do endless fragments', async () => {
    const big = await RawSocket.open(agent);
    big.socket.send('x'.repeat(LIMITS.frame + 1));
    assert.equal(await big.whenClosed(), 1009);
    const tiny = await RawSocket.open(agent);
    for (let index = 0; index < 10_000 && tiny.closed === undefined; index += 1) tiny.socket.send('x', { fin: false });
    assert.equal(await tiny.whenClosed(), 1008);
  });

  it('A15: a deflate bomb is not inflated', async () => {
    const opened = await dial(agent, { headers: { authorization: await authorize(agent) }, perMessageDeflate: true });
    if (opened.kind === 'refused') throw new Error('refused');
    assert.equal(opened.socket.extensions, '');
    const raw = new RawSocket(opened.socket);
    const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024));
    const before = await readRss();
    const net = (opened.socket as unknown as { readonly _socket: Socket })._socket;
    net.write(Buffer.concat([Buffer.from([0xc1, 0x80 | 127, 0, 0, 0, 0, 0, 0, bomb.length >> 8, bomb.length & 0xff, 0, 0, 0, 0]), bomb]));
    assert.equal(await raw.whenClosed(), 1002);
    assert.ok((await readRss()) - before < 16 * 1024 * 1024);
  });

  async function readRss(): Promise<number> {
    const { rss } = await agent.connect().request('agent.status', {});
    return rss;
  }

  it('A16: a thousand half-open handshakes leave others alone', async () => {
    const client = agent.connect();
    await client.request('agent.status', {});
    const sockets = Array.from({ length: 1000 }, () =>
      connect(agent.port, '127.0.0.1')
        .on('error', () => undefined)
        .resume(),
    );
    for (const socket of sockets) socket.write('GET /nonce HTTP/1.1\r\nHost: ');
    for (let index = 0; index < 20; index += 1) await client.request('agent.status', {});
    await waitFor('all of them are closed', () => sockets.every((socket) => socket.closed), 30);
    assert.equal(client.state.kind, 'open');
    await RawSocket.open(agent).then((raw) => raw.socket.terminate());
  });

  it('A17: absurd JSON is a refused frame and costs little', async () => {
    const raw = await RawSocket.open(agent);
    const frames = [
      '['.repeat(100_000),
      `{"jsonrpc":"2.0","id":1,"method":"x","params":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
      `{${Array.from({ length: 90_000 }, (_, index) => `"k${String(index)}":1`).join(',')}}`,
      '{"jsonrpc":"2.0","id":7,"method":"run.show","params":{"run":"a","run":"b"}}',
      '{"jsonrpc":"2.0","id":8,"method":"run.show","params":{"run":"\\ud800"}}',
      'not json',
      '[]',
      '1',
      '""',
      '{"id":3}',
    ];
    const before = raw.messages.length;
    for (const frame of frames) raw.socket.send(frame);
    const answers = await waitFor('an answer for each', () => raw.messages.length - before >= frames.length && raw.messages.slice(before));
    assert.ok(answers.every((answer) => answer.error?.data?.code === 'invalid-request'));
    assert.deepEqual(
      answers.map((answer) => answer.id).filter((id) => id !== null),
      [1, 7, 8, 3],
    );
    assert.equal((await raw.ask('run.list', { limit: 1e999 })).error?.data?.code, 'invalid-request');
    assert.equal((await raw.ask('agent.status', {})).error, undefined);
    raw.socket.terminate();
  });

  it('A18: keys that reach a prototype are refused wherever they are', async () => {
    const raw = await RawSocket.open(agent);
    for (const key of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__']) {
      const before = raw.messages.length;
      raw.socket.send(
        `{"jsonrpc":"2.0","id":5,"method":"run.submit","params":{"root":"/x","workflow":"w","key":"k-k-k-k-k","params":{"${key}":{"polluted":1}}}}`,
      );
      const answer = await waitFor('an answer', () => raw.messages[before]);
      assert.deepEqual([answer.id, answer.error?.data?.code], [5, 'invalid-request'], key);
    }
    raw.socket.terminate();
  });

  it('A23: ids are digests and nothing else', async () => {
    const hex = 'a'.repeat(64);
    const names = [
      '..',
      '../key',
      '%2e%2e',
      `sha256:${hex}%00`,
      `sha256:${hex}/../key`,
      `sha256:${hex.toUpperCase()}`,
      `sha512:${hex}`,
      `md5:${hex}`,
      `sha256:${hex}a`,
      `sha256%3a${hex}%2f..`,
      '//proc/self/root',
      'C:\\x',
      '%00',
      '#',
    ];
    for (const name of names) {
      for (const method of ['GET', 'PUT']) {
        const answer = await ask(agent, method, `/blobs/${name}`, { headers: { authorization: await authorize(agent) } });
        assert.ok([400, 404].includes(answer.status), `${method} ${name}: ${String(answer.status)}`);
        if (!/[/\\#]|^\.\.|^%2e/i.test(name)) assert.equal(answer.status, 400, `${method} ${name}`);
      }
    }
    const raw = await RawSocket.open(agent);
    for (const uri of ['run:/../key', 'run:/%2e%2e', 'run:/a\u0000', 'file:///etc/passwd', `run:/${'a'.repeat(1000)}`, 'workspace:/%']) {
      assert.equal((await raw.ask(SESSION.subscribe, { uri })).error?.data?.code, 'invalid-request', uri);
    }
    raw.socket.terminate();
  });

  describe('blobs', () => {
    const bytes = Buffer.from('some bytes'.repeat(100_000));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

    it('come and go by digest, with a proof for each request', async () => {
      assert.equal((await ask(agent, 'PUT', `/blobs/${digest}`, { body: bytes })).status, 401);
      assert.equal((await ask(agent, 'GET', `/blobs/${digest}`, { headers: { authorization: await authorize(agent) } })).status, 404);
      assert.equal(
        (await ask(agent, 'PUT', `/blobs/${digest}`, { body: bytes, headers: { authorization: await authorize(agent) } })).status,
        201,
      );
      const got = await ask(agent, 'GET', `/blobs/${digest}`, { headers: { authorization: await authorize(agent) } });
      assert.deepEqual([got.status, got.body], [200, bytes.toString()]);
    });

    it('A26: bytes of another digest, and truncated ones, are refused and leave nothing', async () => {
      const other = `sha256:${'b'.repeat(64)}`;
      assert.equal(
        (await ask(agent, 'PUT', `/blobs/${other}`, { body: bytes, headers: { authorization: await authorize(agent) } })).status,
        400,
      );
      assert.equal((await ask(agent, 'GET', `/blobs/${other}`, { headers: { authorization: await authorize(agent) } })).status, 404);
      const socket = connect(agent.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        `PUT /blobs/${other} HTTP/1.1\r\nHost: 127.0.0.1:${String(agent.port)}\r\nAuthorization: ${await authorize(agent)}\r\nContent-Length: 1000000\r\n\r\nhalf`,
      );
      await waitFor('the upload has begun', () => listUploads().length === 1);
      socket.destroy();
      await waitFor('its file is gone', () => listUploads().length === 0);
      assert.equal((await ask(agent, 'GET', `/blobs/${other}`, { headers: { authorization: await authorize(agent) } })).status, 404);
    });

    function listUploads(): string[] {
      return readdirSync(join(agent.stateFolder, 'incoming'));
    }
  });

  it('caps requests in flight and subscriptions, and says so', async () => {
    const raw = await RawSocket.open(agent);
    const { result } = await raw.ask('run.submit', { root: '/x', workflow: 'slow', key: 'a-slow-run-1' });
    const { run } = result as { run: string };
    for (let index = 0; index <= LIMITS.requestsInFlight; index += 1)
      raw.socket.send(JSON.stringify({ jsonrpc: '2.0', id: `w${String(index)}`, method: 'run.logs', params: { run, wait: true } }));
    const refused = await raw.find((message) => message.id === `w${String(LIMITS.requestsInFlight)}`);
    assert.equal(refused.error?.data?.code, 'limit-exceeded');
    raw.socket.terminate();
    const other = await RawSocket.open(agent);
    for (let index = 0; index < LIMITS.subscriptions; index += 1)
      assert.equal((await other.ask(SESSION.subscribe, { uri: `workspace:/%2Fx${String(index)}` })).error, undefined);
    assert.equal((await other.ask(SESSION.subscribe, { uri: 'runs:/' })).error?.data?.code, 'limit-exceeded');
    other.socket.terminate();
  });

  it('never writes a secret into its log', async () => {
    const authorization = await authorize(agent);
    await status({ headers: { authorization } });
    const secrets = [authorization.split('.')[1] ?? '', authorization.split(' ')[1]?.split('.')[0] ?? ''];
    for (const secret of secrets) assert.ok(secret.length > 20 && !agent.log.includes(secret));
    assert.equal(PROTOCOL_VERSION, 1);
  });
});
