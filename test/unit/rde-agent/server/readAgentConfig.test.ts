import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { parseAgentConfig, readAgentConfig } from '../../../../rde-agent/server/readAgentConfig.ts';
import { createTempFolder, removeFolder } from '../../../support/tempFolder.ts';

const DEFAULTS = {
  clusters: {},
  secrets: {},
  egress: { allow: [], only: false },
  webhooks: {},
  openLineage: { file: 'openlineage.jsonl', namespace: 'cairn' },
  audit: { share: 0.04, excused: 1, longest: 120 },
  retention: { days: 90, bytes: null, every: null },
  failures: { keep: 120 },
  preview: { mask: null, made: 'show' },
  promotion: { branch: 'main', remote: 'origin', selfReview: true },
};

/** `line: message`, as the refusal says it. */
function toRefusal(text: string): string {
  try {
    parseAgentConfig(text, 'agent.yaml');
  } catch (thrown) {
    assert.ok(thrown instanceof CairnError && thrown.code === 'config-invalid', String(thrown));
    return thrown.message.replace(/^agent\.yaml, line /, '');
  }
  return 'accepted';
}

describe('agent.yaml', () => {
  it('has defaults for everything', () => {
    assert.deepEqual(parseAgentConfig('', 'agent.yaml'), DEFAULTS);
    assert.deepEqual(parseAgentConfig('# nothing yet\n', 'agent.yaml'), DEFAULTS);
  });

  it('takes everything that it describes', () => {
    const text = `
clusters: { big: { workers: 8 }, local: { workers: 2 } }
secrets:
  WAREHOUSE: { env: WAREHOUSE_URL }
  TOKEN: { file: secrets/token }
  HOOK: { command: [pass, show, hook] }
egress: { allow: [localhost:5432, '*.corp.example'], only: true }
webhooks: { flights/train: { secret: HOOK } }
openLineage: { file: null, namespace: prod }
audit: { share: 0.5, excused: 0, longest: 10 }
retention: { days: 7, bytes: 1000, every: 24 }
failures: { keep: 0 }
preview: { mask: [personal], made: mask }
promotion: { branch: release/1, remote: upstream, selfReview: false }
`;
    assert.deepEqual(parseAgentConfig(text, 'agent.yaml'), {
      clusters: { big: { runtime: 'process', workers: 8 }, local: { runtime: 'process', workers: 2 } },
      secrets: { WAREHOUSE: { env: 'WAREHOUSE_URL' }, TOKEN: { file: 'secrets/token' }, HOOK: { command: ['pass', 'show', 'hook'] } },
      egress: { allow: ['localhost:5432', '*.corp.example'], only: true },
      webhooks: { 'flights/train': { secret: 'HOOK' } },
      openLineage: { file: null, namespace: 'prod' },
      audit: { share: 0.5, excused: 0, longest: 10 },
      retention: { days: 7, bytes: 1000, every: 24 },
      failures: { keep: 0 },
      preview: { mask: ['personal'], made: 'mask' },
      promotion: { branch: 'release/1', remote: 'upstream', selfReview: false },
    });
  });

  const REFUSED: readonly (readonly [why: string, text: string, line: number, says: RegExp])[] = [
    [
      'an unknown key, with what may be meant',
      'egress: {}\nsecret:\n  A: { env: B }\n',
      2,
      /"secret" is not known here. Is "secrets" meant/,
    ],
    ['an unknown key further in', 'clusters:\n  big:\n    workers: 2\n    wrokers: 3\n', 4, /"clusters.big.wrokers" .* Is "workers" meant/],
    ['a wrong type', 'clusters:\n  big:\n    workers: many\n', 3, /"clusters.big.workers"/],
    ['too many workers', 'clusters:\n  big: { workers: 100000 }\n', 2, /"clusters.big.workers"/],
    ['a runtime that is not there', 'clusters:\n  big:\n    runtime: ray\n', 3, /"clusters.big.runtime"/],
    ['the name of a secret that no variable can have', 'secrets:\n  "a b": { env: X }\n', 2, /"secrets.a b"/],
    ['a provider of a wrong type', 'secrets:\n  A:\n    command: pass show\n', 3, /"secrets.A.command"/],
    ['a list instead of a map', '- a\n', 1, /it:/],
    ['a key given twice', 'egress: {}\negress: {}\n', 2, /unique/i],
    ['what is not YAML', 'egress: {\nsecrets: [\n', 2, /./],
    ['an unresolved tag', 'egress: !env X\n', 1, /./],
    ['a key that reaches a prototype', 'secrets:\n  __proto__: { env: A }\n', 2, /__proto__/],
    ['a word that is none of two', 'preview:\n  made: hide\n', 2, /"preview.made"/],
    ['an item of a list', 'egress:\n  allow:\n    - a\n    - 5\n', 4, /"egress.allow.1"/],
  ];
  for (const [why, text, line, says] of REFUSED) {
    it(`refuses ${why}, naming the line`, () => {
      const refusal = toRefusal(text);
      assert.match(refusal, says);
      assert.equal(refusal.split(':', 1)[0], String(line), refusal);
    });
  }

  it('is bounded in aliases and size', () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x, x]\n${'bcdefghi'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array.from({ length: 10 }, () => `*${'abcdefghi'[index] ?? 'a'}`).join(', ')}]`)
      .join('\n')}\n`;
    assert.match(toRefusal(bomb), /./);
    assert.notEqual(toRefusal(bomb), 'accepted');
    assert.match(toRefusal('# '.padEnd(1_100_000, 'x')), /larger/);
  });

  it('is read from the state folder, and one that cannot be read is refused', () => {
    const folder = createTempFolder();
    try {
      assert.deepEqual(readAgentConfig(folder), DEFAULTS);
      writeFileSync(join(folder, 'agent.yaml'), 'egress: { only: true }\n');
      assert.equal(readAgentConfig(folder).egress.only, true);
      removeFolder(join(folder, 'agent.yaml'));
      mkdirSync(join(folder, 'agent.yaml'));
      assert.throws(() => readAgentConfig(folder), { code: 'config-invalid' });
    } finally {
      removeFolder(folder);
    }
  });
});
