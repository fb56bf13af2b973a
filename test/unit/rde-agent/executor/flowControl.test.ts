import assert from 'node:assert/strict';
import type { RunDocument } from '../../../../rde-agent/protocol/documents.ts';
import type { RunEvent } from '../../../../rde-agent/protocol/runEvents.ts';
import { fail, succeed, succeedWith, toOutput, untilAborted } from '../../../support/fakeRuntime.ts';
import { sketchFlows, type FlowSketch } from '../../../support/nestedWorkflow.ts';
import { OWNER, RunRoleHarness, toLines } from '../../../support/runRole.ts';
import { waitFor } from '../../../support/waitFor.ts';

describe('executor: fan-outs, joins, conditions, timeouts', () => {
  let harness: RunRoleHarness;
  beforeEach(async () => {
    harness = new RunRoleHarness();
    await harness.open({ slots: 4 });
  });
  afterEach(() => harness.remove());

  async function submit(flow: FlowSketch): Promise<string> {
    return (await harness.role.submit(harness.toRequest({}, sketchFlows({ flow }, 'flow')), OWNER)).run;
  }
  async function run(flow: FlowSketch): Promise<RunDocument> {
    return harness.finished(await submit(flow));
  }
  const eventsOf = (id: string): readonly RunEvent[] => harness.role.events(id, 0, OWNER).map(({ event }) => event);

  const OVER: FlowSketch = {
    steps: {
      list: {},
      score: { over: { item: 'list' } },
      sum: { inputs: { in0: 'score[*]' }, contract: { inputs: [{ name: 'in0', type: { kind: 'list', of: { kind: 'json' } } }] } },
    },
  };

  it('fans out over what a step gave, and joins it', async () => {
    harness.runtime.on('list', () => succeedWith([toOutput('out', [{ id: 7 }, 'x', null])]));
    const document = await run(OVER);
    assert.deepEqual(toLines(document).slice(1), [
      'score[0]: succeeded executed',
      'score[1]: succeeded executed',
      'score[2]: succeeded executed',
      'sum: succeeded executed',
    ]);
    const items = harness.runtime.launched.filter((context) => context.module === 'test/score').map((context) => context.params['item']);
    assert.deepEqual(items, [{ id: 7 }, 'x', null]);
  });

  it('goes on after a fan-out over nothing', async () => {
    harness.runtime.on('list', () => succeedWith([toOutput('out', [])]));
    const document = await run(OVER);
    assert.deepEqual(toLines(document), ['list: succeeded executed', 'score[*]: succeeded -', 'sum: succeeded executed']);
  });

  it('fails a fan-out over what is no list, and says so', async () => {
    harness.runtime.on('list', () => succeedWith([toOutput('out', { a: 1 })]));
    const document = await run(OVER);
    assert.equal(document.state, 'failed');
    const failed = document.steps.find((step) => step.state === 'failed');
    assert.deepEqual([failed?.step, failed?.error?.code], ['score[*]', 'fan-out-failed']);
    assert.match(failed?.error?.message ?? '', /list\.out is not a list/);
  });

  it('ends what a join any does not need any more, and the run succeeds', async () => {
    harness.runtime.on('try[slow]', untilAborted);
    const join = {
      inputs: { in0: 'try[*]' },
      contract: { inputs: [{ name: 'in0', type: { kind: 'list', of: { kind: 'json' } } as const }] },
      changes: { join: { kind: 'any' } as const },
    };
    const document = await run({ steps: { try: { foreach: ['slow', 'fast'] }, first: join } });
    assert.deepEqual(toLines(document), ['try[slow]: cancelled executed', 'try[fast]: succeeded executed', 'first: succeeded executed']);
    assert.equal(document.state, 'succeeded');
    assert.equal(harness.runtime.running, 0, 'its process is gone before the run has ended');
    assert.ok(eventsOf(document.run).some((event) => event.type === 'task.cancelled' && event.because === 'not-needed'));
  });

  it('skips a step whose condition is false, and what needs it', async () => {
    harness.runtime.on('train', (request) => succeedWith([toOutput('out', 1)], { auc: request.context.params['each'] === 1 ? 0.9 : 0.4 }));
    const when = (metric: number) =>
      ({
        kind: 'compare',
        operator: '>=',
        left: { kind: 'metric', step: 'train', name: 'auc' },
        right: { kind: 'literal', value: metric },
      }) as const;
    const flow = (metric: number): FlowSketch => ({
      steps: {
        train: { params: { each: 1 } },
        publish: { inputs: { in0: 'train' }, changes: { when: when(metric) } },
        tell: { inputs: { in0: 'publish' } },
      },
    });
    assert.deepEqual(toLines(await run(flow(0.8))).slice(1), ['publish: succeeded executed', 'tell: succeeded executed']);
    const skipped = await run(flow(0.95));
    assert.deepEqual([skipped.state, ...toLines(skipped).slice(1)], ['succeeded', 'publish: skipped -', 'tell: skipped -']);
  });

  it('gives up waiting for a place after `timeout.queue`, and tries again where that is asked for', async () => {
    await harness.close();
    await harness.open({ slots: 1 });
    harness.runtime.on('long', untilAborted);
    const retry = { attempts: 2, backoff: 0, on: ['resource' as const] };
    const id = await submit({ steps: { long: {}, late: { changes: { queueTimeout: 0.02, retry } } } });
    await waitFor('it has given up', () => harness.role.view(id, OWNER)?.view.tasks['late']?.state === 'failed');
    const failures = eventsOf(id).filter((event) => event.type === 'task.failed');
    assert.deepEqual(
      failures.map((event) => [event.error.code, event.failure, event.retryIn]),
      [
        ['queue-timeout', 'resource', 0],
        ['queue-timeout', 'resource', null],
      ],
    );
    await harness.role.cancel(id, 'cancel-key', OWNER);
  });

  it('stops a task that is silent for longer than `timeout.idle`, and no other', async () => {
    harness.runtime.on('silent', untilAborted);
    harness.runtime.on('busy', async (request, signal) => {
      for (let count = 0; count < 20 && !signal.aborted; count += 1) {
        request.observer.output('out', Buffer.from('.'));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return signal.aborted ? { kind: 'cancelled' } : succeed(request);
    });
    const document = await run({ steps: { silent: { changes: { idleTimeout: 0.05 } }, busy: { changes: { idleTimeout: 5 } } } });
    assert.deepEqual(
      document.steps.map((step) => step.error?.code ?? step.state),
      ['idle-timeout', 'succeeded'],
    );
  });

  it('gives the first places to the most urgent of the tasks that are ready at once', async () => {
    await harness.close();
    await harness.open({ slots: 1 });
    const order: string[] = [];
    const steps = [0, 1, 2, 3].map((priority) => {
      harness.runtime.on(`step${priority}`, (request) => {
        order.push(request.context.task);
        return succeed(request);
      });
      return [`step${priority}`, { changes: { priority } }] as const;
    });
    await run({ steps: Object.fromEntries(steps) });
    assert.deepEqual(order, ['step3', 'step2', 'step1', 'step0']);
  });

  it('keeps a workflow to its own number of tasks', async () => {
    await run({ steps: { wide: { foreach: [1, 2, 3, 4, 5, 6] } }, changes: { concurrency: { tasks: 2 } } });
    assert.equal(harness.runtime.mostRunning, 2);
  });

  it('keeps a workflow to its own number of runs: the others wait in line, through a restart too', async () => {
    harness.runtime.on('a', untilAborted);
    const flow: FlowSketch = { steps: { a: {} }, changes: { concurrency: { runs: 1 } } };
    const [first, second, third] = [await submit(flow), await submit(flow), await submit(flow)] as const;
    const states = (): readonly (string | undefined)[] => [first, second, third].map((id) => harness.role.view(id, OWNER)?.view.state);
    await waitFor('the first runs', () => states()[0] === 'running');
    assert.deepEqual(states(), ['running', 'queued', 'queued']);
    assert.equal((await harness.role.cancel(third, 'cancel-third', OWNER)).state, 'cancelled', 'one that waits can be cancelled');
    await harness.close();
    await harness.open({ slots: 4 });
    await waitFor('the first runs again', () => states()[0] === 'running');
    assert.deepEqual(states(), ['running', 'queued', 'cancelled']);
    await harness.role.cancel(first, 'cancel-first', OWNER);
    await waitFor('the second runs', () => states()[1] === 'running');
    await harness.role.cancel(second, 'cancel-second', OWNER);
  });

  it('F36: tries a module whose workers die at every start no more, and leaves others alone', async () => {
    harness.runtime.on('test/poison', () => ({ kind: 'lost', message: 'it died' }));
    const retry = { attempts: 10, backoff: 0, on: ['infrastructure' as const] };
    const document = await run({ steps: { poison: { foreach: [1, 2, 3, 4, 5, 6], changes: { retry } }, fine: { foreach: [1, 2, 3] } } });
    assert.equal(document.state, 'failed');
    const poisoned = document.steps.filter((step) => step.module === 'test/poison');
    assert.ok(
      poisoned.every((step) => step.state === 'failed' && step.error?.code === 'quarantined'),
      JSON.stringify(poisoned),
    );
    const starts = harness.runtime.launched.filter((context) => context.module === 'test/poison').length;
    assert.ok(starts <= 3 + 3, `${String(starts)} starts: three, and those that were under way`);
    assert.ok(document.steps.filter((step) => step.module === 'test/fine').every((step) => step.state === 'succeeded'));
  });

  it('retries each class of failure only where it is named', async () => {
    for (const failure of ['infrastructure', 'resource', 'user'] as const) {
      harness.runtime.on('a', (request) => (request.context.attempt === 1 ? fail(failure) : succeed(request)));
      const on = (named: 'infrastructure' | 'resource' | 'user'): FlowSketch => ({
        steps: { a: { code: `${failure}${named}`, changes: { retry: { attempts: 2, backoff: 0, on: [named] } } } },
      });
      for (const named of ['infrastructure', 'resource', 'user'] as const)
        assert.equal((await run(on(named))).state, named === failure ? 'succeeded' : 'failed', `${failure} with retry on ${named}`);
    }
  });
});
