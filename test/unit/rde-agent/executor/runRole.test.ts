import assert from 'node:assert/strict';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { fail, succeed, succeedWith, toOutput, untilAborted } from '../../../support/fakeRuntime.ts';
import { OWNER, RunRoleHarness, toLines } from '../../../support/runRole.ts';
import { waitFor } from '../../../support/waitFor.ts';

const CHAIN = { a: {}, b: { needs: ['a'] }, c: { needs: ['b'] } };
const isCode = (code: string) => (error: unknown) => error instanceof CairnError && error.code === code;

describe('executor: runs', () => {
  let harness: RunRoleHarness;
  beforeEach(async () => {
    harness = new RunRoleHarness();
    await harness.open();
  });
  afterEach(() => harness.remove());

  it('runs a chain and reuses all of it the second time, with reasons', async () => {
    const first = await harness.run(CHAIN);
    assert.deepEqual(toLines(first), ['a: succeeded executed', 'b: succeeded executed', 'c: succeeded executed']);
    assert.equal(first.steps[0]?.reasons[0]?.kind, 'no-prior');
    const second = await harness.run(CHAIN);
    assert.deepEqual(toLines(second), ['a: succeeded reused', 'b: succeeded reused', 'c: succeeded reused']);
    assert.deepEqual(
      second.steps.map((step) => step.reasons[0]?.kind),
      ['hit', 'hit', 'hit'],
    );
    assert.equal(second.saved, 1.5);
    assert.equal(harness.runtime.launched.length, 3);
  });

  it('runs again exactly what an edit affects, names the file, and reuses all after reverting', async () => {
    await harness.run({ ...CHAIN, d: { needs: ['a'] } });
    const edited = await harness.run({ ...CHAIN, b: { needs: ['a'], code: 'b = 2' }, d: { needs: ['a'] } });
    assert.deepEqual(toLines(edited), ['a: succeeded reused', 'b: succeeded executed', 'c: succeeded reused', 'd: succeeded reused']);
    assert.deepEqual(
      edited.steps[1]?.reasons.map(({ kind, file }) => [kind, file]),
      [['code', 'main.py']],
    );
    const reverted = await harness.run({ ...CHAIN, d: { needs: ['a'] } });
    assert.ok(reverted.steps.every((step) => step.decision === 'reused'));
  });

  it('cuts off early: equal output of a step that ran again reuses what follows; other output does not and names it', async () => {
    await harness.run(CHAIN);
    harness.runtime.on('b', ({ context }) => succeedWith([toOutput('out', { other: context.params })]));
    const other = await harness.run({ ...CHAIN, b: { needs: ['a'], code: 'b = 3' } });
    assert.equal(other.steps[2]?.decision, 'executed');
    assert.deepEqual(
      other.steps[2]?.reasons.map(({ kind, name, upstream }) => [kind, name, upstream]),
      [['input', 'in0', 'b']],
    );
  });

  it('fans out and joins in foreach order', async () => {
    harness.runtime.on('test/all', ({ context }) => {
      const [input] = context.inputs;
      assert.ok(input?.value.kind === 'list');
      const items = input.value.items.map((item) =>
        item.kind === 'inline' ? (JSON.parse(Buffer.from(item.data, 'base64').toString()) as unknown) : null,
      );
      return succeedWith([toOutput('out', items)]);
    });
    const document = await harness.run({ each: { foreach: ['x', 'y', 'z'] }, all: { needs: ['each[*]'] } });
    assert.deepEqual(
      document.steps.map((step) => step.step),
      ['each[x]', 'each[y]', 'each[z]', 'all'],
    );
    const bytes = await harness.store.blobs.read(document.steps[3]?.outputs['out']?.digest as `sha256:${string}`);
    const items = JSON.parse(Buffer.from(bytes ?? []).toString()) as readonly { readonly params: object }[];
    assert.deepEqual(
      items.map((item) => item.params),
      [{ each: 'x' }, { each: 'y' }, { each: 'z' }],
    );
    assert.equal(harness.runtime.mostRunning, 2);
  });

  it('skips what depends on a failure and goes on with the rest', async () => {
    harness.runtime.on('b', () => fail('user', 'ValueError: no'));
    const document = await harness.run({ ...CHAIN, d: { needs: ['a'] } });
    assert.equal(document.state, 'failed');
    assert.deepEqual(toLines(document), ['a: succeeded executed', 'b: failed executed', 'c: skipped -', 'd: succeeded executed']);
    assert.equal(document.steps[1]?.error?.message, 'ValueError: no');
    assert.equal(document.steps[1]?.attempts, 1);
  });

  it('tries again after a failure of the infrastructure, and gives up after the attempts of the policy', async () => {
    harness.runtime.on('a', (request) => (request.context.attempt < 3 ? fail('infrastructure') : succeed(request)));
    assert.equal((await harness.run({ a: {} })).steps[0]?.attempts, 3);
    harness.runtime.on('b', () => fail('infrastructure'));
    const document = await harness.run({ b: {} });
    assert.deepEqual([document.state, document.steps[0]?.attempts], ['failed', 3]);
  });

  it('stops an attempt that takes too long', async () => {
    harness.runtime.on('a', untilAborted);
    const document = await harness.run({ a: { changes: { timeout: 0.05 } } });
    assert.deepEqual([document.state, document.steps[0]?.error?.code], ['failed', 'timeout']);
    assert.equal(harness.runtime.running, 0);
  });

  it('cancels: running attempts are stopped, waiting tasks end, the run is cancelled once', async () => {
    harness.runtime.on('test/each', untilAborted);
    const { run } = await harness.role.submit(harness.toRequest({ each: { foreach: [1, 2, 3, 4] }, all: { needs: ['each[*]'] } }), OWNER);
    await waitFor('two tasks run', () => harness.runtime.running === 2);
    const answers = await Promise.all([
      harness.role.cancel(run, 'cancel-1', OWNER),
      harness.role.cancel(run, 'cancel-2', OWNER),
      harness.role.cancel(run, 'cancel-1', OWNER),
    ]);
    assert.deepEqual(
      answers.map((answer) => answer.state),
      ['cancelled', 'cancelled', 'cancelled'],
    );
    const document = await harness.finished(run);
    assert.ok(document.steps.every((step) => step.state === 'cancelled'));
    assert.equal(harness.runtime.running, 0);
    assert.equal((await harness.role.cancel(run, 'cancel-3', OWNER)).state, 'cancelled');
  });

  it('computes the same only once at a time: others wait and reuse, or take over when the first fails', async () => {
    const gate = Promise.withResolvers<undefined>();
    harness.runtime.on('a', async (request) => {
      await gate.promise;
      return harness.runtime.launched.length === 1 ? fail('user') : succeed(request);
    });
    const runs = await Promise.all(Array.from({ length: 20 }, () => harness.role.submit(harness.toRequest({ a: {} }), OWNER)));
    await waitFor('one task runs', () => harness.runtime.running === 1);
    gate.resolve(undefined);
    const documents = await Promise.all(runs.map(({ run }) => harness.finished(run)));
    assert.equal(harness.runtime.launched.length, 2);
    const decisions = documents.map(
      (document) => `${document.state} ${document.steps[0]?.decision ?? ''} ${document.steps[0]?.reasons[0]?.kind ?? ''}`,
    );
    assert.deepEqual([...new Set(decisions)].sort(), [
      'failed executed no-prior',
      'succeeded executed no-prior',
      'succeeded reused hit-after-wait',
    ]);
    assert.equal(decisions.filter((decision) => decision.endsWith('hit-after-wait')).length, 18);
  });

  it('lets a waiting run be cancelled, and goes on when the run it waited for is cancelled', async () => {
    harness.runtime.on('a', untilAborted);
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => harness.role.submit(harness.toRequest({ a: {} }), OWNER)));
    assert.ok(first && second && third);
    await waitFor('one task runs', () => harness.runtime.running === 1);
    await harness.role.cancel(second.run, 'cancel-second', OWNER);
    harness.runtime.on('a', succeed);
    await harness.role.cancel(first.run, 'cancel-first', OWNER);
    assert.equal((await harness.finished(third.run)).state, 'succeeded');
    assert.equal((await harness.finished(second.run)).state, 'cancelled');
  });

  it('answers a repeated key with the first run, also while it is under way, and refuses another body', async () => {
    const request = harness.toRequest({ a: {} });
    const runs = await Promise.all(Array.from({ length: 100 }, () => harness.role.submit(request, OWNER)));
    assert.equal(new Set(runs.map(({ run }) => run)).size, 1);
    await harness.finished(runs[0]?.run ?? '');
    assert.deepEqual(await harness.role.submit(request, OWNER), runs[0]);
    await assert.rejects(harness.role.submit({ ...request, force: true }, OWNER), isCode('conflict'));
    assert.equal(harness.runtime.launched.length, 1);
  });

  it('refuses what it cannot run, and keeps nothing of it', async () => {
    const request = harness.toRequest({ a: {} });
    await assert.rejects(harness.role.submit({ ...request, blobs: [] }, OWNER), isCode('unknown-blob'));
    const [first] = request.blobs;
    assert.ok(first);
    await assert.rejects(
      harness.role.submit({ ...request, blobs: [{ ...first, bytes: Buffer.from('other') }] }, OWNER),
      isCode('invalid-request'),
    );
    await assert.rejects(harness.role.submit(harness.toRequest({ a: { needs: ['b'] } }), OWNER), isCode('invalid-request'));
    await assert.rejects(harness.role.submit({ ...request, from: 'nobody' }, OWNER), isCode('unknown-step'));
    await assert.rejects(harness.role.submit(request, { id: 'local:other' }), isCode('denied'));
    assert.equal(harness.role.list({ limit: 10 }, OWNER).runs.length, 0);
    assert.equal(harness.role.active(), 0);
  });

  it('F15: publishes exactly what is declared', async () => {
    harness.runtime.on('a', () => succeedWith([]));
    assert.equal((await harness.run({ a: {} })).steps[0]?.error?.code, 'output-missing');
    harness.runtime.on('b', () => succeedWith([toOutput('out', 1), toOutput('more', 1)]));
    assert.equal((await harness.run({ b: {} })).steps[0]?.error?.code, 'output-unexpected');
    harness.runtime.on('c', () => succeedWith([{ ...toOutput('out', 1), digest: `sha256:${'1'.repeat(64)}` }]));
    const damaged = await harness.run({ c: {} });
    assert.deepEqual([damaged.steps[0]?.error?.code, damaged.steps[0]?.attempts], ['store-failed', 3]);
    harness.runtime.on('d', () => succeedWith([{ ...toOutput('out', 1), data: undefined, path: '/etc/hostname' }]));
    assert.equal(
      (await harness.run({ d: { changes: { retry: { attempts: 1, backoff: 0, on: [] } } } })).steps[0]?.error?.code,
      'store-failed',
    );
    assert.equal(harness.store.projections.recentEntries('test/a', 'a', 9).length, 0);
  });

  it('tells why an environment could not be made, after trying again, and goes on when it can', async () => {
    harness.runtime.prepareProblem = new CairnError('environment-failed', 'the index cannot be reached');
    const document = await harness.run({ a: {} });
    const [step] = document.steps;
    assert.deepEqual([step?.error?.code, step?.error?.message, step?.attempts], ['environment-failed', 'the index cannot be reached', 3]);
    harness.runtime.prepareProblem = undefined;
    assert.equal((await harness.run({ a: {} })).state, 'succeeded');
  });

  it('hands over inputs in the order of the contract: small ones inline, big ones by path, tables cut to columns', async () => {
    const columns = [{ name: 'x', type: 'int64' }];
    const table = { kind: 'table', open: false, columns } as const;
    const out = [{ name: 'out', type: table, addLabels: [] }];
    harness.runtime.on('t', () => succeedWith([{ ...toOutput('out', 'parquet bytes'), type: 'table', format: 'parquet', rows: 1 }]));
    harness.runtime.on('big', () => succeedWith([toOutput('out', 'x'.repeat(100_000))]));
    const sketches = { t: { contract: { outputs: out } }, big: {}, use: { needs: ['t', 'big', 't'] } };
    const contract = {
      inputs: [
        { name: 'in2', type: table },
        { name: 'in1', type: { kind: 'json' } as const },
        { name: 'in0', type: { ...table, open: true } },
      ],
    };
    assert.equal((await harness.run({ ...sketches, use: { ...sketches.use, contract } })).state, 'succeeded');
    const inputs = harness.runtime.launched.at(-1)?.inputs ?? [];
    assert.deepEqual(
      inputs.map(({ name, value }) => [name, value.kind, value.kind === 'list' ? null : value.columns]),
      [
        ['in2', 'inline', ['x']],
        ['in1', 'file', null],
        ['in0', 'inline', null],
      ],
    );
  });

  it('lists in pages that meet, newest first', async () => {
    const runs: string[] = [];
    for (const id of ['a', 'b', 'c', 'd', 'e']) runs.unshift((await harness.run({ [id]: {} })).run);
    const first = harness.role.list({ limit: 2 }, OWNER);
    const second = harness.role.list({ limit: 2, after: first.after }, OWNER);
    const third = harness.role.list({ limit: 2, after: second.after }, OWNER);
    assert.deepEqual(
      [...first.runs, ...second.runs, ...third.runs].map(({ run }) => run),
      runs,
    );
    assert.equal(third.after, undefined);
  });

  it('runs by force, without a cache, and from a step', async () => {
    await harness.run(CHAIN);
    const forced = await harness.run(CHAIN, { force: true });
    assert.deepEqual(
      forced.steps.map((step) => step.reasons[0]?.kind),
      ['forced', 'forced', 'forced'],
    );
    const off = { a: { changes: { cache: 'off' as const } } };
    assert.deepEqual(toLines(await harness.run(off)), ['a: succeeded executed']);
    assert.equal((await harness.run(off)).steps[0]?.reasons[0]?.kind, 'uncacheable');
    assert.deepEqual(toLines(await harness.run(CHAIN, { from: 'c', force: true })), [
      'a: succeeded reused',
      'b: succeeded reused',
      'c: succeeded executed',
    ]);
    const cold = await harness.run({ ...CHAIN, a: { code: 'new' } }, { from: 'c' });
    assert.deepEqual([cold.state, cold.steps[0]?.error?.code], ['failed', 'input-unreadable']);
  });

  it('runs again after the time to live, and when a blob is gone', async () => {
    const short = { a: { contract: { cache: { ttl: 60, version: 1, salt: '' } } } };
    await harness.run(short);
    assert.equal((await harness.run(short)).steps[0]?.decision, 'reused');
    harness.ahead = 61;
    assert.equal((await harness.run(short)).steps[0]?.reasons[0]?.kind, 'expired');
  });

  it('tells why a step never ran', async () => {
    harness.runtime.on('a', () => fail('user'));
    const { run } = await harness.run({ a: {}, b: { needs: ['a'] }, c: { needs: ['b'] } });
    const why = harness.role.why(run, 'b', OWNER);
    assert.deepEqual([why.decision, why.reasons.map(({ kind, upstream }) => [kind, upstream])], ['skipped', [['condition', 'a']]]);
    assert.deepEqual(harness.role.why(run, 'a', OWNER).decision, 'executed');
    assert.equal(harness.role.why(run, 'c', OWNER).decision, 'skipped');
  });

  it('plans what it then does', async () => {
    await harness.run(CHAIN);
    const edited = harness.toRequest({ ...CHAIN, b: { needs: ['a'], code: 'b = 2' } });
    const plan = await harness.role.plan(edited.definition, null, OWNER, edited.blobs.slice(2, 3));
    assert.deepEqual(
      plan.steps.map((step) => [step.step, step.decision]),
      [
        ['a', 'hit'],
        ['b', 'miss'],
        ['c', 'conditional'],
      ],
    );
    assert.equal(plan.steps[1]?.reasons[0]?.file, 'main.py');
    const { run } = await harness.role.submit(edited, OWNER);
    const document = await harness.finished(run);
    assert.equal(plan.steps[2]?.on, document.steps[1]?.outputs['out']?.logical);
    assert.equal(document.steps[2]?.decision, 'reused');
  });

  it('answers why, logs, lists and views', async () => {
    harness.runtime.on('a', (request) => {
      request.observer.output('out', Buffer.from('hello\nthere'));
      request.observer.metric('loss', 0.5, 1);
      request.observer.progress(1, 2, 'half');
      return succeed(request);
    });
    const { run } = await harness.run({ a: {} });
    assert.deepEqual(
      harness.role.why(run, 'a', OWNER).reasons.map((reason) => reason.kind),
      ['no-prior'],
    );
    assert.throws(() => harness.role.why(run, 'x', OWNER), isCode('unknown-step'));
    assert.throws(() => harness.role.show('no-run', OWNER), isCode('unknown-run'));
    assert.throws(() => harness.role.show(run, { id: 'other' }), isCode('denied'));
    const page = await harness.role.logs({ run, wait: true, limit: 10 }, OWNER, new AbortController().signal);
    assert.deepEqual(
      page.lines.map((line) => line.text),
      ['hello', 'there'],
    );
    assert.equal(page.done, true);
    const types = harness.role.events(run, 0, OWNER).map((recorded) => recorded.event.type);
    assert.deepEqual(types, [
      'run.submitted',
      'task.started',
      'task.running',
      'task.metric',
      'task.progress',
      'task.succeeded',
      'run.finished',
    ]);
    assert.deepEqual(
      harness.role.list({ limit: 10 }, OWNER).runs.map((summary) => [summary.run, summary.state]),
      [[run, 'succeeded']],
    );
    assert.deepEqual(harness.role.runsView(OWNER).runs, harness.role.list({ limit: 10 }, OWNER).runs);
  });

  it('refuses a task at dispatch when its submitter may not run any more, and takes nothing when it stops', async () => {
    await harness.close();
    await harness.open({
      authorize: (_who, action) => (action === 'dispatch' ? { kind: 'deny', reason: 'the budget is spent' } : { kind: 'allow' }),
    });
    const document = await harness.run({ a: {}, b: { needs: ['a'] } });
    assert.deepEqual([document.steps[0]?.error?.code, document.steps[0]?.error?.message], ['denied', 'the budget is spent']);
    assert.equal(document.steps[1]?.state, 'skipped');
    await harness.role.stop();
    await assert.rejects(harness.role.submit(harness.toRequest({ a: {} }), OWNER), isCode('agent-unreachable'));
  });

  it('tells in order what is recorded and what is durable', async () => {
    const seen: string[] = [];
    harness.role.onDidRecord((_run, recorded) => seen.push(...recorded.map(({ seq }) => `+${String(seq)}`)));
    harness.role.onDidCommit((_run, seq) => seen.push(`=${String(seq)}`));
    await harness.run(CHAIN);
    const recorded = seen.filter((entry) => entry.startsWith('+')).map(Number);
    assert.deepEqual(
      recorded,
      recorded.map((_, index) => index + 1),
    );
    const durable = seen.filter((entry) => entry.startsWith('=')).map((entry) => Number(entry.slice(1)));
    assert.deepEqual(
      durable,
      durable.toSorted((a, b) => a - b),
    );
    assert.equal(durable.at(-1), recorded.length);
    assert.ok(seen.indexOf('+1') < seen.findIndex((entry) => entry.startsWith('=')));
  });
});
