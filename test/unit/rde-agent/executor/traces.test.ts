import assert from 'node:assert/strict';
import { writeFileSync, utimesSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeBefore, CodeNow, Trace, TraceVerdict } from '../../../../rde-agent/protocol/trace.ts';
import type { TraceAnalysis } from '../../../../rde-agent/executor/traceAnalysis.ts';
import type { PlanDocument } from '../../../../rde-agent/protocol/documents.ts';
import { succeed } from '../../../support/fakeRuntime.ts';
import { artifactOf, digestOf, type StepSketch } from '../../../support/pinnedWorkflow.ts';
import { OWNER, RunRoleHarness, toLines } from '../../../support/runRole.ts';
import { toSampleTrace } from '../../../support/sampleTrace.ts';

/** What a task of a test ran: its main file in words, of which the first one counts. */
function traceOf(code: string, changes: Partial<Trace> = {}): Trace {
  return toSampleTrace(digestOf(code), changes);
}

/** Equal as long as the first words of the files are; it has to have read both. */
class FirstWords implements TraceAnalysis {
  readonly #words = new Map<string, string>();
  judged = 0;

  judge({ trace }: CodeBefore, now: CodeNow): TraceVerdict {
    this.judged += 1;
    const [before, after] = [trace.code['main.py']?.digest ?? '', now.files['main.py'] ?? ''];
    const sources = [before, after].filter((digest) => !this.#words.has(digest));
    if (sources.length > 0)
      return { kind: 'unknown', sources: sources.map((digest) => ({ python: '3.13', digest: digest as `sha256:${string}` })) };
    if (this.#words.get(before) === this.#words.get(after)) return { kind: 'same', excused: false };
    return { kind: 'differs', reasons: [{ kind: 'code', symbol: 'run', file: 'main.py', line: 1, message: 'run was edited' }] };
  }

  async learn(sources: Parameters<TraceAnalysis['learn']>[0], read: Parameters<TraceAnalysis['learn']>[1]): Promise<void> {
    for (const { digest } of sources) {
      const bytes = await read(digest);
      if (bytes === undefined) throw new Error('it is not here');
      this.#words.set(digest, new TextDecoder().decode(bytes).split(' ')[0] ?? '');
    }
  }
}

describe('executor: results found by their traces', () => {
  let harness: RunRoleHarness;
  let analysis: FirstWords;
  let codes: Map<string, string>;
  let changes: Partial<Trace>;

  beforeEach(async () => {
    harness = new RunRoleHarness();
    analysis = new FirstWords();
    codes = new Map();
    changes = {};
    await harness.open({ analysis });
  });
  afterEach(() => harness.remove());

  /** Every task is traced, and says what its code was. */
  function sketch(code: string, more: StepSketch = {}): { readonly a: StepSketch } {
    codes.set('a', code);
    harness.runtime.on('test/a', (request) => {
      assert.equal(request.context.trace, true);
      return { ...succeed(request), trace: traceOf(codes.get('a') ?? '', changes) };
    });
    return { a: { code, ...more } };
  }

  function plan(sketches: { readonly a: StepSketch }): Promise<PlanDocument> {
    const { definition, blobs } = harness.toRequest(sketches);
    const known = new Map(blobs.map(({ digest, bytes }) => [digest as string, bytes]));
    const manifests = blobs.filter(({ digest }) => digest === artifactOf('test/a', sketches.a.code ?? '').digest);
    return harness.role.plan(definition, null, OWNER, manifests, (digest) => Promise.resolve(known.get(digest)));
  }

  async function decided(sketches: { readonly a: StepSketch }): Promise<string> {
    const predicted = (await plan(sketches)).steps[0];
    const document = await harness.run(sketches);
    const reasons = document.steps[0]?.reasons ?? [];
    assert.deepEqual(predicted?.reasons, reasons);
    assert.equal(predicted?.decision, document.steps[0]?.decision === 'reused' ? 'hit' : 'miss');
    return `${document.steps[0]?.decision ?? ''}: ${reasons.map((each) => [each.kind, each.symbol, each.name].filter(Boolean).join(' ')).join(', ')}`;
  }

  it('reuses what ran the same, though its key is another, and plans it', async () => {
    assert.equal(await decided(sketch('one comment')), 'executed: no-prior');
    assert.equal(await decided(sketch('one other')), 'reused: hit');
    assert.equal(await decided(sketch('two')), 'executed: code run');
    assert.equal(await decided(sketch('one third', { params: {} })), 'reused: hit');
  });

  it('knows the second key by itself from then on, also after a rebuild', async () => {
    await harness.run(sketch('one'));
    await harness.run(sketch('one other'));
    await harness.close();
    rmSync(join(harness.folder, 'projections.db'));
    const blind: TraceAnalysis = {
      judge: () => assert.fail('nothing is to be judged'),
      learn: () => assert.fail('nothing is to be learned'),
    };
    await harness.open({ analysis: blind });
    assert.deepEqual(toLines(await harness.run(sketch('one other'))), ['a: succeeded reused']);
  });

  it('names code and parameter when both changed, and not what the trace excuses', async () => {
    await harness.run(sketch('one', { params: { p: 1 } }));
    assert.equal(await decided(sketch('two', { params: { p: 2 } })), 'executed: code run, param p');
    assert.equal(await decided(sketch('two comment', { params: { p: 3 } })), 'executed: param p');
  });

  it('compares with a traced result rather than with one of which only the whole code is known', async () => {
    const traced = sketch('one', { params: { p: 1 } });
    await harness.run(traced);
    harness.runtime.on('test/a', succeed);
    await harness.run({ a: { code: 'old', params: { p: 2 } } });
    assert.equal(await decided(sketch('two', { params: { p: 2 } })), 'executed: code run, param p');
  });

  it('takes the next candidate where the newest has lost its content', async () => {
    await harness.run(sketch('one'));
    const second = await harness.run(sketch('two'));
    assert.equal(toLines(second)[0], 'a: succeeded executed');
    assert.deepEqual(toLines(await harness.run(sketch('one again'))), ['a: succeeded reused']);
  });

  it('looks at files outside of everything declared before every reuse, by an equal key too', async () => {
    const path = join(harness.folder, 'outside.txt');
    writeFileSync(path, 'first');
    changes = { outside: { [path]: digestOf('first'), [`${path}.absent`]: null } };
    assert.equal(await decided(sketch('one')), 'executed: no-prior');
    assert.equal(await decided(sketch('one')), 'reused: hit');
    writeFileSync(path, 'other');
    utimesSync(path, 1, 1);
    changes = { outside: { [path]: digestOf('other'), [`${path}.absent`]: null } };
    assert.equal(await decided(sketch('one')), 'executed: file');
    assert.equal(await decided(sketch('one comment')), 'reused: hit');
    writeFileSync(`${path}.absent`, '');
    assert.equal(await decided(sketch('one more')), 'executed: file');
  });

  it('keeps nothing of a task that could not be traced, and says so', async () => {
    harness.runtime.on('test/a', (request) => ({ ...succeed(request), untraced: 'its hooks were taken' }));
    const first = await harness.run({ a: {} });
    assert.deepEqual(
      first.steps[0]?.reasons.map(({ kind }) => kind),
      ['no-prior', 'uncacheable'],
    );
    const second = await harness.run({ a: {} });
    assert.deepEqual(toLines(second), ['a: succeeded executed']);
    assert.match(second.steps[0]?.reasons[0]?.message ?? '', /not kept: its hooks were taken/);
  });

  it('keeps no trace that tells the value of a secret, and so no result', async () => {
    await harness.close();
    await harness.open({ analysis, readSecret: () => Promise.resolve('s3cret-value') });
    changes = { words: ['s3cret-value'] };
    const { definition, blobs } = harness.toRequest(sketch('one'));
    const environments = definition.environments.map((environment) => ({ ...environment, secrets: ['TOKEN'] }));
    const { run } = await harness.role.submit(
      { key: 'secret', definition: { ...definition, environments }, blobs, force: false, from: null },
      OWNER,
    );
    const document = await harness.finished(run);
    assert.deepEqual(
      document.steps[0]?.reasons.map(({ kind }) => kind),
      ['no-prior', 'uncacheable'],
    );
    const recorded = JSON.stringify(harness.role.events(run, 0, OWNER));
    assert.ok(!recorded.includes('s3cret-value'));
  });

  it('does not reuse where a trace or a source is gone', async () => {
    await harness.run(sketch('one'));
    const { definition, blobs } = harness.toRequest(sketch('one comment'));
    const predicted = await harness.role.plan(definition, null, OWNER, blobs.slice(0, 1));
    assert.deepEqual(
      predicted.steps.map(({ decision, reasons }) => [decision, reasons[0]?.kind]),
      [['miss', 'code']],
    );
  });

  it('judges a fan-out with one trace once', async () => {
    const foreach = Array.from({ length: 300 }, (_, index) => index);
    await harness.run(sketch('one', { foreach }));
    const before = analysis.judged;
    const document = await harness.run(sketch('one comment', { foreach }));
    assert.equal(document.steps.filter(({ decision }) => decision === 'reused').length, 300);
    assert.ok(analysis.judged - before <= 8, String(analysis.judged - before));
  });
});
