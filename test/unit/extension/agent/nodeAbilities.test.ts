import assert from 'node:assert/strict';
import { canRunAgent } from '../../../../extension/agent/nodeAbilities.ts';

describe('the probe of a Node', () => {
  it('accepts the Node that these tests run on', async () => {
    assert.equal(await canRunAgent(process.execPath, process.env), true);
  });

  it('refuses what is not there and what is no Node', async () => {
    assert.equal(await canRunAgent('/nowhere/node', process.env), false);
    assert.equal(await canRunAgent('/bin/false', process.env), false);
  });
});
