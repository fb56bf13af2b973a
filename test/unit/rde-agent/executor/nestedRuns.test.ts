import assert from 'node:assert/strict';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { RunDocument } from '../../../../rde-agent/protocol/documents.ts';
import type { RunEvent } from '../../../../rde-agent/protocol/runEvents.ts';
import type { SubmitRequest } from '../../../../rde-agent/protocol/roles.ts';
import type { Store } from '../../../../rde-agent/store/store.ts';
import { FakeRuntime, fail, succeed, succeedWith, toOutput, untilAborted } from '../../../support/fakeRuntime.ts';
import { sketchFlows, type FlowSketch } from '../../../support/nestedWorkflow.ts';
import { OWNER, RunRoleHarness, toLines } from '../../../support/runRole.ts';
import { waitFor } from '../../../support/waitFor.ts';

const FLOWS: { readonly [name: string]: FlowSketch } = {
  outer: {
    steps: {
      load: {},
      check: { workflow: 'inner', inputs: { data: 'load' }, params: { size: 3 } },
      sum: { inputs: { in0: 'check.score' } },
    },
    outputs: {},
  },
  inner: {
    inputs: ['data'],
    params: { size: 1 },
    steps: { clean: { inputs: { in0: 'inputs.data' } }, score: { inputs: { in0: 'clean' } } },
    outputs: { score: 'score' },
  },
};

const DEEP: { readonly [name: string]: FlowSketch } = {
  top: { steps: { a: { workflow: 'middle' } } },
  middle: { steps: { b: { workflow: 'bottom' }, side: {} } },
  bottom: { steps: { c: {} } },
};

describe('executor: nested runs', () => {
  let harness: RunRoleHarness;
  beforeEach(() => {
    harness = new RunRoleHarness();
  });
  afterEach(() => harness.remove());

  const toRequest = (flows: { readonly [name: string]: FlowSketch }, top: string, changes: Partial<SubmitRequest> = {}): SubmitRequest =>
    harness.toRequest({}, { ...sketchFlows(flows, top), ...changes });

  async function submit(flows: { readonly [name: string]: FlowSketch }, top: string): Promise<string> {
    return (await harness.role.submit(toRequest(flows, top), OWNER)).run;
  }

  async function run(flows: { readonly [name: string]: FlowSketch }, top: string): Promise<RunDocument> {
    return harness.finished(await submit(flows, top));
  }

  const eventsOf = (id: string): readonly RunEvent[] => harness.role.events(id, 0, OWNER).map(({ event }) => event);
  /** The run of a task's last attempt. */
  function childOf(id: string, task: string): string {
    const runs = eventsOf(id).flatMap((event) => (event.type === 'task.delegated' && event.task === task ? [event.run] : []));
    return runs.at(-1) ?? '';
  }

  it("runs a workflow inside of another as a run of its own, and shows its steps as the step's", async () => {
    await harness.open();
    const document = await run(FLOWS, 'outer');
    assert.deepEqual(toLines(document), [
      'load: succeeded executed',
      'check: succeeded executed',
      'check/clean: succeeded executed',
      'check/score: succeeded executed',
      'sum: succeeded executed',
    ]);
    const child = harness.role.show(document.steps[1]?.run ?? '', OWNER);
    assert.equal(child.parent, document.run);
    assert.equal(child.workflow, 'inner');
    assert.deepEqual(document.steps[1]?.outputs['score'], child.steps[1]?.outputs['out'], "its output is the inner step's");
    assert.deepEqual(
      harness.role.list({ limit: 10 }, OWNER).runs.map((each) => each.run),
      [document.run],
    );
    assert.deepEqual(
      harness.role.list({ limit: 10, parent: document.run }, OWNER).runs.map((each) => each.run),
      [child.run],
    );
    assert.deepEqual(
      harness.role.runsView(OWNER).runs.map((each) => each.run),
      [document.run],
    );
  });

  it('reuses inside of a nested run, task by task', async () => {
    await harness.open();
    await run(FLOWS, 'outer');
    const again = await run(FLOWS, 'outer');
    assert.deepEqual(
      again.steps.map((step) => `${step.step} ${step.decision ?? ''}`),
      ['load reused', 'check reused', 'check/clean reused', 'check/score reused', 'sum reused'],
    );
  });

  it('explains and logs a task inside by its path', async () => {
    await harness.open();
    harness.runtime.on('score', (request) => {
      request.observer.output('out', Buffer.from('hello\n'));
      return succeed(request);
    });
    const document = await run(FLOWS, 'outer');
    const why = harness.role.why(document.run, 'check/score', OWNER);
    assert.deepEqual([why.run, why.step, why.decision], [document.run, 'check/score', 'executed']);
    const logs = await harness.role.logs(
      { run: document.run, step: 'check/score', limit: 10, wait: false },
      OWNER,
      new AbortController().signal,
    );
    assert.deepEqual(
      logs.lines.map((line) => `${line.step}: ${line.text}`),
      ['check/score: hello'],
    );
    assert.throws(
      () => harness.role.why(document.run, 'load/x', OWNER),
      (error) => error instanceof CairnError && error.code === 'unknown-step',
    );
  });

  it('fails the step with the path of what failed inside, at any depth, and skips what follows', async () => {
    await harness.open();
    harness.runtime.on('c', () => fail('user', 'bad data'));
    const document = await run(DEEP, 'top');
    assert.equal(document.state, 'failed');
    const step = document.steps.find((each) => each.step === 'a');
    assert.equal(step?.error?.code, 'nested-failed');
    assert.match(step.error.message, /^a\/b\/c failed: .*bad data/);
    assert.equal(document.steps.find((each) => each.step === 'a/side')?.state, 'succeeded', 'the rest of the nested run is carried out');
  });

  it('tries a step again as a new run', async () => {
    await harness.open();
    let failures = 0;
    harness.runtime.on('c', (request) => (failures++ === 0 ? fail('user', 'once') : succeed(request)));
    const flows = {
      ...DEEP,
      top: { steps: { a: { workflow: 'middle', changes: { retry: { attempts: 2, backoff: 0, on: ['user' as const] } } } } },
    };
    const document = await run(flows, 'top');
    assert.equal(document.state, 'succeeded');
    assert.equal(document.steps[0]?.attempts, 2);
    const delegated = eventsOf(document.run).filter((event) => event.type === 'task.delegated');
    assert.equal(new Set(delegated.map((event) => event.run)).size, 2);
  });

  it('cancels what is inside with the parent, and is ended only when all is gone', async () => {
    await harness.open();
    harness.runtime.on('c', untilAborted);
    const id = await submit(DEEP, 'top');
    await waitFor('c runs', () => harness.runtime.running > 0);
    const middle = childOf(id, 'a');
    const bottom = childOf(middle, 'b');
    assert.equal((await harness.role.cancel(id, 'cancel-key', OWNER)).state, 'cancelled');
    for (const each of [id, middle, bottom]) assert.equal(harness.role.show(each, OWNER).state, 'cancelled');
    assert.equal(harness.runtime.running, 0);
    assert.equal(harness.role.active(), 0);
  });

  it('fails a step whose run was cancelled by itself', async () => {
    await harness.open();
    harness.runtime.on('c', untilAborted);
    const id = await submit(DEEP, 'top');
    await waitFor('c runs', () => harness.runtime.running > 0);
    await harness.role.cancel(childOf(id, 'a'), 'cancel-key', OWNER);
    const document = await harness.finished(id);
    assert.equal(document.state, 'failed');
    assert.match(document.steps[0]?.error?.message ?? '', /was cancelled/);
  });

  it("stops a nested run that takes longer than its step's timeout", async () => {
    await harness.open();
    harness.runtime.on('c', untilAborted);
    const document = await run({ ...DEEP, top: { steps: { a: { workflow: 'middle', changes: { timeout: 0.05 } } } } }, 'top');
    assert.deepEqual([document.state, document.steps[0]?.error?.code], ['failed', 'timeout']);
  });

  it('goes on with the same nested runs after a stop', async () => {
    await harness.open();
    harness.runtime.on('c', untilAborted);
    const id = await submit(DEEP, 'top');
    await waitFor('c runs', () => harness.runtime.running > 0);
    const bottom = childOf(childOf(id, 'a'), 'b');
    await harness.close();
    harness.runtime = new FakeRuntime();
    await harness.open();
    const document = await harness.finished(id);
    assert.equal(document.state, 'succeeded');
    assert.equal(document.steps.find((step) => step.step === 'a/b')?.run, bottom);
    assert.equal(eventsOf(id).filter((event) => event.type === 'task.delegated').length, 1);
  });

  it('runs a fan-out of nested runs and joins what they give', async () => {
    await harness.open({ slots: 3 });
    harness.runtime.on('score', ({ context }) => succeedWith([toOutput('out', context.inputs.length)], { auc: 0.5 }));
    const flows: { readonly [name: string]: FlowSketch } = {
      outer: {
        steps: {
          load: {},
          check: { workflow: 'inner', inputs: { data: 'load' }, foreach: [1, 2, 3] },
          sum: { inputs: { in0: 'check[*].score' } },
        },
      },
      inner: FLOWS['inner'] as FlowSketch,
    };
    const document = await run(flows, 'outer');
    assert.equal(document.state, 'succeeded');
    assert.equal(document.steps.filter((step) => step.workflow === 'inner').length, 3);
    assert.deepEqual(document.steps.find((step) => step.step === 'check[2]')?.metrics, { auc: 0.5 });
    const sum = harness.runtime.launched.find((context) => context.task === 'sum');
    assert.equal(sum?.inputs[0]?.value.kind === 'list' && sum.inputs[0].value.items.length, 3);
  });

  it('gives a list out of a nested run and into one', async () => {
    await harness.open();
    const flows: { readonly [name: string]: FlowSketch } = {
      outer: { steps: { make: { workflow: 'many' }, use: { workflow: 'one', inputs: { all: 'make.parts' } } } },
      many: { steps: { part: { foreach: [1, 2] } }, outputs: { parts: 'part[*]' } },
      one: {
        inputs: ['all'],
        steps: {
          join: { inputs: { in0: 'inputs.all' }, contract: { inputs: [{ name: 'in0', type: { kind: 'list', of: { kind: 'json' } } }] } },
        },
        outputs: {},
      },
    };
    const document = await run(flows, 'outer');
    assert.equal(document.state, 'succeeded');
    const join = harness.runtime.launched.find((context) => context.task === 'join');
    assert.equal(join?.inputs[0]?.value.kind === 'list' && join.inputs[0].value.items.length, 2);
  });

  it('refuses what is nested too deeply, or was not sent along', async () => {
    await harness.open();
    const toChain = (length: number): { [name: string]: FlowSketch } =>
      Object.fromEntries(
        Array.from({ length }, (_, index) => [`f${index}`, { steps: { a: index === length - 1 ? {} : { workflow: `f${index + 1}` } } }]),
      );
    const isInvalid = (error: unknown): boolean => error instanceof CairnError && error.code === 'invalid-request';
    await assert.rejects(harness.role.submit(toRequest(toChain(18), 'f0'), OWNER), isInvalid);
    assert.equal((await run(toChain(17), 'f0')).state, 'succeeded');
    const { definition } = sketchFlows(FLOWS, 'outer');
    const alone = { ...definition };
    delete (alone as { workflows?: unknown }).workflows;
    await assert.rejects(harness.role.submit(toRequest(FLOWS, 'outer', { definition: alone }), OWNER), isInvalid);
  });

  it('does not run what needs an output that a nested run did not make', async () => {
    await harness.open();
    const never = { kind: 'literal', value: false } as const;
    const inner: FlowSketch = { steps: { maybe: { changes: { when: never } }, sure: {} }, outputs: { maybe: 'maybe', sure: 'sure' } };
    const taker: FlowSketch = { inputs: ['data'], steps: { c: { inputs: { in0: 'inputs.data' } } } };
    const outer: FlowSketch = {
      steps: {
        check: { workflow: 'inner' },
        use: { inputs: { in0: 'check.maybe' } },
        nest: { workflow: 'taker', inputs: { data: 'check.maybe' } },
        fine: { inputs: { in0: 'check.sure' } },
      },
    };
    const document = await run({ outer, inner, taker }, 'outer');
    const states = document.steps.map((step) => `${step.step} ${step.state}`);
    assert.ok(states.includes('fine succeeded'), JSON.stringify(states));
    for (const step of ['use', 'nest']) {
      const found = document.steps.find((each) => each.step === step);
      assert.ok(found?.state === 'skipped' || found?.error?.code === 'input-unreadable', JSON.stringify(found));
    }
    assert.ok(!harness.runtime.launched.some((context) => context.task === 'use' || context.task === 'c'));
  });

  it('goes on with parent and nested runs when the disk fails for a while', async () => {
    let fails = false;
    const wrap = (store: Store): Store => ({
      ...store,
      events: {
        read: (stream, after) => store.events.read(stream, after),
        first: (stream) => store.events.first(stream),
        position: () => store.events.position(),
        last: (stream) => store.events.last(stream),
        request: (key) => store.events.request(key),
        scan: (after, limit) => store.events.scan(after, limit),
        commit: (transaction) =>
          fails ? Promise.reject(new CairnError('store-failed', 'the disk is full')) : store.events.commit(transaction),
      },
    });
    await harness.open({ takeUpAfter: 0.02 }, wrap);
    const go = Promise.withResolvers<undefined>();
    for (const task of ['c', 'side']) {
      harness.runtime.on(task, async (request, signal) => {
        await Promise.race([go.promise, untilAborted(request, signal)]);
        return signal.aborted ? { kind: 'cancelled' } : succeed(request);
      });
    }
    const id = await submit(DEEP, 'top');
    await waitFor('both run', () => harness.runtime.running === 2);
    fails = true;
    go.resolve(undefined);
    await waitFor('they have been let go of', () => harness.role.active() < 3);
    fails = false;
    const document = await harness.finished(id);
    assert.equal(document.state, 'succeeded');
    assert.equal(eventsOf(id).filter((event) => event.type === 'task.delegated').length, 1);
    await waitFor('nothing is open', () => harness.role.active() === 0);
  });
});
