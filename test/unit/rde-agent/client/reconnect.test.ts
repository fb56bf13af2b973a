import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  BACKOFF,
  HELD,
  stepConnection,
  toDelay,
  toFirstState,
  type ConnectionEvent,
  type ConnectionState,
} from '../../../../rde-agent/client/reconnect.ts';

const problem = { code: 'agent-unreachable', message: 'gone', next: 'wait' } as const;
const NOW = 1_000;

function check(name: string, state: ConnectionState, event: ConnectionEvent, expected: ConnectionState): void {
  it(name, () => assert.deepEqual(stepConnection(state, event, NOW, 0), expected));
}

describe('client/reconnect', () => {
  const connecting: ConnectionState = { kind: 'connecting', attempt: 3, since: 0 };
  const open: ConnectionState = { kind: 'open', attempt: 3, since: 0 };
  const waiting: ConnectionState = { kind: 'waiting', attempt: 4, since: 0, until: 500, problem };
  const refused: ConnectionState = { kind: 'refused', since: 0, problem };
  const stopped: ConnectionState = { kind: 'stopped', since: 0 };

  check('opens', connecting, { kind: 'opened' }, { kind: 'open', attempt: 3, since: NOW });
  check(
    'waits longer after each failure',
    connecting,
    { kind: 'lost', problem },
    { kind: 'waiting', attempt: 4, since: NOW, until: NOW + 1_000, problem },
  );
  check(
    'goes on counting after a connection that did not hold',
    open,
    { kind: 'lost', problem },
    { kind: 'waiting', attempt: 4, since: NOW, until: NOW + 1_000, problem },
  );
  check('tries again at the end of the wait', waiting, { kind: 'elapsed' }, { kind: 'connecting', attempt: 4, since: NOW });
  check('tries at once when a person asks', waiting, { kind: 'retry' }, { kind: 'connecting', attempt: 1, since: NOW });
  check('does not try again by itself when refused', refused, { kind: 'elapsed' }, refused);
  check('tries again when a person asks after a refusal', refused, { kind: 'retry' }, { kind: 'connecting', attempt: 1, since: NOW });
  check('is refused', connecting, { kind: 'refused', problem }, { kind: 'refused', since: NOW, problem });
  check('ignores a late loss', waiting, { kind: 'lost', problem }, waiting);
  check('ignores a late success', waiting, { kind: 'opened' }, waiting);
  check('ignores a timer while open', open, { kind: 'elapsed' }, open);
  check('stops', open, { kind: 'stop' }, { kind: 'stopped', since: NOW });
  check('stays stopped', stopped, { kind: 'retry' }, stopped);

  it('starts its waits anew after a connection that held', () => {
    const after = stepConnection({ kind: 'open', attempt: 9, since: 0 }, { kind: 'lost', problem }, HELD, 0);
    assert.deepEqual(after, { kind: 'waiting', attempt: 2, since: HELD, until: HELD + BACKOFF.first, problem });
  });

  it('keeps every wait between the shortest and the longest', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (failures, random) => {
          const delay = toDelay(failures, random);
          return delay >= BACKOFF.first && delay <= BACKOFF.longest;
        },
      ),
    );
  });

  it('never leaves `stopped` and never waits for ever, whatever happens', () => {
    const event = fc.constantFrom<ConnectionEvent>(
      { kind: 'opened' },
      { kind: 'lost', problem },
      { kind: 'refused', problem },
      { kind: 'elapsed' },
      { kind: 'retry' },
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let state = toFirstState(0);
        events.forEach((next, index) => (state = stepConnection(state, next, index * 100, 0.5)));
        const closed = stepConnection(state, { kind: 'stop' }, 0, 0);
        assert.equal(stepConnection(closed, { kind: 'retry' }, 1, 0), closed);
        assert.equal(stepConnection(state, { kind: 'retry' }, 1, 0).kind, state.kind === 'open' ? 'open' : 'connecting');
      }),
    );
  });
});
