import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toDatasetContract } from '../../../../language/model/dataset.ts';
import type { FetchedSource, SourceReader } from '../../../../rde-agent/integrations/source.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { SubmitRequest } from '../../../../rde-agent/protocol/roles.ts';
import { fail, succeedWith, type Behaviour } from '../../../support/fakeRuntime.ts';
import { stepOf, workflowOf } from '../../../support/pinnedWorkflow.ts';
import { OWNER, RunRoleHarness, toLines, untilFinished } from '../../../support/runRole.ts';

const SOURCE: FetchedSource = { kind: 'http', url: 'https://data.example/rows.csv', headers: {}, environment: undefined };
const COLUMNS = [{ name: 'n', type: 'int64' }];

/** A source whose content and ways the test decides. */
class FakeSource implements SourceReader {
  readonly kind = 'http';
  content = 'n\n1\n';
  /** whether `version` can be told without fetching */
  cheap = true;
  offline = false;
  fetches = 0;
  /** called before a fetch delivers */
  beforeFetch: () => void = () => undefined;

  version(): Promise<string | null> {
    if (this.offline)
      return Promise.reject(new CairnError('store-failed', 'data.example: nobody answers there', { next: 'See that it is up.' }));
    return Promise.resolve(this.cheap ? this.#digest() : null);
  }

  async fetch(...[, format, folder]: Parameters<SourceReader['fetch']>): ReturnType<SourceReader['fetch']> {
    await this.version();
    this.beforeFetch();
    this.fetches += 1;
    const path = join(folder, `content-${String(this.fetches)}`);
    writeFileSync(path, this.content);
    return { path, format, digest: this.#digest(), bytes: this.content.length, version: this.#digest(), types: { n: 'int64' } };
  }

  #digest(): `sha256:${string}` {
    return `sha256:${createHash('sha256').update(this.content).digest('hex')}`;
  }
}

const READER = new URL('../../../../rde-agent/executor/preview/reader.ts', import.meta.url);
const PROFILE = { rows: 1, columns: [{ name: 'n', type: 'int64', nulls: 0, min: 1, max: 1, distinct: 1 }] };

/** As the built-in entry does: reads the file that it was given, and answers the table with its profile. */
const readFile: Behaviour = ({ context }) => {
  const bytes = readFileSync(context.source?.path ?? '');
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const profile = context.outputs[0]?.profile === true ? { profile: PROFILE } : {};
  return succeedWith([
    {
      name: 'data',
      type: 'table',
      format: 'parquet',
      data: bytes.toString('base64'),
      digest,
      logical: digest,
      exact: false,
      bytes: bytes.length,
      rows: 1,
      columns: [],
      ...profile,
    },
  ]);
};

describe('executor: datasets that the agent fetches', () => {
  let harness: RunRoleHarness;
  let source: FakeSource;
  let folder: string;
  beforeEach(async () => {
    harness = new RunRoleHarness();
    source = new FakeSource();
    folder = join(harness.folder, 'fetched');
    await open();
  });
  afterEach(() => harness.remove());

  async function open(): Promise<void> {
    const access = { readers: [source], secret: () => Promise.reject(new Error('none')), resolve: () => Promise.resolve([]), folder };
    const preview = { reader: READER, folder: join(harness.folder, 'previews'), rules: { mask: null, made: 'show' } as const };
    await harness.open({ sources: access, preview });
    harness.runtime.on('raw', readFile);
  }

  function toRequest(changes: Partial<SubmitRequest> = {}): SubmitRequest {
    const contract = toDatasetContract({
      name: 'test/raw',
      description: '',
      source: SOURCE,
      format: 'csv',
      owner: undefined,
      domain: 'experiment',
      residency: 'any',
      retention: undefined,
      columns: COLUMNS,
    });
    const request = harness.toRequest({ raw: {}, use: {} });
    const raw = stepOf('raw', {
      contract,
      changes: { kind: 'dataset', name: 'test/raw', source: SOURCE, format: 'csv', columns: COLUMNS },
    });
    const use = stepOf('use', {
      contract: { inputs: [{ name: 'rows', type: { kind: 'table', open: false, columns: COLUMNS } }] },
      changes: { inputs: { rows: { step: 'raw', port: 'data', select: { kind: 'none' } } } },
    });
    return { ...request, definition: workflowOf([raw, use]), ...changes };
  }

  async function run(changes: Partial<SubmitRequest> = {}): Promise<ReturnType<typeof toLines>> {
    const { run: id } = await harness.role.submit(toRequest(changes), OWNER);
    return toLines(await untilFinished(harness.role, id));
  }

  it('asks the version first: unchanged is reused without a fetch, a change re-runs', async () => {
    assert.deepEqual(await run(), ['raw: succeeded executed', 'use: succeeded executed']);
    assert.deepEqual(await run(), ['raw: succeeded reused', 'use: succeeded reused']);
    assert.equal(source.fetches, 1);
    source.content = 'n\n2\n';
    assert.deepEqual(await run(), ['raw: succeeded executed', 'use: succeeded executed']);
    assert.equal(source.fetches, 2);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('hands file, format and told types to the task, and asks for a profile', async () => {
    await run();
    const [context] = harness.runtime.launched;
    assert.deepEqual([context?.source?.format, context?.source?.types, context?.outputs[0]?.profile], ['csv', { n: 'int64' }, true]);
    assert.deepEqual(context?.entry, { file: 'cairn/source.py', function: 'read' });
    const [version, ...others] = harness.role.datasetVersions('test/raw', OWNER);
    assert.deepEqual([version?.profile, others], [PROFILE, []]);
  });

  it('fetches to know the version where nothing else tells it, and uses what it has fetched', async () => {
    source.cheap = false;
    assert.deepEqual(await run(), ['raw: succeeded executed', 'use: succeeded executed']);
    assert.equal(source.fetches, 1);
    assert.deepEqual(await run(), ['raw: succeeded reused', 'use: succeeded reused']);
    assert.equal(source.fetches, 2);
    assert.ok(readdirSync(folder).length <= 1);
  });

  it('shows the newest version by the name of the dataset, and an older one by its version', async () => {
    const show = (version?: string) => {
      const page = { offset: 0, limit: 10, statistics: false };
      const asked = { dataset: 'test/raw', ...(version === undefined ? {} : { version }), ...page };
      return harness.role.previewDataset(asked, OWNER, new AbortController().signal);
    };
    await assert.rejects(show(), { code: 'unknown-dataset', message: /No version of test\/raw has arrived/ });
    await run();
    source.content = 'n\n2\n';
    await run();
    const [newest, oldest] = harness.role.datasetVersions('test/raw', OWNER);
    const shown = await show();
    assert.deepEqual(
      [shown.run, shown.step, shown.port, shown.dataset, shown.version],
      [newest?.run, 'raw', 'data', 'test/raw', newest?.version],
    );
    // What it is made of is no Parquet here: it is read, and said.
    assert.equal(shown.content.kind, 'opaque');
    assert.equal((await show(oldest?.version)).run, oldest?.run);
    assert.equal((await show(oldest?.digest)).version, oldest?.version);
    await assert.rejects(show('nothing'), { code: 'unknown-dataset', message: /no version nothing/, next: /cairn dataset show test\/raw/ });
  });

  it('records a version once, however often it is computed', async () => {
    await run();
    await run({ force: true });
    assert.equal(harness.store.events.last('dataset:/test/raw'), 1);
    source.content = 'n\n2\n';
    await run();
    source.content = 'n\n1\n';
    await run({ force: true });
    assert.equal(harness.store.events.last('dataset:/test/raw'), 2);
    assert.equal(harness.role.datasetVersions('test/raw', OWNER).length, 2);
  });

  it('reads for many runs at once what they all want only once', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => run()));
    assert.equal(results.filter(([raw]) => raw === 'raw: succeeded executed').length, 1);
    assert.equal(source.fetches, 1);
    assert.equal(harness.store.events.last('dataset:/test/raw'), 1);
  });

  it('never stores content under the version of another: a source that moves on is asked again', async () => {
    source.beforeFetch = () => {
      if (source.fetches === 0) source.content = 'n\n2\n';
    };
    assert.deepEqual(await run(), ['raw: succeeded executed', 'use: succeeded executed']);
    const [only, ...others] = harness.role.datasetVersions('test/raw', OWNER);
    assert.equal(only?.version, only?.digest);
    assert.deepEqual(others, []);
    assert.deepEqual(await run(), ['raw: succeeded reused', 'use: succeeded reused']);
  });

  it('keeps what was fetched for a task that is tried again', async () => {
    let tries = 0;
    harness.runtime.on('raw', (...all) => ((tries += 1) < 3 ? fail('infrastructure') : readFile(...all)));
    assert.deepEqual(await run(), ['raw: succeeded executed', 'use: succeeded executed']);
    assert.equal(source.fetches, 1);
  });

  it('fails with its cause when the source is away, known entry or not, and goes on when it is back', async () => {
    await run();
    source.offline = true;
    const { run: id } = await harness.role.submit(toRequest(), OWNER);
    const document = await untilFinished(harness.role, id);
    assert.equal(document.state, 'failed');
    assert.deepEqual(document.steps[0]?.error, {
      code: 'source-failed',
      message: 'the source of test/raw: data.example: nobody answers there. See that it is up.',
    });
    source.offline = false;
    assert.deepEqual(await run(), ['raw: succeeded reused', 'use: succeeded reused']);
  });

  it('plans by the version alone, and does not pretend to know one that only a fetch can tell', async () => {
    await run();
    const plan = async (): Promise<readonly string[]> =>
      (await harness.role.plan(toRequest().definition, null, OWNER)).steps.map((step) => step.decision);
    assert.deepEqual(await plan(), ['hit', 'hit']);
    source.content = 'n\n2\n';
    assert.deepEqual(await plan(), ['miss', 'conditional']);
    source.content = 'n\n1\n';
    source.cheap = false;
    assert.deepEqual(await plan(), ['miss', 'conditional']);
    source.offline = true;
    assert.deepEqual(await plan(), ['miss', 'conditional']);
    assert.equal(source.fetches, 1);
  });

  it('begins with an empty folder', async () => {
    writeFileSync(join(folder, 'left over'), '');
    await harness.close();
    await open();
    assert.deepEqual(readdirSync(folder), []);
  });
});
