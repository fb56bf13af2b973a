import assert from 'node:assert/strict';
import type { RunDocument } from '../../../../rde-agent/protocol/documents.ts';
import { succeed, untilAborted } from '../../../support/fakeRuntime.ts';
import type { SubmitRequest } from '../../../../rde-agent/protocol/roles.ts';
import type { LaunchRequest, Outcome } from '../../../../rde-agent/runtimes/runtime.ts';
import type { StepSketch } from '../../../support/pinnedWorkflow.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';
import { waitFor } from '../../../support/waitFor.ts';

const MANY = 10_000;
const LIST = { inputs: [{ name: 'in0', type: { kind: 'list', of: { kind: 'json' } } as const }] };
const elements = Array.from({ length: MANY }, (_, index) => index);

const SHAPES: { readonly [name: string]: { readonly [step: string]: StepSketch } } = {
  wide: { wide: { foreach: elements } },
  diamond: { top: {}, side: { foreach: elements.slice(2), needs: ['top'] }, join: { needs: ['side[*]'], contract: LIST } },
  deep: Object.fromEntries(
    elements.map((index) => [
      `s${String(index)}`,
      { module: 'test/link', code: 'link', ...(index === 0 ? {} : { needs: [`s${String(index - 1)}`] }) },
    ]),
  ),
};

/** F34: what a workflow of ten thousand tasks does to one run role. Times are printed, not asserted. */
describe('executor: ten thousand tasks', function () {
  this.timeout(300_000);
  let harness: RunRoleHarness;
  beforeEach(() => {
    harness = new RunRoleHarness();
  });
  afterEach(() => harness.remove());

  function timed<T>(what: string, seconds: { [what: string]: number }, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    return work().finally(() => (seconds[what] = Math.round(performance.now() - began) / 1000));
  }

  /** A process answers in another turn of the event loop; without that nothing else of the agent would get its turn. */
  async function inAnotherTurn(request: LaunchRequest): Promise<Outcome> {
    await new Promise(setImmediate);
    return succeed(request);
  }

  async function run(request: SubmitRequest): Promise<RunDocument> {
    const ended = Promise.withResolvers<undefined>();
    const listener = harness.role.onDidChangeRuns(({ run }) =>
      run.state === 'succeeded' || run.state === 'failed' ? ended.resolve(undefined) : undefined,
    );
    const { run } = await harness.role.submit(request, OWNER);
    await ended.promise;
    listener.dispose();
    return harness.finished(run);
  }

  for (const [shape, sketches] of Object.entries(SHAPES)) {
    it(`F34: plans, runs, shows and cancels ten thousand tasks, ${shape}`, async () => {
      await harness.open({ slots: 8 });
      for (const module of ['test/wide', 'test/side', 'test/link']) harness.runtime.on(module, inAnotherTurn);
      const seconds: { [what: string]: number } = {};
      const request = harness.toRequest(sketches);
      const plan = await timed('plan', seconds, () => harness.role.plan(request.definition, null, OWNER));
      assert.equal(plan.steps.length, MANY);
      const document = await timed('run', seconds, () => run(request));
      assert.equal(document.state, 'succeeded');
      assert.equal(document.steps.length, MANY);
      assert.ok(document.steps.every((step) => step.state === 'succeeded'));
      const again = await timed('reuse', seconds, () => run(harness.toRequest(sketches)));
      assert.ok(again.steps.every((step) => step.decision === 'reused'));
      for (const task of ['wide[3]', 'side[5]', 's2']) harness.runtime.on(task, untilAborted);
      const forced = await harness.role.submit(harness.toRequest(sketches, { force: true }), OWNER);
      await waitFor('it runs', () => harness.runtime.running > 0);
      const { state } = await timed('cancel', seconds, () => harness.role.cancel(forced.run, 'cancel-key', OWNER));
      assert.equal(state, 'cancelled');
      const { view } = harness.role.view(forced.run, OWNER) ?? {};
      assert.ok(Object.values(view?.tasks ?? {}).every((task) => task.state === 'cancelled' || task.state === 'succeeded'));
      process.stdout.write(
        `        ${shape}: ${JSON.stringify(seconds)}, rss ${String(Math.round(process.memoryUsage.rss() / 2 ** 20))} MiB\n`,
      );
    });
  }
});
