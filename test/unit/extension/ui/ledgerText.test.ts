import assert from 'node:assert/strict';
import { toHours, toLedgerText } from '../../../../extension/ui/commands/ledgerText.ts';
import type { LedgerDocument, LedgerRow } from '../../../../rde-agent/protocol/ledgerDocument.ts';

const row: LedgerRow = { name: 'demo/*flow*|x', runs: 3, reusing: 2, executed: 4, reused: 17, spentSeconds: 65, savedSeconds: 11_520 };

function toDocument(by: LedgerDocument['by'], total: LedgerRow, rows: readonly LedgerRow[]): LedgerDocument {
  return { v: 1, by, since: null, until: null, total, reusingWorkflows: total.runs === 0 ? null : 0.5, rows: [...rows] };
}

describe('the ledger as a page', () => {
  it('says the whole first, and takes no name for markup', () => {
    const text = toLedgerText({
      days: toDocument('day', row, [{ ...row, name: '2026-11-21' }]),
      workflows: toDocument('workflow', row, [row]),
      namespaces: toDocument('namespace', row, [{ ...row, name: '<img src=x>' }]),
    });
    assert.match(text, /\*\*3 h 12 min saved, 1 min 05 s spent\. 17 of 21 steps were reused\.\*\* 50 % of the workflows reuse\./);
    assert.ok(text.includes('| demo/\\*flow\\*\\|x | 3 h 12 min |'));
    assert.ok(text.includes('\\<img src=x\\>'));
    assert.doesNotMatch(text, /(?<!\\)<img/);
  });

  it('says so when nothing has run', () => {
    const none = { ...row, runs: 0 };
    const empty = toDocument('day', none, []);
    assert.match(toLedgerText({ days: empty, workflows: empty, namespaces: empty }), /Nothing has run yet\./);
  });

  it('counts in hours past an hour', () => {
    assert.equal(toHours(3599), '59 min 59 s');
    assert.equal(toHours(3600), '1 h 0 min');
  });
});
