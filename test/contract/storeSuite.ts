import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '../../language/model/names.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import type { KeyParts } from '../../rde-agent/protocol/keyParts.ts';
import type { PinnedWorkflow } from '../../rde-agent/protocol/pinned.ts';
import type { OutputRecord, RunEvent } from '../../rde-agent/protocol/runEvents.ts';
import type { Append, Store, StoreEvent } from '../../rde-agent/store/store.ts';

export interface StoreUnderTest {
  readonly name: string;
  open(folder: string): Promise<Store>;
}

const AT = '2026-11-21T08:00:00.000Z';
const SCOPE = { tenant: 'local', domain: 'experiment' } as const;

function append(stream: string, expected: number, events: readonly StoreEvent[], at = AT): Append {
  return { stream, expected, by: 'local:tester', scope: SCOPE, at, events };
}

function digestOf(text: string | Uint8Array): Digest {
  return `sha256:${hash('sha256', text, 'hex')}`;
}

function definition(workflow: string): PinnedWorkflow {
  const contract = { name: 'ns/one' } as PinnedWorkflow['steps'][number]['contract'];
  const step: PinnedWorkflow['steps'][number] = {
    id: 'one',
    kind: 'module',
    name: 'ns/one',
    artifact: digestOf('artifact'),
    contract,
    environment: digestOf('env'),
    inputs: {},
    params: {},
    foreach: undefined,
    retry: { attempts: 1, backoff: 0, on: [] },
    timeout: undefined,
    cluster: 'local',
    cache: 'on',
    columns: undefined,
  };
  return {
    workflow,
    workspace: 'w',
    tree: digestOf('tree'),
    domain: 'experiment',
    params: {},
    environments: [],
    steps: [step],
    outputs: {},
  };
}

function submitted(run: string, workflow = 'ns/flow'): Extract<RunEvent, { type: 'run.submitted' }> {
  return {
    type: 'run.submitted',
    run,
    definition: definition(workflow),
    tasks: ['one'],
    force: false,
    from: null,
    requestKey: `key-${run}`,
  };
}

function parts(code: string): KeyParts {
  return {
    scope: { tenant: 'local', domain: 'experiment', residency: 'any' },
    module: { kind: 'module', name: 'ns/one', entry: 'one.py:run', interface: digestOf('i'), code: digestOf(code) },
    environment: { python: '3.13.0', platform: 'linux-x86_64', packages: {}, image: null, variables: {} },
    inputs: {},
    params: {},
    seed: null,
    nominalTime: null,
    determinism: { class: 'pure', version: 1, salt: '' },
  };
}

const OUTPUT: OutputRecord = { type: 'json', digest: digestOf('o'), logical: digestOf('o'), exact: true, bytes: 1, format: 'json' };

function executed(code: string, entry: string): readonly RunEvent[] {
  const key = digestOf(code);
  return [
    { type: 'task.started', task: 'one', attempt: 1, fence: 1, key, parts: parts(code), against: null, reasons: [] },
    {
      type: 'task.succeeded',
      task: 'one',
      attempt: 1,
      fence: 1,
      outputs: { out: OUTPUT },
      metrics: { m: 1 },
      lineage: [],
      seconds: 2,
      entry,
    },
    { type: 'run.finished', state: 'succeeded' },
  ];
}

/** Every store passes this suite. */
export function describeStore(under: StoreUnderTest): void {
  describe(`store: ${under.name}`, () => {
    let folder: string;
    let store: Store;
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'cairn-store-'));
      store = await under.open(folder);
    });
    afterEach(async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const reopen = async (): Promise<void> => {
      await store.close();
      store = await under.open(folder);
    };

    it('keeps events in order with who, scope and time, also for the next opening', async () => {
      await store.events.commit({ appends: [append('run:/a', 0, [submitted('a')])] });
      await store.events.commit({ appends: [append('run:/a', 1, executed('c', 'e1'), '2026-11-21T08:00:02.500Z')] });
      const before = store.events.read('run:/a');
      assert.deepEqual(
        before.map((one) => one.seq),
        [1, 2, 3, 4],
      );
      assert.deepEqual(before[0]?.scope, SCOPE);
      assert.equal(before[0]?.by, 'local:tester');
      assert.deepEqual(before[0]?.event, JSON.parse(JSON.stringify(submitted('a'))));
      await reopen();
      assert.deepEqual(store.events.read('run:/a'), before);
      assert.deepEqual(
        store.events.read('run:/a', 3).map((one) => one.seq),
        [4],
      );
      assert.equal(store.events.last('run:/a'), 4);
      assert.equal(store.events.last('run:/none'), 0);
    });

    it('refuses a transaction whose stream has moved, whole, and commits its neighbours', async () => {
      const good = store.events.commit({ appends: [append('run:/a', 0, [submitted('a')])] });
      const bytes = new TextEncoder().encode('of the refused');
      const bad = store.events.commit({
        appends: [append('run:/b', 0, [submitted('b')]), append('run:/a', 0, [submitted('a')])],
        blobs: [{ digest: digestOf(bytes), bytes }],
        request: { key: 'refused-request', body: digestOf('x'), response: '{}' },
      });
      const after = store.events.commit({ appends: [append('run:/c', 0, [submitted('c')])] });
      await good;
      await assert.rejects(bad, (error) => error instanceof CairnError && error.code === 'conflict');
      await after;
      assert.equal(store.events.last('run:/a'), 1);
      assert.equal(store.events.last('run:/b'), 0);
      assert.equal(store.events.last('run:/c'), 1);
      assert.equal(store.blobs.has(digestOf(bytes)), false);
      assert.equal(store.events.request('refused-request'), undefined);
      assert.deepEqual(
        store.projections.runs({ limit: 10 }).map((run) => run.run),
        ['c', 'a'],
      );
    });

    it('commits many transactions of one moment in the order of the calls', async () => {
      await Promise.all(
        Array.from({ length: 300 }, (_, index) =>
          store.events.commit({ appends: [append('run:/many', index, [{ type: 'run.cancelRequested' }])] }),
        ),
      );
      assert.equal(store.events.last('run:/many'), 300);
    });

    it('tells the events of all streams in the order of their commits, from any place on', async () => {
      await store.events.commit({ appends: [append('run:/1', 0, [submitted('1')]), append('run:/2', 0, [submitted('2')])] });
      await store.events.commit({
        appends: [append('run:/1', 1, [{ type: 'run.cancelRequested' }, { type: 'run.finished', state: 'cancelled' }])],
      });
      const toText = (after: number, limit: number): readonly string[] =>
        store.events.scan(after, limit).map(({ stream, recorded }) => `${stream} ${String(recorded.seq)} ${recorded.event.type}`);
      const all = ['run:/1 1 run.submitted', 'run:/2 1 run.submitted', 'run:/1 2 run.cancelRequested', 'run:/1 3 run.finished'];
      assert.deepEqual(toText(0, 10), all);
      const second = store.events.scan(0, 2)[1]?.position ?? 0;
      await reopen();
      assert.deepEqual(toText(second, 10), all.slice(2));
      assert.deepEqual(toText(store.events.scan(0, 10).at(-1)?.position ?? 0, 10), []);
    });

    it('remembers answered requests', async () => {
      const request = { key: 'request-0001', body: digestOf('body'), response: '{"run":"a"}' };
      await store.events.commit({ appends: [append('run:/a', 0, [submitted('a')])], request });
      await reopen();
      assert.deepEqual(store.events.request('request-0001'), request);
      const again = store.events.commit({ appends: [append('run:/b', 0, [submitted('b')])], request });
      const neighbour = store.events.commit({ appends: [append('run:/c', 0, [submitted('c')])] });
      await assert.rejects(again, (error) => error instanceof CairnError && error.code === 'conflict');
      await neighbour;
      assert.equal(store.events.last('run:/b'), 0);
    });

    for (const size of [0, 5, 65_536, 65_537, 3_000_000]) {
      it(`stores a blob of ${size} bytes and gives it back as bytes and as a read-only file`, async () => {
        const bytes = new Uint8Array(randomBytes(size));
        const digest = await store.blobs.put(bytes);
        assert.equal(digest, digestOf(bytes));
        await reopen();
        assert.equal(store.blobs.has(digest), true);
        assert.equal(store.blobs.size(digest), size);
        assert.deepEqual(Buffer.from((await store.blobs.read(digest)) ?? []), Buffer.from(bytes));
        const path = await store.blobs.toPath(digest);
        assert.deepEqual(await import('node:fs').then((fs) => fs.readFileSync(path)), Buffer.from(bytes));
        assert.equal(await import('node:fs').then((fs) => fs.statSync(path).mode & 0o222), 0);
      });
    }

    it('takes over a file only with the digest that it has', async () => {
      const path = join(folder, 'output.bin');
      const bytes = randomBytes(200_000);
      writeFileSync(path, bytes);
      await assert.rejects(
        store.blobs.adopt(path, digestOf('other')),
        (error) => error instanceof CairnError && error.code === 'invalid-request',
      );
      assert.equal(store.blobs.has(digestOf('other')), false);
      await store.blobs.adopt(path, digestOf(bytes));
      assert.equal(existsSync(path), false);
      assert.deepEqual(Buffer.from((await store.blobs.read(digestOf(bytes))) ?? []), bytes);
    });

    it('answers nothing for what it does not have', async () => {
      assert.equal(store.blobs.has(digestOf('none')), false);
      assert.equal(store.blobs.size(digestOf('none')), undefined);
      assert.equal(await store.blobs.read(digestOf('none')), undefined);
      await assert.rejects(store.blobs.toPath(digestOf('none')), (error) => error instanceof CairnError && error.code === 'unknown-blob');
    });

    it('derives runs, entries, expectations, tags, artifacts and pushed trees', async () => {
      await store.events.commit({ appends: [append('run:/a', 0, [submitted('a')]), append('run:/b', 0, [submitted('b', 'ns/other')])] });
      assert.deepEqual(store.projections.openRuns(), ['a', 'b']);
      await store.events.commit({ appends: [append('run:/a', 1, executed('c1', 'e1'), '2026-11-21T08:00:02.500Z')] });
      assert.deepEqual(store.projections.openRuns(), ['b']);
      assert.deepEqual(store.projections.runs({ limit: 10, workflow: 'ns/flow' }), [
        { run: 'a', workflow: 'ns/flow', state: 'succeeded', started: AT, seconds: 2.5, by: 'local:tester' },
      ]);
      assert.deepEqual(
        store.projections.runs({ limit: 10, after: 'b' }).map((run) => run.run),
        ['a'],
      );
      const entry = store.projections.entry(digestOf('c1'));
      assert.equal(entry?.id, 'e1');
      assert.deepEqual(entry?.parts, parts('c1'));
      assert.deepEqual(entry?.producer, { run: 'a', task: 'one' });
      assert.equal(store.projections.entry(digestOf('c2')), undefined);
      store.projections.expect([digestOf('c2'), digestOf('c1')]);
      assert.deepEqual(store.projections.entry(digestOf('c1')), entry);
      assert.deepEqual(
        store.projections.recentEntries('ns/one', 'one', 5).map((one) => one.id),
        ['e1'],
      );
      assert.equal(store.projections.expectedSeconds('ns/one'), 2);
      assert.equal(store.projections.expectedSeconds('ns/none'), undefined);
      await store.events.commit({
        appends: [
          append('module:/ns/one', 0, [
            { type: 'artifact.published', module: 'ns/one', artifact: digestOf('v1'), tree: digestOf('t'), dirty: true, commit: null },
          ]),
          append('tag:/ns/one', 0, [{ type: 'tag.moved', module: 'ns/one', tag: 'latestAlpha', from: null, to: digestOf('v1') }]),
          append('workspace:/w', 0, [{ type: 'workspace.pushed', workspace: 'w', tree: digestOf('t'), changed: 1, bytes: 2 }]),
        ],
      });
      await store.events.commit({
        appends: [
          append('tag:/ns/one', 1, [{ type: 'tag.moved', module: 'ns/one', tag: 'latestAlpha', from: digestOf('v1'), to: digestOf('v2') }]),
        ],
      });
      assert.deepEqual(store.projections.tags('ns/one'), [
        { module: 'ns/one', tag: 'latestAlpha', artifact: digestOf('v2'), generation: 2, at: AT, by: 'local:tester' },
      ]);
      assert.deepEqual(store.projections.artifact(digestOf('v1')), { module: 'ns/one', at: AT, commit: null });
      assert.equal(store.projections.pushedTree('w'), digestOf('t'));
    });

    it('lists nested runs only below their parent, and counts a batch as one execution of its mean', async () => {
      const nested: RunEvent = { ...submitted('a.1'), origin: { kind: 'nested', run: 'a', task: 'one' } };
      await store.events.commit({
        appends: [append('run:/a', 0, [submitted('a')]), append('run:/a.1', 0, [nested]), append('run:/b', 0, [submitted('b')])],
      });
      const list = (query: { readonly parent?: string; readonly workflow?: string }): readonly string[] =>
        store.projections.runs({ limit: 10, ...query }).map((run) => run.run);
      assert.deepEqual(list({}), ['b', 'a']);
      assert.deepEqual(list({ workflow: 'ns/flow' }), ['b', 'a']);
      assert.deepEqual(list({ parent: 'a' }), ['a.1']);
      assert.equal(store.projections.runs({ limit: 1, parent: 'a' })[0]?.parent, 'a');
      assert.deepEqual(store.projections.openRuns(), ['a', 'a.1', 'b']);
      const worker = { mode: 'kept', pid: 1, parent: 2 } as const;
      const ran = [1, 3].map((seconds) => ({
        task: `one[${seconds}]`,
        attempt: 1,
        fence: 1,
        outputs: { out: OUTPUT },
        metrics: {},
        seconds,
      }));
      await store.events.commit({ appends: [append('run:/b', 1, [{ type: 'tasks.ran', step: 'one', worker, ran }])] });
      assert.equal(store.projections.expectedSeconds('ns/one'), 2);
      assert.equal(store.projections.runs({ limit: 1 })[0]?.state, 'running');
    });

    it('derives published workflows and versions of datasets, the same after everything derived is made again', async () => {
      const published = (definition: string): StoreEvent => ({
        type: 'workflow.published',
        workflow: 'ns/flow',
        workspace: 'w',
        definition: digestOf(definition),
        tree: digestOf('t'),
        dirty: false,
        commit: null,
      });
      const arrived = (version: string): StoreEvent => ({
        type: 'dataset.arrived',
        dataset: 'ns/data',
        version,
        digest: digestOf(version),
        profile: null,
        run: 'a',
      });
      await store.events.commit({ appends: [append('workflow:/ns/flow', 0, [published('d1'), published('d2')])] });
      await store.events.commit({ appends: [append('dataset:/ns/data', 0, [arrived('v1'), arrived('v2'), arrived('v1')])] });
      const answers = (): unknown => ({
        workflows: store.projections.workflows(),
        versions: store.projections.datasetVersions('ns/data', 10),
        newest: store.projections.datasetVersions('ns/data', 1),
      });
      const before = answers();
      const flow = { workflow: 'ns/flow', workspace: 'w', definition: digestOf('d2'), tree: digestOf('t'), at: AT, by: 'local:tester' };
      const version = (name: string): unknown => ({ version: name, digest: digestOf(name), at: AT, run: 'a', profile: null });
      assert.deepEqual(before, { workflows: [flow], versions: [version('v1'), version('v2')], newest: [version('v1')] });
      assert.deepEqual(store.projections.workflow('ns/flow'), flow);
      assert.equal(store.projections.workflow('ns/none'), undefined);
      await store.close();
      for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `projections.db${suffix}`), { force: true });
      store = await under.open(folder);
      assert.equal(JSON.stringify(answers()), JSON.stringify(before));
    });

    it('keeps log lines in order of arrival, cuts endless ones, and follows from a cursor', async () => {
      const text = new TextEncoder();
      store.logs.append('r', 'one', 1, 'out', text.encode('first\nsec'));
      store.logs.append('r', 'two[x]', 1, 'err', text.encode('other\n'));
      const pending = store.logs.changed('r', new AbortController().signal);
      store.logs.append('r', 'one', 1, 'out', text.encode('ond\r\nlast without end \xff'));
      await pending;
      await store.logs.end('r', 'one', 1);
      await store.logs.end('r', 'two[x]', 1);
      const page = await store.logs.read('r', { limit: 2 });
      assert.deepEqual(
        page.lines.map((line) => [line.seq, line.task, line.stream, line.text]),
        [
          [1, 'one', 'out', 'first'],
          [2, 'two[x]', 'err', 'other'],
        ],
      );
      await reopen();
      const rest = await store.logs.read('r', { limit: 10, after: page.after });
      assert.deepEqual(
        rest.lines.map((line) => line.text),
        ['second', 'last without end ÿ'],
      );
      assert.deepEqual(
        (await store.logs.read('r', { limit: 10, step: 'two' })).lines.map((line) => line.text),
        ['other'],
      );
      store.logs.append('r', 'one', 2, 'out', text.encode('x'.repeat(200_000)));
      await store.logs.end('r', 'one', 2);
      const long = await store.logs.read('r', { limit: 10, after: rest.after });
      assert.deepEqual(
        long.lines.map((line) => [line.seq, line.text.length]),
        [
          [5, 65_536],
          [6, 65_536],
          [7, 65_536],
          [8, 3392],
        ],
      );
      assert.deepEqual(await store.logs.read('none', { limit: 10 }), { lines: [], after: '0' });
    });

    it('leaves no temporary files', async () => {
      await store.blobs.put(new Uint8Array(randomBytes(100_000)));
      const names = readdirSync(folder, { recursive: true }).map(String);
      assert.deepEqual(
        names.filter((name) => name.endsWith('.part')),
        [],
      );
    });
  });
}
