import assert from 'node:assert/strict';
import { toRunStream, type Recorded, type RunEvent } from '../../../../rde-agent/protocol/runEvents.ts';
import type { Outcome } from '../../../../rde-agent/runtimes/runtime.ts';
import { fail, succeed, untilAborted } from '../../../support/fakeRuntime.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';
import { waitFor } from '../../../support/waitFor.ts';

const WAITERS = 50;

describe('executor: races', () => {
  let harness: RunRoleHarness;
  beforeEach(() => {
    harness = new RunRoleHarness();
  });
  afterEach(() => harness.remove());

  const submit = async (sketches: Parameters<RunRoleHarness['toRequest']>[0]): Promise<string> =>
    (await harness.role.submit(harness.toRequest(sketches), OWNER)).run;
  const stored = (run: string): readonly RunEvent[] =>
    (harness.store.events.read(toRunStream(run)) as readonly Recorded<RunEvent>[]).map(({ event }) => event);

  it('F32: when the owner of a computation is cancelled, one of fifty waiters owns it, and it is executed once', async () => {
    await harness.open({ slots: 4 });
    let isOwner = true;
    harness.runtime.on('a', (request, signal) => {
      if (!isOwner) return succeed(request);
      isOwner = false;
      return untilAborted(request, signal);
    });
    const owner = await submit({ a: {} });
    await waitFor('the owner runs', () => harness.runtime.running === 1);
    const waiters = await Promise.all(Array.from({ length: WAITERS }, () => submit({ a: {} })));
    assert.equal(harness.runtime.launched.length, 1, 'they wait');
    assert.equal((await harness.role.cancel(owner, 'cancel-key', OWNER)).state, 'cancelled');
    const documents = await Promise.all(waiters.map((run) => harness.finished(run)));
    assert.ok(documents.every((document) => document.state === 'succeeded'));
    assert.equal(harness.runtime.launched.length, 2, 'the first and the one new owner');
    assert.equal(documents.filter((document) => document.steps[0]?.decision === 'executed').length, 1);
    assert.ok(documents.every(({ steps: [step] }) => step?.decision === 'executed' || step?.reasons[0]?.kind === 'hit-after-wait'));
  });

  it('F32: when the owner fails, each waiter finds out for itself', async () => {
    await harness.open({ slots: 2 });
    let fails = 1;
    harness.runtime.on('a', (request) => (fails-- > 0 ? fail('user') : succeed(request)));
    const runs = await Promise.all(Array.from({ length: 5 }, () => submit({ a: {} })));
    const states = (await Promise.all(runs.map((run) => harness.finished(run)))).map((document) => document.state);
    assert.deepEqual(states.toSorted(), ['failed', 'succeeded', 'succeeded', 'succeeded', 'succeeded']);
    assert.equal(harness.runtime.launched.length, 2);
  });

  it('F33: a cancel and a result at the same moment leave one end, and outputs that are whole or absent', async () => {
    await harness.open();
    for (const order of ['result first', 'cancel first']) {
      let answer: (outcome: Outcome) => void = () => undefined;
      harness.runtime.on('a', (request) => new Promise((resolve) => (answer = () => resolve(succeed(request)))));
      const run = await submit({ a: { code: order }, b: { needs: ['a'] } });
      await waitFor('it runs', () => harness.runtime.running === 1);
      if (order === 'result first') answer({ kind: 'cancelled' });
      const cancelled = harness.role.cancel(run, `key-${order}`, OWNER);
      if (order === 'cancel first') answer({ kind: 'cancelled' });
      await cancelled;
      const ends = stored(run).filter((event) => event.type === 'run.finished');
      assert.equal(ends.length, 1, order);
      const ofA = stored(run).filter((event) => 'task' in event && event.task === 'a' && /succeeded|cancelled/.test(event.type));
      assert.equal(ofA.length, 1, order);
      for (const event of stored(run))
        if (event.type === 'task.succeeded')
          assert.ok(Object.values(event.outputs).every((output) => harness.store.blobs.has(output.digest)));
    }
  });

  it('F33: a cancel twice, in a pause before a retry, and before anything was dispatched', async () => {
    await harness.open({ slots: 1 });
    harness.runtime.on('a', () => fail('user'));
    const retry = { attempts: 5, backoff: 3600, on: ['user' as const] };
    const run = await submit({ a: { changes: { retry } } });
    await waitFor('it pauses', () => stored(run).some((event) => event.type === 'task.failed'));
    await Promise.all(['key-number-1', 'key-number-2'].map((key) => harness.role.cancel(run, key, OWNER)));
    assert.equal(stored(run).filter((event) => event.type === 'run.cancelRequested').length, 1);
    assert.equal(stored(run).filter((event) => event.type === 'run.finished').length, 1);
    harness.runtime.on('b', untilAborted);
    const busy = await submit({ b: {} });
    const late = await submit({ c: {} });
    assert.equal((await harness.role.cancel(late, 'key-number-3', OWNER)).state, 'cancelled');
    assert.ok(!stored(late).some((event) => event.type === 'task.started'));
    await harness.role.cancel(busy, 'key-number-4', OWNER);
  });

  it('F33: a cancel while a timeout is being carried out leaves one end', async () => {
    await harness.open();
    const aborted = Promise.withResolvers<undefined>();
    const gone = Promise.withResolvers<undefined>();
    harness.runtime.on('a', async (request, signal) => {
      await untilAborted(request, signal);
      aborted.resolve(undefined);
      await gone.promise;
      return { kind: 'cancelled' };
    });
    const run = await submit({ a: { changes: { timeout: 0.01 } } });
    await aborted.promise;
    const cancelled = harness.role.cancel(run, 'key-number-1', OWNER);
    gone.resolve(undefined);
    await cancelled;
    assert.equal(stored(run).filter((event) => event.type === 'task.failed' || event.type === 'task.cancelled').length, 1);
    assert.equal(stored(run).filter((event) => event.type === 'run.finished').length, 1);
  });
});
