import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { ActionsParams } from '../../../../rde-agent/protocol/wire.ts';
import { gatherActions } from '../../../../rde-agent/server/gatheredActions.ts';

const one = (uri: string, from: number, count = 1, durable = false): ActionsParams => ({
  uri,
  from,
  actions: Array.from({ length: count }, (_, index) => from + index),
  durable,
});

describe('server/gatheredActions', () => {
  it('sends what follows within a turn as one message', async () => {
    const sent: ActionsParams[] = [];
    const gathered = gatherActions((params) => sent.push(params));
    gathered.publish(one('run:/a', 1));
    gathered.publish(one('run:/b', 7));
    gathered.publish(one('run:/a', 2, 2));
    assert.deepEqual(sent, []);
    await nextTurn();
    await nextTurn();
    assert.deepEqual(sent, [one('run:/a', 1, 3), one('run:/b', 7)]);
  });

  it('sends a confirmation after what it confirms, at once', () => {
    const sent: ActionsParams[] = [];
    const gathered = gatherActions((params) => sent.push(params));
    gathered.publish(one('run:/a', 1));
    gathered.publish(one('run:/a', 2, 0, true));
    assert.deepEqual(sent, [one('run:/a', 1), one('run:/a', 2, 0, true)]);
  });

  it('changes neither numbers nor order of any uri, and no message is long', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 40 }), fc.boolean())), (steps) => {
        const seen: { [uri: string]: unknown[] } = { a: [], b: [] };
        const next: { [uri: string]: number } = { a: 1, b: 1 };
        const gathered = gatherActions(({ uri, from, actions }) => {
          if (actions.length > 0) assert.equal(from, (seen[uri]?.length ?? 0) + 1);
          assert.ok(actions.length <= 32 + 40);
          seen[uri]?.push(...actions);
        });
        for (const [uri, count, durable] of steps) {
          gathered.publish(one(uri, next[uri] ?? 1, count, durable));
          next[uri] = (next[uri] ?? 1) + count;
        }
        gathered.flush();
        for (const uri of ['a', 'b']) assert.deepEqual(seen[uri], one(uri, 1, (next[uri] ?? 1) - 1).actions);
      }),
    );
  });
});
