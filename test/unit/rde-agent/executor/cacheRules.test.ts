import assert from 'node:assert/strict';
import type { AgentConfig } from '../../../../rde-agent/protocol/agentConfig.ts';
import type { RunDocument } from '../../../../rde-agent/protocol/documents.ts';
import type { Principal } from '../../../../rde-agent/protocol/who.ts';
import { NO_CACHE_CONFIG } from '../../../../rde-agent/executor/cacheKeeper.ts';
import { fail, succeed, succeedWith, toOutput, untilAborted, type Behaviour } from '../../../support/fakeRuntime.ts';
import type { StepSketch } from '../../../support/pinnedWorkflow.ts';
import { OWNER, RunRoleHarness, toLines, untilFinished } from '../../../support/runRole.ts';
import { waitFor } from '../../../support/waitFor.ts';

const MISSING: Behaviour = () => succeedWith([]);
const BROKEN = { code: 'output-missing', message: 'output out was not returned' } as const;

describe('the rules of the cache', function () {
  this.timeout(60_000);
  let harness: RunRoleHarness;
  beforeEach(() => {
    harness = new RunRoleHarness();
  });
  afterEach(() => harness.remove());

  const reasons = ({ steps }: RunDocument): readonly string[] =>
    steps.map(({ step, state, reasons: [first] }) => `${step} ${state} ${first?.kind ?? ''}`);
  const durable = (run: string): Promise<RunDocument> => harness.finished(run);
  const config = (changes: { readonly [N in keyof typeof NO_CACHE_CONFIG]?: Partial<AgentConfig[N]> }): typeof NO_CACHE_CONFIG => ({
    audit: { ...NO_CACHE_CONFIG.audit, ...changes.audit },
    failures: { ...NO_CACHE_CONFIG.failures, ...changes.failures },
    retention: { ...NO_CACHE_CONFIG.retention, ...changes.retention },
  });

  describe('one computation per key', () => {
    it('F32: a worker that dies with fifty waiters leaves one owner at a time; all fifty end well, and one result is stored', async () => {
      await harness.open({ slots: 8 });
      let deaths = 0;
      let open: (() => void) | undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      harness.runtime.on('a', async (request) => {
        await gate;
        deaths += 1;
        return deaths <= 2 ? { kind: 'lost', message: 'killed' } : succeed(request);
      });
      const retry = { attempts: 5, backoff: 0, on: ['infrastructure'] } as const;
      const sketch: { readonly [step: string]: StepSketch } = { a: { changes: { retry } } };
      const submitted = await Promise.all(Array.from({ length: 51 }, () => harness.role.submit(harness.toRequest(sketch), OWNER)));
      const first = submitted[0]?.run ?? '';
      await waitFor('all the others wait', () => harness.role.cache.status().waiting === 50);
      const waiter = harness.role.show(submitted[1]?.run ?? '', OWNER).steps[0];
      assert.deepEqual(waiter?.waitsFor, { run: first, step: 'a' });
      open?.();
      const documents = await Promise.all(submitted.map(({ run }) => durable(run)));
      assert.ok(documents.every(({ state }) => state === 'succeeded'));
      assert.equal(harness.runtime.mostRunning, 1);
      assert.equal(harness.runtime.launched.length, 3);
      const told = documents.map(({ steps }) => steps[0]);
      assert.equal(told.filter((step) => step?.decision === 'reused').length, 50);
      // One that died itself may have come back when there was a result already.
      assert.ok(told.filter((step) => step?.reasons[0]?.kind === 'hit-after-wait').length >= 48);
      assert.equal([...harness.store.projections.allEntries()].length, 1);
      assert.deepEqual(
        documents.map(({ steps }) => steps[0]?.waitsFor).filter((each) => each !== undefined),
        [],
      );
      const { leases, waiting } = harness.role.cache.status();
      assert.deepEqual([leases, waiting], [0, 0]);
    });

    it('a cancelled owner hands over; a cancelled waiter is gone; an agent that dies leaves no lease behind', async () => {
      await harness.open();
      let calls = 0;
      harness.runtime.on('a', (request, signal) => (++calls === 1 ? untilAborted(request, signal) : succeed(request)));
      const [owner, waiter, other] = await Promise.all([0, 1, 2].map(() => harness.role.submit(harness.toRequest({ a: {} }), OWNER)));
      await waitFor('two wait', () => harness.role.cache.status().waiting === 2);
      await harness.role.cancel(waiter?.run ?? '', 'cancel-waiter', OWNER);
      await harness.role.cancel(owner?.run ?? '', 'cancel-owner', OWNER);
      assert.equal((await durable(other?.run ?? '')).state, 'succeeded');
      assert.equal(calls, 2);
      harness.runtime.on('b', untilAborted);
      const late = await harness.role.submit(harness.toRequest({ b: {} }), OWNER);
      await waitFor('b runs', () => harness.runtime.running === 1);
      await harness.close();
      harness.runtime.on('b', succeed);
      await harness.open();
      assert.equal((await durable(late.run)).state, 'succeeded');
    });

    it('a forced run goes beside the owner, waits for nobody, and its newer result is the one that is found', async () => {
      await harness.open();
      const opens: (() => void)[] = [];
      harness.runtime.on('a', (request) => new Promise((resolve) => opens.push(() => resolve(succeed(request)))));
      const owner = await harness.role.submit(harness.toRequest({ a: {} }), OWNER);
      await waitFor('the owner runs', () => opens.length === 1);
      // It has no earlier result, so nothing says that it is forced but the request.
      const forced = await harness.role.submit(harness.toRequest({ a: {} }, { force: true }), OWNER);
      await waitFor('both run, or the forced one waits', () => opens.length === 2 || harness.role.cache.status().waiting === 1);
      for (const open of opens.splice(0)) open();
      await waitFor('all have begun', () => opens.length > 0 || harness.role.active() === 0);
      for (const open of opens.splice(0)) open();
      for (const { run } of [owner, forced]) assert.equal((await durable(run)).steps[0]?.decision, 'executed');
    });
  });

  describe('failures that are certain', () => {
    it('come at once and say whose they were; an edit, a parameter, --force and time override', async () => {
      await harness.open({ cache: config({ failures: { keep: 100 } }) });
      harness.runtime.on('a', MISSING);
      const first = await harness.run({ a: {} });
      assert.deepEqual(toLines(first), ['a: failed executed']);
      const again = await harness.run({ a: {} });
      assert.deepEqual(reasons(again), ['a failed known-failure']);
      assert.equal(again.steps[0]?.error?.code, BROKEN.code);
      assert.match(again.steps[0]?.error?.message ?? '', new RegExp(`${BROKEN.message}.*in run ${first.run}.*--force`));
      assert.equal(harness.runtime.launched.length, 1);
      assert.equal((await harness.run({ a: {} }, { force: true })).steps[0]?.attempts, 1);
      assert.equal(harness.runtime.launched.length, 2);
      await harness.run({ a: { code: 'edited' } });
      await harness.run({ a: { params: { n: 1 } } });
      assert.equal(harness.runtime.launched.length, 4);
    });

    it('are never memory, time, what user code raises, or what its class does not promise', async () => {
      await harness.open({ cache: config({ failures: { keep: 100 } }) });
      harness.runtime.on('a', () => fail('user'));
      harness.runtime.on('b', () => ({ kind: 'failed', failure: 'resource', error: { code: 'out-of-memory', message: 'x' }, seconds: 1 }));
      harness.runtime.on('c', MISSING);
      const sketch: { readonly [step: string]: StepSketch } = { a: {}, b: {}, c: { contract: { determinism: 'stochastic' } } };
      for (let runs = 1; runs <= 2; runs++) {
        await harness.run(sketch);
        assert.equal(harness.runtime.launched.filter(({ task }) => task === 'c').length, runs);
        assert.equal(harness.runtime.launched.filter(({ task }) => task === 'a').length, runs);
      }
    });

    it('are forgotten when time has passed, and never known where agent.yaml says so', async () => {
      let now = 0;
      const clock = { now: () => new Date().toISOString(), monotonic: () => now };
      await harness.open({ cache: config({ failures: { keep: 10 } }), clock });
      harness.runtime.on('a', MISSING);
      await harness.run({ a: {} });
      now = 11;
      await harness.run({ a: {} });
      assert.equal(harness.runtime.launched.length, 2);
      await harness.close();
      await harness.open({ cache: config({ failures: { keep: 0 } }) });
      await harness.run({ a: {} });
      await harness.run({ a: {} });
      assert.equal(harness.runtime.launched.length, 4);
    });
  });

  describe('who may be given which result', () => {
    const other: Principal = { id: 'local:other' };
    const secret: { readonly [step: string]: StepSketch } = {
      data: { module: 'test/secret', changes: { kind: 'dataset' } },
      clean: { needs: ['data'] },
      train: { needs: ['clean'] },
      apart: {},
    };

    it('A30, A57: a result whose inputs may not be read looks exactly like none, in runs, plans and reasons', async () => {
      const denied = new Set(['test/secret']);
      await harness.open({
        authorize: (who, action, resource) =>
          who.id === other.id && action === 'read' && resource.kind === 'dataset' && denied.has(resource.id)
            ? { kind: 'deny', reason: 'no clearance' }
            : { kind: 'allow' },
      });
      await harness.run(secret);
      const run = async (who: Principal, sketch = secret): Promise<RunDocument> => {
        const submitted = await harness.role.submit(harness.toRequest(sketch), who);
        return untilFinished(harness.role, submitted.run);
      };
      const plan = await harness.role.plan(harness.toRequest(secret).definition, null, other);
      const refused = await run(other);
      // What somebody without any earlier result is told.
      const fresh = new RunRoleHarness();
      try {
        await fresh.open({ authorize: () => ({ kind: 'allow' }) });
        const planned = await fresh.role.plan(fresh.toRequest(secret).definition, null, other);
        const missed = await fresh.run(secret);
        const shape = (document: RunDocument): unknown =>
          document.steps.map(({ step, decision, reasons: told }) => ({ step, decision, told }));
        const about = (steps: readonly { readonly step: string }[]): readonly unknown[] => steps.filter(({ step }) => step !== 'apart');
        assert.deepEqual(about(shape(refused) as { step: string }[]), about(shape(missed) as { step: string }[]));
        const bare = ({ steps }: typeof plan): unknown =>
          about(steps.map(({ step, decision, reasons: told }) => ({ step, decision, told })));
        assert.deepEqual(bare(plan), bare(planned));
      } finally {
        await fresh.remove();
      }
      // What does not come from the data is nobody's secret.
      assert.equal(refused.steps.find(({ step }) => step === 'apart')?.decision, 'reused');
      // As things are now: whoever is cleared later may have it.
      denied.clear();
      assert.deepEqual(new Set((await run(other)).steps.map(({ decision }) => decision)), new Set(['reused']));
      denied.add('test/secret');
      assert.equal((await run(other)).steps.find(({ step }) => step === 'train')?.decision, 'executed');
    });

    it('A30: an input that is the same by content but came from other data does not open the result', async () => {
      await harness.open({
        authorize: (who, action, { kind, id }) =>
          who.id === other.id && action === 'read' && kind === 'dataset' && id === 'test/secret'
            ? { kind: 'deny', reason: 'x' }
            : { kind: 'allow' },
      });
      const same: Behaviour = () => succeedWith([toOutput('out', [1])]);
      harness.runtime.on('test/secret', same);
      harness.runtime.on('test/open', same);
      const sketch = (module: string): { readonly [step: string]: StepSketch } => ({
        data: { module, changes: { kind: 'dataset' } },
        train: { needs: ['data'] },
      });
      await harness.run(sketch('test/secret'));
      const submitted = await harness.role.submit(harness.toRequest(sketch('test/open')), other);
      const document = await untilFinished(harness.role, submitted.run);
      assert.deepEqual(toLines(document), ['data: succeeded executed', 'train: succeeded executed']);
    });

    it('A29: results of one domain are neither found nor written by runs of another', async () => {
      await harness.open();
      const domain = (name: 'experiment' | 'production' | 'adhoc'): Promise<RunDocument> => {
        const request = harness.toRequest({ a: {} });
        return harness.role
          .submit({ ...request, definition: { ...request.definition, domain: name } }, OWNER)
          .then(({ run }) => durable(run));
      };
      assert.deepEqual(toLines(await domain('adhoc')), ['a: succeeded executed']);
      assert.deepEqual(toLines(await domain('production')), ['a: succeeded executed']);
      assert.deepEqual(toLines(await domain('production')), ['a: succeeded reused']);
      assert.deepEqual(toLines(await domain('experiment')), ['a: succeeded executed']);
      const scopes = [...harness.store.projections.allEntries()].map(({ parts, producer }) => `${parts.scope.domain} ${producer.run}`);
      assert.equal(new Set(scopes).size, 3);
    });
  });

  it('a result is stored after exit 0 with exactly its declared outputs: none, too many or another kind fail and leave nothing (A32)', async () => {
    await harness.open();
    const bad: readonly Behaviour[] = [
      MISSING,
      (request) => succeedWith([toOutput('out', 1), toOutput(`extra-${request.context.task}`, 2)]),
      () => succeedWith([{ ...toOutput('out', 1), type: 'table' }]),
      () => succeedWith([{ ...toOutput('out', 1), digest: `sha256:${'0'.repeat(64)}` }]),
    ];
    for (const behaviour of bad) {
      harness.runtime.on('a', behaviour);
      const document = await harness.run({ a: { changes: { retry: { attempts: 1, backoff: 0, on: [] } } } });
      assert.equal(document.state, 'failed');
      assert.equal([...harness.store.projections.allEntries()].length, 0);
    }
    harness.runtime.on('a', succeed);
    assert.deepEqual(toLines(await harness.run({ a: {} })), ['a: succeeded executed']);
  });

  it('a hit tells lineage again and carries the seconds that the producer measured', async () => {
    await harness.open();
    await harness.run({ a: {}, b: { needs: ['a'] } });
    const again = await harness.run({ a: {}, b: { needs: ['a'] } });
    assert.equal(again.saved, 1);
    const events = harness.role.events(again.run, 0, OWNER).flatMap(({ event }) => (event.type === 'task.reused' ? [event] : []));
    assert.deepEqual(
      events.map(({ task, saved, lineage }) => [task, saved, lineage.flatMap(({ sources }) => sources.map((source) => source.task))]),
      [
        ['a', 0.5, []],
        ['b', 0.5, ['a']],
      ],
    );
    assert.equal(harness.role.cache.status().hits, 2);
    assert.equal(harness.role.cache.status().saved, 1);
  });

  it('a stochastic result is pinned: the first one stands until somebody forces another', async () => {
    await harness.open({ cache: config({ audit: { share: 1, excused: 1, longest: 100 } }) });
    let count = 0;
    harness.runtime.on('a', () => succeedWith([toOutput('out', ++count)]));
    const sketch: { readonly [step: string]: StepSketch } = { a: { contract: { determinism: 'stochastic' } } };
    const digest = async (force = false): Promise<string | undefined> =>
      (await harness.run(sketch, { force })).steps[0]?.outputs['out']?.digest;
    const first = await digest();
    assert.equal(await digest(), first);
    const second = await digest(true);
    assert.notEqual(second, first);
    assert.equal(await digest(), second);
    assert.equal(count, 2, 'no audit executes what promises nothing');
  });

  it('what has side effects is executed by every run and stored by none', async () => {
    await harness.open();
    for (let runs = 1; runs <= 2; runs++) {
      const document = await harness.run({ a: { contract: { determinism: 'sideEffect' } } });
      assert.deepEqual(reasons(document), ['a succeeded uncacheable']);
      assert.equal(harness.runtime.launched.length, runs);
    }
    const both = await Promise.all([0, 1].map(() => harness.run({ a: { contract: { determinism: 'sideEffect' } } })));
    assert.equal(both.length, 2);
    assert.equal(harness.runtime.launched.length, 4);
  });

  it('salt and version each miss by their own name, and find their own result again', async () => {
    await harness.open();
    const sketch = (version: number, salt: string): { readonly [step: string]: StepSketch } => ({
      a: { contract: { cache: { version, salt } } },
    });
    const first = async (version: number, salt: string): Promise<string> => reasons(await harness.run(sketch(version, salt)))[0] ?? '';
    assert.equal(await first(1, ''), 'a succeeded no-prior');
    assert.equal(await first(2, ''), 'a succeeded version');
    assert.equal(await first(2, 'x'), 'a succeeded salt');
    assert.equal(await first(1, ''), 'a succeeded hit');
    assert.equal(await first(2, 'x'), 'a succeeded hit');
  });
});
