import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SubscribedState, type Change } from '../../../../rde-agent/client/subscription.ts';
import { waitFor } from '../../../support/waitFor.ts';
import type { ActionsParams } from '../../../../rde-agent/protocol/wire.ts';

/** The state is the list of all actions, so that a hole or a repeat shows. */
function follow(from?: { state: readonly number[]; seq: number }): {
  state: SubscribedState<readonly number[], number>;
  seen: () => readonly number[];
  changes: Change<number>[];
} {
  let last: readonly number[] = [];
  const changes: Change<number>[] = [];
  const state = new SubscribedState<readonly number[], number>({
    uri: 'runs:/',
    reduce: (list, action) => [...list, action],
    ...(from === undefined ? {} : { from }),
    onDidChange: (list, change) => {
      last = list;
      changes.push(change);
    },
  });
  return { state, seen: () => last, changes };
}

const upTo = (seq: number): number[] => Array.from({ length: seq }, (_, index) => index + 1);
const actions = (from: number, to: number, durable = false): ActionsParams => ({
  uri: 'runs:/',
  from,
  actions: upTo(to).slice(from - 1),
  durable,
});

describe('client/subscription', () => {
  it('takes a snapshot, then numbered actions', () => {
    const { state, seen } = follow();
    assert.equal(state.ask('e'), undefined);
    assert.equal(state.accept({ kind: 'snapshot', epoch: 'e', seq: 2, state: [1, 2] }), false);
    assert.equal(state.receive(actions(3, 4)), false);
    assert.deepEqual(seen(), [1, 2, 3, 4]);
  });

  it('keeps what arrives before the answer and drops what the answer holds', () => {
    const { state, seen } = follow();
    state.ask('e');
    state.receive(actions(2, 5));
    state.accept({ kind: 'snapshot', epoch: 'e', seq: 3, state: [1, 2, 3] });
    assert.deepEqual(seen(), [1, 2, 3, 4, 5]);
  });

  it('applies together what comes while a costly state is copied, and has all of it before it asks again', async () => {
    const applied: number[] = [];
    let seen: readonly number[] = [];
    const state = new SubscribedState<readonly number[], number>({
      uri: 'runs:/',
      reduce: (list, action) => [...list, action],
      reduceAll: (list, more) => {
        applied.push(more.length);
        const until = performance.now() + 5;
        while (performance.now() < until);
        return [...list, ...more];
      },
      from: { state: [], seq: 0 },
      onDidChange: (list) => (seen = list),
    });
    for (let seq = 1; seq <= 100; seq += 1) state.receive(actions(seq, seq));
    await waitFor('all of them are seen', () => seen.length === 100);
    assert.deepEqual(seen, upTo(100));
    assert.ok(applied.length < 20, String(applied.length));
    for (let seq = 101; seq <= 110; seq += 1) state.receive(actions(seq, seq));
    assert.deepEqual(state.ask('e'), { epoch: 'e', seq: 110 });
    assert.deepEqual(seen, upTo(110));
    for (let seq = 111; seq <= 120; seq += 1) state.receive(actions(seq, seq));
    state.close();
    assert.ok(seen.length <= 120);
  });

  it('asks again after a gap, and from where it is', () => {
    const { state, seen } = follow({ state: [], seq: 0 });
    state.ask('e');
    state.accept({ kind: 'actions', epoch: 'e', seq: 2, actions: [1, 2] });
    assert.equal(state.receive({ ...actions(9, 8), gap: true }), true);
    assert.deepEqual(state.ask('e'), { epoch: 'e', seq: 2 });
    state.accept({ kind: 'actions', epoch: 'e', seq: 8, actions: upTo(8).slice(2) });
    assert.deepEqual(seen(), upTo(8));
  });

  it('notices a hole by itself', () => {
    const { state } = follow({ state: [], seq: 0 });
    state.ask('e');
    state.accept({ kind: 'actions', epoch: 'e', seq: 1, actions: [1] });
    assert.equal(state.receive(actions(3, 3)), true);
  });

  it('tells when what it showed is on disk', () => {
    const { state, changes } = follow({ state: [], seq: 0 });
    state.ask('e');
    state.accept({ kind: 'actions', epoch: 'e', seq: 0, actions: [] });
    state.receive(actions(1, 2));
    state.receive({ uri: 'runs:/', from: 3, actions: [], durable: true });
    assert.deepEqual(changes.at(-2), { actions: [1, 2], seq: 2, durable: 0, snapshot: false });
    assert.deepEqual(changes.at(-1), { actions: [], seq: 2, durable: 2, snapshot: false });
  });

  it('asks for a snapshot when a crash may have undone what it showed', () => {
    const { state } = follow({ state: [], seq: 0 });
    state.ask('before');
    state.accept({ kind: 'actions', epoch: 'before', seq: 0, actions: [] });
    state.receive(actions(1, 2));
    assert.equal(state.ask('after'), undefined);
  });

  it('resumes over a restart when everything it showed is on disk', () => {
    const { state } = follow({ state: [], seq: 0 });
    state.ask('before');
    state.accept({ kind: 'actions', epoch: 'before', seq: 0, actions: [] });
    state.receive(actions(1, 2, true));
    assert.deepEqual(state.ask('after'), { epoch: 'before', seq: 2 });
  });

  it('shows every action once and in order under any mix of losses, repeats and answers', () => {
    const step = fc.record({ kind: fc.constantFrom('send', 'lose', 'repeat', 'gap'), count: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { state, seen } = follow({ state: [], seq: 0 });
        let seq = 0;
        const answer = (): void => {
          const since = state.ask('e')?.seq ?? 0;
          state.accept({ kind: 'actions', epoch: 'e', seq, actions: upTo(seq).slice(since) });
        };
        answer();
        for (const { kind, count } of steps) {
          const from = seq + 1;
          seq += count;
          const missed =
            kind === 'lose' ? false : state.receive(kind === 'gap' ? { ...actions(seq + 1, seq), gap: true } : actions(from, seq));
          if (kind === 'repeat') state.receive(actions(from, seq));
          if (missed) answer();
        }
        answer();
        assert.deepEqual(seen(), upTo(seq));
      }),
    );
  });
});
