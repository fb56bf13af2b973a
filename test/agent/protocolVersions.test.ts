import assert from 'node:assert/strict';
import { PROTOCOL_VERSION, SESSION } from '../../rde-agent/protocol/wire.ts';
import { TestAgent } from '../support/agent.ts';
import { RawSocket } from '../support/rawSocket.ts';

/** Of an upgrade in place: for a while clients of the version before and the version after meet this agent. */
describe('F39: clients of other versions', () => {
  let agent: TestAgent;
  before(async () => {
    agent = await TestAgent.start({ kind: 'fake' });
  });
  after(() => agent.dispose());

  for (const [what, versions] of [
    ['of the version before, which knows only that', [1]],
    ['of a later version, which still offers this one', [PROTOCOL_VERSION + 1, PROTOCOL_VERSION]],
  ] as const) {
    it(`answers one ${what}`, async () => {
      const raw = await RawSocket.open(agent, { greet: false });
      const { result } = await raw.ask(SESSION.hello, { versions, client: 'other' });
      assert.equal((result as { readonly version: number }).version, PROTOCOL_VERSION);
      // What 0.1.0 asks, in its words: parameters that came later are left out.
      for (const [method, params] of [
        ['agent.status', {}],
        ['run.list', { limit: 1 }],
      ] as const) {
        const { error } = await raw.ask(method, params);
        assert.equal(error, undefined, `${method}: ${JSON.stringify(error)}`);
      }
      raw.socket.terminate();
    });
  }
});
