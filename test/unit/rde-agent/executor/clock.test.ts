import assert from 'node:assert/strict';
import { fail, succeed, untilAborted } from '../../../support/fakeRuntime.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';
import { waitFor } from '../../../support/waitFor.ts';

/** The wall clock only dates things; what waits, waits by the monotonic clock. */
describe('F22: a wall clock that jumps or stands still', () => {
  let harness: RunRoleHarness;
  beforeEach(() => {
    harness = new RunRoleHarness();
  });
  afterEach(() => harness.remove());

  const hour = 3600;
  for (const [what, jump] of [
    ['an hour ahead', hour],
    ['an hour back', -hour],
  ] as const) {
    it(`${what} in the middle of a run ends no task, and its events stay in their order`, async () => {
      await harness.open();
      let go: () => void = () => undefined;
      const opened = new Promise<void>((resolve) => (go = resolve));
      harness.runtime.on('long', async (request) => {
        await opened;
        return succeed(request);
      });
      const limits = { changes: { timeout: 600, idleTimeout: 600, queueTimeout: 600 } };
      const { run } = await harness.role.submit(harness.toRequest({ long: limits, next: { ...limits, needs: ['long'] } }), OWNER);
      await waitFor('the task runs', () => harness.runtime.running === 1);
      harness.ahead = jump;
      go();
      const document = await harness.finished(run);
      assert.equal(document.state, 'succeeded');
      assert.deepEqual(
        document.steps.map(({ attempts }) => attempts),
        [1, 1],
      );
      assert.ok(document.seconds >= 0 && document.steps.every(({ seconds }) => seconds >= 0));
      const events = harness.store.events.read(`run:/${run}`);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        events.map((_, index) => index + 1),
      );
      assert.ok((harness.store.projections.runs({ limit: 1 })[0]?.seconds ?? -1) >= 0);
    });
  }

  it('one that stands still holds up neither retries nor timeouts', async () => {
    const frozen = { now: () => '2026-11-21T08:00:00.000Z', monotonic: () => performance.now() / 1000 };
    await harness.open({ clock: frozen });
    let tries = 0;
    harness.runtime.on('again', (request) => (++tries < 3 ? fail('infrastructure') : succeed(request)));
    harness.runtime.on('hangs', untilAborted);
    const retry = { attempts: 3, backoff: 0.05, on: ['infrastructure'] } as const;
    const document = await harness.run({ again: { changes: { retry } }, hangs: { changes: { timeout: 0.2 } } });
    assert.deepEqual(
      document.steps.map(({ state, attempts, error }) => [state, attempts, error?.code ?? null]),
      [
        ['succeeded', 3, null],
        ['failed', 1, 'timeout'],
      ],
    );
    assert.equal(document.seconds, 0);
  });

  it('a restart an hour back takes up what was open, and claims expire with their holder alone', async () => {
    await harness.open();
    harness.runtime.on('long', untilAborted);
    const { run } = await harness.role.submit(harness.toRequest({ long: {} }), OWNER);
    await waitFor('the task runs', () => harness.runtime.running === 1);
    await harness.close();
    harness.ahead = -hour;
    harness.runtime.behaviours.clear();
    await harness.open();
    const document = await harness.finished(run);
    assert.deepEqual([document.state, document.steps[0]?.attempts], ['succeeded', 2]);
  });
});
