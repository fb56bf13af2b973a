import assert from 'node:assert/strict';
import type { AgentConfig } from '../../../../rde-agent/protocol/agentConfig.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { createEgress, type Lookup } from '../../../../rde-agent/server/egress.ts';

const PUBLIC = '93.184.216.34';

/** A name server of our own: each name answers its rows one question after another, the last one for ever. */
function toLookup(rows: { readonly [host: string]: readonly (readonly string[])[] }): { lookup: Lookup; asked: string[] } {
  const asked: string[] = [];
  const turn = new Map<string, number>();
  const lookup: Lookup = (host) => {
    asked.push(host);
    const answers = rows[host];
    const index = turn.get(host) ?? 0;
    turn.set(host, index + 1);
    const answer = answers?.[Math.min(index, answers.length - 1)];
    if (answer === undefined) return Promise.reject(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }));
    return Promise.resolve(answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  return { lookup, asked };
}

const NOTHING: AgentConfig['egress'] = { allow: [], only: false };
const { lookup: never } = toLookup({});

async function toAnswer(host: string, port = 80, policy = NOTHING, lookup = never): Promise<string> {
  try {
    const found = await createEgress(policy, lookup)(host, port);
    return found.map(({ address, family }) => `${address}/${String(family)}`).join(' ');
  } catch (thrown) {
    return thrown instanceof CairnError ? thrown.code : String(thrown);
  }
}

describe('A44: where the agent itself connects to', () => {
  const FORBIDDEN = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '0',
    '0.0.0.0',
    '[::1]',
    '::1',
    '::',
    '[::ffff:7f00:1]',
    '::ffff:127.0.0.1',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[ff02::1]',
    '224.0.0.1',
    '255.255.255.255',
    '127.0.0.1.',
  ];
  for (const host of FORBIDDEN) it(`does not connect to ${host}`, async () => assert.equal(await toAnswer(host), 'denied'));

  for (const host of ['user@127.0.0.1', '127.0.0.1#', 'a/b', 'a b', '127.0.0.1\\@x', '', 'host:80', '[fe80::1%25eth0]', 'x'.repeat(300)])
    it(`takes ${JSON.stringify(host.slice(0, 20))} for no host`, async () => assert.equal(await toAnswer(host), 'denied'));

  it('connects to public addresses, as numbers and by name', async () => {
    const { lookup } = toLookup({ 'data.example': [[PUBLIC, '2606:2800:220:1::1']] });
    assert.equal(await toAnswer(PUBLIC), `${PUBLIC}/4`);
    assert.equal(await toAnswer('[2606:2800:220:1::1]'), '2606:2800:220:1::1/6');
    assert.equal(await toAnswer('[::ffff:5db8:d822]'), `${PUBLIC}/4`);
    assert.equal(await toAnswer('DATA.example.', 443, NOTHING, lookup), `${PUBLIC}/4 2606:2800:220:1::1/6`);
  });

  it('refuses a name as soon as one of its addresses is inside', async () => {
    const { lookup } = toLookup({ 'mixed.example': [[PUBLIC, '10.0.0.1']], 'mapped.example': [['::ffff:10.0.0.1']] });
    assert.equal(await toAnswer('mixed.example', 80, NOTHING, lookup), 'denied');
    assert.equal(await toAnswer('mapped.example', 80, NOTHING, lookup), 'denied');
  });

  it('asks a name once, so a name that changes its mind is either answered as it was or refused', async () => {
    const { lookup, asked } = toLookup({ 'flip.example': [[PUBLIC], ['127.0.0.1']] });
    const resolve = createEgress(NOTHING, lookup);
    assert.deepEqual(await resolve('flip.example', 80), [{ address: PUBLIC, family: 4 }]);
    assert.deepEqual(asked, ['flip.example']);
    await assert.rejects(resolve('flip.example', 80), { code: 'denied' });
  });

  it('connects inside where the owner has allowed it: host, port, suffix, number', async () => {
    const { lookup } = toLookup({ localhost: [['127.0.0.1']], 'db.corp.example': [['10.0.0.9']], 'corp.example': [['10.0.0.1']] });
    const allow = (...entries: string[]): AgentConfig['egress'] => ({ allow: entries, only: false });
    assert.equal(await toAnswer('localhost', 5432, allow('localhost:5432'), lookup), '127.0.0.1/4');
    assert.equal(await toAnswer('localhost', 5433, allow('localhost:5432'), lookup), 'denied');
    assert.equal(await toAnswer('LOCALHOST', 1, allow('Localhost'), lookup), '127.0.0.1/4');
    assert.equal(await toAnswer('db.corp.example', 1, allow('*.corp.example'), lookup), '10.0.0.9/4');
    assert.equal(await toAnswer('corp.example', 1, allow('*.corp.example'), lookup), 'denied');
    assert.equal(await toAnswer('2130706433', 80, allow('127.0.0.1:80')), '127.0.0.1/4');
    assert.equal(await toAnswer('[::1]', 80, allow('[::1]:80')), '::1/6');
    assert.equal(await toAnswer('::1', 80, allow('::1')), '::1/6');
    assert.equal(await toAnswer('[::1]', 81, allow('[::1]:80')), 'denied');
  });

  it('with `only`, connects nowhere else', async () => {
    const only: AgentConfig['egress'] = { allow: ['data.example:443'], only: true };
    const { lookup } = toLookup({ 'data.example': [[PUBLIC]], 'other.example': [[PUBLIC]] });
    assert.equal(await toAnswer('data.example', 443, only, lookup), `${PUBLIC}/4`);
    assert.equal(await toAnswer('data.example', 80, only, lookup), 'denied');
    assert.equal(await toAnswer('other.example', 443, only, lookup), 'denied');
  });

  it('says what to write where, and tells a name without an address apart', async () => {
    const refused = createEgress(NOTHING, never)('127.0.0.1', 8080);
    await assert.rejects(
      refused,
      (error) => error instanceof CairnError && error.next.includes('"127.0.0.1:8080" to the list egress.allow'),
    );
    assert.equal(await toAnswer('nowhere.example'), 'store-failed');
    assert.throws(() => createEgress({ allow: ['http://x/y'], only: false }), { code: 'config-invalid' });
  });
});
