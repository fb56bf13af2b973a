import assert from 'node:assert/strict';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { parseAgentArguments } from '../../../../rde-agent/server/agentArguments.ts';

describe('server/agentArguments', () => {
  it('reads options, with the environment beneath', () => {
    assert.deepEqual(parseAgentArguments(['--state', '/s', '--idle-exit', '5', '--log', 'debug'], {}), {
      stateFolder: '/s',
      idleExit: 5,
      logLevel: 'debug',
    });
    assert.deepEqual(parseAgentArguments([], { CAIRN_HOME: '/h' }), { stateFolder: '/h', idleExit: undefined, logLevel: 'info' });
  });

  for (const argv of [['--idle-exit', 'soon'], ['--log', 'loud'], ['--port', '80'], ['extra']]) {
    it(`refuses ${argv.join(' ')}`, () =>
      assert.throws(
        () => parseAgentArguments(argv, {}),
        (thrown: unknown) => thrown instanceof CairnError && thrown.code === 'usage',
      ));
  }
});
