import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../../../language/model/names.ts';
import type { GarbageDocument } from '../../../../rde-agent/protocol/cacheDocuments.ts';
import type { RunDocument } from '../../../../rde-agent/protocol/documents.ts';
import type { PushRequest } from '../../../../rde-agent/protocol/roles.ts';
import type { WorkerOutput } from '../../../../rde-agent/protocol/runner.ts';
import { toTreeText } from '../../../../rde-agent/protocol/tree.ts';
import { succeed, succeedWith, toOutput, untilAborted } from '../../../support/fakeRuntime.ts';
import { artifactOf, blobsOf, digestOf, sketchWorkflow, type StepSketch } from '../../../support/pinnedWorkflow.ts';
import { OWNER, RunRoleHarness, toLines } from '../../../support/runRole.ts';
import { waitFor } from '../../../support/waitFor.ts';

type Sketch = { readonly [step: string]: StepSketch };
const DAY = 24 * 3600;
const BIG = 'x'.repeat(100_000);

/** A directory of two files, one of which every run shares, as a worker hands it over. */
function makeFolder(folder: string, name: string): WorkerOutput {
  const path = join(folder, 'folder');
  mkdirSync(path);
  const files = [['own', `${name}${BIG}`] as const, ['shared', `shared${BIG}`] as const].map(([file, text]) => {
    writeFileSync(join(path, file), text);
    return { path: file, mode: 0o644, digest: `sha256:${createHash('sha256').update(text).digest('hex')}`, size: text.length };
  });
  const manifest = Buffer.from(JSON.stringify({ v: 1, files }));
  const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
  return {
    name: 'out',
    type: 'directory',
    format: 'manifest',
    path,
    data: manifest.toString('base64'),
    digest,
    logical: digest,
    exact: true,
    bytes: manifest.length,
  };
}

describe('garbage collection', function () {
  this.timeout(60_000);
  let harness: RunRoleHarness;
  beforeEach(async () => {
    harness = new RunRoleHarness();
    // Content that was used a moment ago is to go as well.
    harness.keptAfterUse = 0;
    await harness.open();
  });
  afterEach(() => harness.remove());

  const collect = (days = 0, more: { readonly dryRun?: boolean; readonly bytes?: number } = {}): Promise<GarbageDocument> =>
    harness.role.cache.collect({ dryRun: false, days, ...more }, OWNER);
  const ended = async (sketch: Sketch): Promise<RunDocument> => {
    const document = await harness.run(sketch);
    await waitFor('it is closed', () => harness.role.active() === 0);
    return document;
  };
  const has = (digest: string): boolean => harness.store.blobs.has(digest as Digest);
  const outputs = ({ steps }: RunDocument): readonly string[] =>
    steps.flatMap((step) => Object.values(step.outputs).map(({ digest }) => digest));
  const entries = (): readonly string[] => Array.from(harness.store.projections.allEntries(), ({ id }) => id);

  /** As a list of runs says, and as those who follow it are told. */
  const isPinned = (run: string): readonly (boolean | undefined)[] =>
    [harness.role.list({ limit: 100 }, OWNER), harness.role.runsView(OWNER)].map(({ runs }) => runs.find((one) => one.run === run)?.pinned);

  it('keeps what is recent; takes what is old, results before content, and says how much', async () => {
    const first = await ended({ a: {}, b: { needs: ['a'] } });
    const kept = await collect(1);
    assert.deepEqual([kept.entries, kept.blobs, kept.kept.entries], [0, 0, 2]);
    harness.ahead = 2 * DAY;
    const dry = await collect(1, { dryRun: true });
    assert.equal(dry.dryRun, true);
    assert.equal(entries().length, 2);
    const gone = await collect(1);
    assert.deepEqual({ ...gone, seconds: 0, dryRun: true }, { ...dry, seconds: 0 });
    assert.equal(gone.entries, 2);
    assert.ok(gone.blobs >= 2 && gone.bytes > 0);
    assert.deepEqual(entries(), []);
    assert.ok(outputs(first).every((digest) => !has(digest)));
    assert.deepEqual(
      harness.role.show(first.run, OWNER).steps.map(({ state }) => state),
      ['succeeded', 'succeeded'],
      'the record stays',
    );
    assert.deepEqual(toLines(await ended({ a: {}, b: { needs: ['a'] } })), ['a: succeeded executed', 'b: succeeded executed']);
    assert.deepEqual((await collect(1)).entries, 0);
  });

  it('keeps an old result that a recent run has used, with all of it', async () => {
    harness.runtime.on('a', ({ context }) => succeedWith([makeFolder(context.outputDir, 'a')]));
    const sketch: Sketch = { a: { contract: { outputs: [{ name: 'out', type: { kind: 'directory' }, addLabels: [] }] } } };
    await ended(sketch);
    harness.ahead = 2 * DAY;
    assert.deepEqual(toLines(await ended(sketch)), ['a: succeeded reused']);
    assert.equal((await collect(1)).entries, 0);
    assert.deepEqual(toLines(await ended(sketch)), ['a: succeeded reused']);
    harness.ahead = 4 * DAY;
    const { entries: gone, bytes } = await collect(1);
    assert.equal(gone, 1);
    assert.ok(bytes > 2 * BIG.length);
    assert.deepEqual(toLines(await ended(sketch)), ['a: succeeded executed']);
  });

  it('keeps files that a needed directory shares with an old one', async () => {
    const folder: Sketch[string] = { contract: { outputs: [{ name: 'out', type: { kind: 'directory' }, addLabels: [] }] } };
    for (const step of ['a', 'b']) harness.runtime.on(step, ({ context }) => succeedWith([makeFolder(context.outputDir, step)]));
    await ended({ a: folder });
    harness.ahead = 2 * DAY;
    await ended({ b: folder });
    assert.equal((await collect(1)).entries, 1);
    const sketch: Sketch = { b: folder, use: { needs: ['b'] } };
    assert.deepEqual(toLines(await ended(sketch)), ['b: succeeded reused', 'use: succeeded executed']);
    const paths = harness.runtime.launched.at(-1)?.inputs.map(({ value }) => (value.kind === 'file' ? readdirSync(value.path).sort() : []));
    assert.deepEqual(paths, [['own', 'shared']]);
  });

  it('keeps a pinned run whole, and lets it go when it is pinned no more', async () => {
    const sketch: Sketch = { a: {}, b: { needs: ['a'] } };
    const first = await ended(sketch);
    const told: unknown[] = [];
    harness.role.onDidChangeRuns(({ run: { run, state, pinned } }) => told.push([run, state, pinned]));
    await harness.role.cache.pin(first.run, true, OWNER);
    assert.deepEqual(told, [[first.run, 'succeeded', true]]);
    assert.deepEqual(isPinned(first.run), [true, true]);
    harness.ahead = 2 * DAY;
    assert.equal((await collect(1)).entries, 0);
    assert.ok(outputs(first).every(has));
    await harness.close();
    await harness.open();
    assert.equal((await collect(1)).entries, 0);
    const { run } = await harness.role.rerun(
      { run: first.run, from: 'b', force: false, params: {}, texts: undefined, key: 'rerun-key' },
      OWNER,
    );
    assert.equal((await harness.finished(run)).state, 'succeeded');
    await harness.role.cache.pin(first.run, false, OWNER);
    assert.deepEqual(isPinned(first.run), [undefined, undefined]);
    harness.ahead = 4 * DAY;
    // The rerun has made another result of b.
    assert.equal((await collect(1)).entries, 3);
    await assert.rejects(harness.role.cache.pin('01999999-0000-7000-8000-000000000000', true, OWNER), { code: 'unknown-run' });
  });

  it('keeps what a tag has named before, so that it can go back', async () => {
    const tags = ['latestAlpha', 'stable'];
    await harness.role.push({ ...pushOf({ pushed: { code: 'first code' } }), tags, workflows: [] }, OWNER);
    await harness.role.push({ ...pushOf({ pushed: { code: 'second code' } }), tags, workflows: [] }, OWNER);
    harness.ahead = 800 * DAY;
    await collect();
    const { moved } = await harness.role.releases.rollback(
      { module: 'test/pushed', tag: 'stable', to: undefined, expect: undefined, dryRun: false, key: 'rollback-key' },
      OWNER,
    );
    assert.equal(moved[0]?.to, artifactOf('test/pushed', 'first code').digest);
  });

  it('keeps what tags, pushed trees and published workflows need', async () => {
    const push = await harness.role.push(pushOf({ pushed: { code: 'pushed code' } }), OWNER);
    const artifact = artifactOf('test/pushed', 'pushed code');
    harness.ahead = 400 * DAY;
    assert.equal((await collect()).blobs, 0);
    assert.ok([push.tree, artifact.digest, ...artifact.blobs.map(({ digest }) => digest)].every(has));
    const { run } = await harness.role.trigger({ workflow: 'test/flow', params: {}, texts: undefined, key: 'trigger-key' }, OWNER);
    assert.equal((await harness.finished(run)).state, 'succeeded');
    await waitFor('it is closed', () => harness.role.active() === 0);
    // What nothing names any more goes, and can be pushed again.
    await harness.role.push(pushOf({ pushed: { code: 'other code' } }), OWNER);
    harness.ahead = 800 * DAY;
    assert.ok((await collect()).blobs >= 2);
    assert.ok(!has(artifact.digest));
    const again = pushOf({ pushed: { code: 'pushed code' } });
    const missing = new Set(harness.role.missing(again.blobs.map(({ digest }) => digest)));
    await harness.role.push({ ...again, key: 'push-again', blobs: again.blobs.filter(({ digest }) => missing.has(digest)) }, OWNER);
    const second = await harness.role.trigger({ workflow: 'test/flow', params: {}, texts: undefined, key: 'trigger-again' }, OWNER);
    assert.equal((await harness.finished(second.run)).state, 'succeeded');
  });

  it('leaves open runs alone, and what they wait for', async () => {
    harness.runtime.on('b', untilAborted);
    const { run } = await harness.role.submit(harness.toRequest({ a: {}, b: { needs: ['a'] }, c: { needs: ['a', 'b'] } }), OWNER);
    await waitFor('b runs', () => harness.runtime.running === 1);
    harness.ahead = 10 * DAY;
    assert.deepEqual([(await collect()).entries], [0]);
    await harness.close();
    await harness.open();
    await waitFor('b runs again', () => harness.runtime.running === 1);
    await collect();
    harness.runtime.on('b', succeed);
    await harness.close();
    await harness.open();
    assert.equal((await harness.finished(run)).state, 'succeeded');
  });

  it('keeps the newest within a limit of bytes', async () => {
    const runs: RunDocument[] = [];
    for (const name of ['one', 'two', 'three']) {
      harness.ahead += 10;
      harness.runtime.on('a', () => succeedWith([toOutput('out', `${name}${BIG}`)]));
      runs.push(await ended({ a: { params: { name } } }));
    }
    assert.equal((await collect(1, { bytes: 2.5 * BIG.length })).entries, 1);
    assert.deepEqual(
      runs.map((document) => outputs(document).every(has)),
      [false, true, true],
    );
  });

  it('F43: runs, pushes and reads go on while it collects again and again, and none of them ever misses anything', async function () {
    this.timeout(120_000);
    await harness.close();
    harness.keptAfterUse = 0.5;
    await harness.open();
    let isDone = false;
    let collected = 0;
    const collecting = (async () => {
      while (!isDone) collected += (await collect()).blobs;
    })();
    const deadline = performance.now() + 90_000;
    const lane = async (name: string): Promise<void> => {
      // On a fast machine all of it is over before anything is old enough to go: then others follow, until something has gone.
      for (let round = 0; round < 40 || (collected === 0 && performance.now() < deadline); round++) {
        // A collection lets others go first: without a pause of theirs it never ends.
        if (round >= 40) await delay(25);
        const sketch: Sketch = {
          a: { params: { n: round < 40 ? round % 3 : round } },
          b: { needs: ['a'] },
          c: { needs: ['a', 'b'], params: { name } },
        };
        const document = await harness.run(sketch);
        assert.equal(document.state, 'succeeded', JSON.stringify(document.steps.map(({ error }) => error)));
        if (round % 8 === 0)
          await harness.role.push(
            { ...pushOf({ pushed: { code: `code ${String(round)}` } }), key: `push-${name}-${String(round)}` },
            OWNER,
          );
      }
    };
    await Promise.all(['x', 'y', 'z'].map(lane));
    isDone = true;
    await collecting;
    assert.ok(collected > 0, 'something was collected meanwhile');
    await waitFor('all are closed', () => harness.role.active() === 0);
    for (const { outputs: made } of harness.store.projections.allEntries())
      for (const { digest } of Object.values(made)) assert.ok(has(digest));
  });

  it('projections that are made anew say the same', async () => {
    await ended({ a: {} });
    harness.ahead = 2 * DAY;
    await ended({ b: {} });
    await collect(1);
    const before = JSON.stringify([...harness.store.projections.allEntries()]);
    await harness.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(harness.folder, `projections.db${suffix}`), { force: true });
    await harness.open();
    assert.equal(JSON.stringify([...harness.store.projections.allEntries()]), before);
    assert.equal(entries().length, 1);
    assert.ok(readFileSync(join(harness.folder, 'events.db')).length > 0);
  });
});

/** A push of a tree with one file, its artifacts tagged, and a workflow of them. */
function pushOf(sketch: Sketch): PushRequest {
  const definition = sketchWorkflow(sketch);
  const file = Buffer.from(JSON.stringify(sketch));
  const tree = Buffer.from(toTreeText([{ name: 'sketch.json', mode: 0o644, digest: digestOf(file) }]));
  const blobs = [...blobsOf(sketch), { digest: digestOf(file), bytes: file }, { digest: digestOf(tree), bytes: tree }];
  return {
    key: `push-${digestOf(file).slice(7, 27)}`,
    workspace: 'test',
    tree: digestOf(tree),
    changed: 1,
    blobs,
    artifacts: definition.steps.map(({ name, artifact }) => ({ module: name, artifact })),
    tags: ['latestAlpha'],
    dirty: false,
    commit: null,
    workflows: [{ ...definition, workflow: 'test/flow', tree: digestOf(tree) }],
  };
}
