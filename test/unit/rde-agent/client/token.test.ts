import assert from 'node:assert/strict';
import { isAllowedBy, LONGEST_TOKEN, readToken, toToken } from '../../../../rde-agent/client/token.ts';
import { toProof } from '../../../../rde-agent/client/credentials.ts';

const KEY = Buffer.alloc(32, 7);
const NOW = 1_800_000_000;

describe('client/token', () => {
  it('says what it allows until its time is over', () => {
    const token = toToken(KEY, { level: 'submit', expires: NOW + 60 });
    assert.deepEqual(readToken(KEY, token, NOW), { level: 'submit', expires: NOW + 60 });
    assert.deepEqual(readToken(KEY, token, NOW + 59)?.level, 'submit');
    assert.equal(readToken(KEY, token, NOW + 60), undefined);
  });

  it('is not one when anything of it is another', () => {
    const token = toToken(KEY, { level: 'read', expires: NOW + 60 });
    const changed = [
      token.replace('.read.', '.write.'),
      token.replace(String(NOW + 60), String(NOW + 61)),
      `${token}0`,
      token.slice(1),
      token.toUpperCase(),
      '',
      '.',
      'cairn1.read.1.x.y',
    ];
    for (const text of changed) assert.equal(readToken(KEY, text, NOW), undefined, text);
    assert.equal(readToken(Buffer.alloc(32), token, NOW), undefined);
    assert.equal(
      readToken(KEY, toToken(KEY, { level: 'read', expires: NOW + LONGEST_TOKEN + 1 }), NOW),
      undefined,
      'longer than any is made for',
    );
  });

  it('cannot be made of the proof of a nonce, whoever chooses the nonce', () => {
    const claims = `cairn1.write.${String(NOW + 60)}.aaaaaaaaaaaa`;
    assert.equal(readToken(KEY, `${claims}.${toProof(KEY, claims)}`, NOW), undefined);
  });

  it('allows what is named and less, and never to administer', () => {
    const table = (['read', 'submit', 'write'] as const).map((level) =>
      (['read', 'submit', 'write', 'administer', 'dispatch'] as const).filter((action) => isAllowedBy(level, action)),
    );
    assert.deepEqual(table, [['read'], ['read', 'submit'], ['read', 'submit', 'write']]);
  });
});
