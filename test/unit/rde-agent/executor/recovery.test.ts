import assert from 'node:assert/strict';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { toRunStream } from '../../../../rde-agent/protocol/runEvents.ts';
import { openSqliteStore } from '../../../../rde-agent/store/sqlite/sqliteStore.ts';
import type { Store, Transaction } from '../../../../rde-agent/store/store.ts';
import { FakeRuntime, untilAborted } from '../../../support/fakeRuntime.ts';
import { OWNER, RunRoleHarness, toLines } from '../../../support/runRole.ts';
import { silentLogger } from '../../../support/silentLogger.ts';
import { waitFor } from '../../../support/waitFor.ts';

const CHAIN = { a: {}, b: { needs: ['a'] }, c: { needs: ['b'] } };
const isCode = (code: string) => (error: unknown) => error instanceof CairnError && error.code === code;

/** A store whose disk can be made to fail, and whose commits can be held back. */
class FailingStore {
  fails = false;
  readonly commits: Transaction[] = [];

  readonly wrap = (store: Store): Store => ({
    ...store,
    events: {
      read: (stream, after) => store.events.read(stream, after),
      first: (stream) => store.events.first(stream),
      position: () => store.events.position(),
      last: (stream) => store.events.last(stream),
      request: (key) => store.events.request(key),
      scan: (after, limit) => store.events.scan(after, limit),
      commit: (transaction) => {
        this.commits.push(transaction);
        return this.fails ? Promise.reject(new CairnError('store-failed', 'the disk is full')) : store.events.commit(transaction);
      },
    },
  });
}

describe('executor: restarts', () => {
  let harness: RunRoleHarness;
  beforeEach(() => {
    harness = new RunRoleHarness();
  });
  afterEach(() => harness.remove());

  async function stopInTheMiddle(): Promise<string> {
    await harness.open();
    harness.runtime.on('b', untilAborted);
    const { run } = await harness.role.submit(harness.toRequest(CHAIN), OWNER);
    await waitFor('b runs', () => harness.role.view(run, OWNER)?.view.tasks['b']?.state === 'running');
    await harness.close();
    harness.runtime = new FakeRuntime();
    return run;
  }

  it('goes on by itself after a stop: nothing published runs again, attempts and fences grow', async () => {
    const run = await stopInTheMiddle();
    await harness.open();
    const document = await harness.finished(run);
    assert.deepEqual(toLines(document), ['a: succeeded executed', 'b: succeeded executed', 'c: succeeded executed']);
    assert.deepEqual(
      harness.runtime.launched.map((context) => `${context.task} ${String(context.attempt)}`),
      ['b 2', 'c 1'],
    );
    const lost = harness.role
      .events(run, 0, OWNER)
      .map(({ event }) => event)
      .filter((event) => event.type === 'task.lost');
    assert.equal(lost.length, 1);
  });

  it('answers byte for byte the same after a restart', async () => {
    const run = await stopInTheMiddle();
    await harness.open();
    await harness.finished(run);
    const answers = (): string =>
      JSON.stringify([
        harness.role.show(run, OWNER),
        harness.role.list({ limit: 9 }, OWNER),
        harness.role.why(run, 'b', OWNER),
        harness.role.view(run, OWNER),
        harness.role.events(run, 0, OWNER),
      ]);
    const before = answers();
    await harness.close();
    await harness.open();
    assert.equal(answers(), before);
    assert.equal(harness.role.active(), 0);
  });

  it('finishes what was being cancelled', async () => {
    await harness.open();
    harness.runtime.on('a', untilAborted);
    const { run } = await harness.role.submit(harness.toRequest(CHAIN), OWNER);
    await waitFor('a runs', () => harness.runtime.running === 1);
    const by = OWNER.id;
    const scope = { tenant: 'local', domain: 'experiment' } as const;
    await waitFor('all is durable', () => harness.role.view(run, OWNER)?.durable === harness.role.view(run, OWNER)?.seq);
    await harness.close();
    // As if the agent had been killed right after it had recorded the request.
    await withStore(harness, (store) => {
      const stream = toRunStream(run);
      const expected = store.events.last(stream);
      return store.events.commit({
        appends: [{ stream, expected, by, scope, at: new Date().toISOString(), events: [{ type: 'run.cancelRequested' }] }],
      });
    });
    await harness.open();
    const document = await harness.finished(run);
    assert.equal(document.state, 'cancelled');
    assert.ok(document.steps.every((step) => step.state === 'cancelled'));
  });

  it('acknowledges nothing that is not on disk, stops what runs, and goes on from the last durable event', async () => {
    const disk = new FailingStore();
    await harness.open({ takeUpAfter: 0.05 }, disk.wrap);
    disk.fails = true;
    await assert.rejects(harness.role.submit(harness.toRequest(CHAIN), OWNER), isCode('store-failed'));
    await waitFor('nothing is left of it', () => harness.role.active() === 0);
    assert.equal(harness.role.list({ limit: 9 }, OWNER).runs.length, 0);
    disk.fails = false;
    let stopped = false;
    const acknowledged = Promise.withResolvers<undefined>();
    harness.runtime.on('b', async (request, signal) => {
      await acknowledged.promise;
      disk.fails = true;
      request.observer.progress(1, null, 'something to write down');
      const outcome = await untilAborted(request, signal);
      stopped = true;
      return outcome;
    });
    const { run } = await harness.role.submit(harness.toRequest(CHAIN), OWNER);
    acknowledged.resolve(undefined);
    await waitFor('the failing disk has stopped b', () => stopped);
    disk.fails = false;
    harness.runtime.behaviours.clear();
    assert.equal((await harness.finished(run)).state, 'succeeded');
  });

  it('sends what one turn decides in one transaction', async () => {
    const disk = new FailingStore();
    await harness.open({}, disk.wrap);
    await harness.run(CHAIN);
    disk.commits.length = 0;
    await harness.run(CHAIN);
    assert.equal(disk.commits.length, 1, 'a run that is reused as a whole is one commit');
    assert.deepEqual(
      disk.commits[0]?.appends.flatMap((append) => append.events.map((event) => event.type)),
      ['run.submitted', 'task.reused', 'task.reused', 'task.reused', 'run.finished'],
    );
    assert.ok(disk.commits[0]?.request);
  });
});

async function withStore<T>(harness: RunRoleHarness, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore({
    folder: harness.folder,
    writerScript: new URL('../../../../rde-agent/store/sqlite/writerThread.ts', import.meta.url),
    logger: silentLogger,
  });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
