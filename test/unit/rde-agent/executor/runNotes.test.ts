import assert from 'node:assert/strict';
import { NO_CACHE_CONFIG } from '../../../../rde-agent/executor/cacheKeeper.ts';
import { NO_RUN, reduceRunEvents } from '../../../../rde-agent/protocol/runView.ts';
import { succeedWith, toOutput } from '../../../support/fakeRuntime.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';
import { waitFor } from '../../../support/waitFor.ts';

describe('unit/rde-agent/executor/runNotes', () => {
  let harness: RunRoleHarness;
  beforeEach(async () => {
    harness = new RunRoleHarness();
    await harness.open({ cache: { ...NO_CACHE_CONFIG, audit: { share: 1, excused: 1, longest: 100 } } });
  });
  afterEach(() => harness.remove());

  it('tells the run that has reused a result what an audit made of it, once it is durable, and for good', async () => {
    let count = 0;
    harness.runtime.on('a', () => succeedWith([toOutput('out', `value ${String((count += 1))}`)]));
    const sketch = { a: {}, b: {} };
    const first = await harness.run(sketch);
    const heard: string[] = [];
    harness.role.onDidRecord((run, recorded) => heard.push(...recorded.map(({ event }) => `${run} ${event.type}`)));
    const durable = new Map<string, number>();
    harness.role.onDidCommit((run, seq) => durable.set(run, seq));
    const { run } = await harness.run(sketch);
    const doubted = () => harness.role.show(run, OWNER).steps.find(({ step }) => step === 'a');
    const step = await waitFor('it is told', () => doubted()?.distrusted !== undefined && doubted());
    assert.deepEqual([step.state, step.decision, step.distrusted?.port], ['succeeded', 'reused', 'out']);
    assert.match(step.distrusted?.message ?? '', /came out different/);
    assert.deepEqual(harness.role.why(run, 'a', OWNER).distrusted, step.distrusted);
    assert.equal(harness.role.show(run, OWNER).state, 'succeeded');
    assert.ok(heard.includes(`${run} task.distrusted`));
    const events = harness.role.events(run, 0, OWNER);
    await waitFor('it is durable', () => durable.get(run) === events.length);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1),
    );
    const { seconds, state } = reduceRunEvents(NO_RUN, events);
    assert.deepEqual([seconds, state], [harness.role.show(run, OWNER).seconds, 'succeeded']);
    assert.equal(
      harness.role.show(first.run, OWNER).steps.every(({ distrusted }) => distrusted === undefined),
      true,
    );
    await harness.close();
    await harness.open();
    assert.deepEqual(doubted()?.distrusted, step.distrusted);
    assert.equal(harness.role.active(), 0);
  });
});
