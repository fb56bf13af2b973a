import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { DatasetsDocument, ErrorDocument, LineageDocument, RunDocument } from '../../rde-agent/protocol/documents.ts';
import { FakeS3 } from '../support/fakeS3.ts';
import { findObjectStore, startObjectStore } from '../support/objectStore/mockServer.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts';
import { waitFor } from '../support/waitFor.ts';
import { prepareOrSkip, toDataEnvironment } from './acceptance/dataEnvironment.ts';
import { findStep, Home, Studio, toModule, toOutcomes } from './acceptance/studio.ts';

const bin = findPostgres();
const isRequired = (process.env['CAIRN_REQUIRE'] ?? '').split(',').includes('postgres');

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret-of-the-store' };
const ROWS = 'columns:\n  id: { type: int64, labels: [internal] }\n  delay: { type: float64, labels: [public] }\n  place: string\n';

interface Store {
  readonly endpoint: string;
  put(rows: string): Promise<void>;
  /** requests for content; 0 where the store does not count */
  gets(): number;
  close(): Promise<void>;
}

/** The object store that others wrote, where it is installed, else the strict fake. */
async function startStore(): Promise<Store> {
  const python = findObjectStore();
  if (python === undefined) {
    const fake = await FakeS3.start(KEYS);
    const put = (rows: string): Promise<void> => Promise.resolve(fake.put('data', 'rows.csv', Buffer.from(rows)));
    return { endpoint: fake.endpoint, put, gets: () => fake.gets, close: () => fake.close() };
  }
  const real = await startObjectStore(python, 'data', { ...KEYS, versioned: false });
  return { endpoint: real.endpoint, put: (rows) => real.put('rows.csv', Buffer.from(rows)), gets: () => 0, close: () => real.dispose() };
}

function toReader(name: string): { readonly [path: string]: string } {
  return toModule(name, {
    code: 'def run(rows):\n    return {"out": float(rows.pandas()["delay"].sum())}\n',
    inputs: '{ rows: { table: { columns: { delay: float64 } } } }',
    more: 'environment: data\n',
  });
}

const STEPS = ['file', 'web', 'store', 'base', 'made'] as const;

function toFiles(endpoint: string, web: string): { readonly [path: string]: string } {
  const dataset = (name: string, source: string, format: string): { readonly [path: string]: string } => ({
    [`datasets/raw/${name}.dataset.yaml`]: `dataset: raw/${name}\nsource: { ${source}, environment: data }\nformat: ${format}\n${ROWS}`,
  });
  return {
    ...toDataEnvironment(),
    ...dataset('file', 'kind: file, path: small.csv', 'csv'),
    'datasets/raw/small.csv': 'id,delay,place\n1,1.5,SFO\n2,NA,\n',
    ...dataset('web', `kind: http, url: '${web}/rows.json', headers: { authorization: WEB_TOKEN }`, 'json'),
    ...dataset(
      'store',
      `kind: s3, bucket: data, key: rows.csv, endpoint: '${endpoint}', credentials: { accessKeyId: KEY_ID, secretAccessKey: KEY }`,
      'csv',
    ),
    ...dataset('base', 'kind: postgres, connection: WAREHOUSE, table: flights, version: select max(stamp) from versions', 'parquet'),
    ...dataset('made', 'kind: python, entry: made.py:load', 'parquet'),
    'datasets/raw/made.py': 'def load():\n    return [{"id": 1, "delay": 0.25, "place": None}]\n',
    ...STEPS.reduce((files, name) => ({ ...files, ...toReader(`read/${name}`) }), {}),
    'workflows/all.workflow.yaml': `workflow: read/all\nsteps:\n${STEPS.map(
      (name) => `  ${name}: { dataset: raw/${name} }\n  read_${name}: { module: read/${name}, in: { rows: ${name} } }\n`,
    ).join('')}`,
  };
}

describe(`agent: datasets from outside${bin === undefined ? ' (needs postgres: no PostgreSQL server below /usr/lib/postgresql)' : ''}`, function () {
  this.timeout(180_000);
  let home: Home;
  let studio: Studio;
  let postgres: PostgresServer;
  let store: Store;
  let web: Server;
  let json = '[{"id": 1, "delay": 10, "place": "JFK"}]';
  let gets = 0;

  before(async function () {
    if (bin === undefined && !isRequired) return this.skip();
    postgres = await startPostgres(bin ?? '');
    await postgres.query('CREATE TABLE flights (id bigint, delay float8, place text); CREATE TABLE versions (stamp int)');
    await postgres.query("INSERT INTO flights VALUES (1, 100, 'LAX'), (2, 200, NULL); INSERT INTO versions VALUES (1)");
    store = await startStore();
    await store.put('id,delay,place\n1,1000,BOS\n');
    web = createServer((request, response) => {
      if (request.headers.authorization !== 'Bearer web') return void response.writeHead(401).end();
      const etag = `"${Buffer.from(json).toString('base64url').slice(0, 60)}"`;
      if (request.method === 'GET') gets += 1;
      response.writeHead(200, { etag }).end(request.method === 'HEAD' ? undefined : json);
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const address = web.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    home = new Home();
    studio = new Studio(home, toFiles(store.endpoint, `http://localhost:${String(port)}`));
    configure(['127.0.0.1', 'localhost']);
    await prepareOrSkip(this, studio);
  });
  after(async () => {
    await home?.dispose();
    studio?.dispose();
    await store?.close();
    web?.closeAllConnections();
    web?.close();
    await postgres?.dispose();
  });

  /** Secrets by every kind of provider; the agent reads them when it starts. */
  function configure(allow: readonly string[]): void {
    writeFileSync(join(home.stateFolder, 'warehouse'), `${postgres.url}\n`, { mode: 0o600 });
    const secrets = `secrets:\n  WAREHOUSE: { file: warehouse }\n  KEY_ID: { command: [echo, ${KEYS.accessKeyId}] }\n  KEY: { command: [echo, ${KEYS.secretAccessKey}] }\n  WEB_TOKEN: { command: [echo, Bearer web] }\n`;
    writeFileSync(join(home.stateFolder, 'agent.yaml'), `${secrets}egress: { allow: [${allow.join(', ')}] }\n`, { mode: 0o600 });
  }

  async function run(...argv: readonly string[]): Promise<RunDocument> {
    const document = await studio.run('read/all', ...argv);
    assert.equal(
      document.state,
      'succeeded',
      JSON.stringify(document.steps.map(({ step, error }) => [step, error]).filter(([, error]) => error !== null)),
    );
    return document;
  }

  function executed(document: RunDocument): readonly string[] {
    return document.steps.filter((step) => step.decision === 'executed').map((step) => step.step);
  }

  let first: RunDocument;

  it('reads every kind of source, and profiles what has arrived', async () => {
    first = await run();
    assert.equal(executed(first).length, 10);
    const { out } = await studio.cairn(['dataset', 'list', '--json']);
    const { datasets } = JSON.parse(out) as DatasetsDocument;
    assert.deepEqual(
      datasets.map(({ dataset, versions: [newest] }) => [dataset, newest?.profile?.rows, newest?.profile?.columns[1]?.max]),
      [
        ['raw/base', 2, 200],
        ['raw/file', 2, 1.5],
        ['raw/made', 1, 0.25],
        ['raw/store', 1, 1000],
        ['raw/web', 1, 10],
      ],
    );
    assert.deepEqual(datasets[0]?.versions[0]?.profile?.columns[2], {
      name: 'place',
      type: 'string',
      nulls: 1,
      min: 'LAX',
      max: 'LAX',
      distinct: 1,
    });
    assert.equal(datasets[0]?.versions[0]?.version, '1');
    assert.equal(datasets[4]?.source.startsWith('http://localhost:'), true);
  });

  it('asks for versions only while nothing has changed: all is reused, nothing is fetched', async () => {
    const before = [gets, store.gets()];
    const again = await run();
    assert.deepEqual(executed(again), []);
    assert.deepEqual([gets, store.gets()], before);
    const { steps } = await studio.plan('read/all');
    assert.deepEqual(
      steps.map(({ decision }) => decision),
      Array<string>(10).fill('hit'),
    );
    assert.deepEqual([gets, store.gets()], before);
  });

  const changes: readonly (readonly [string, () => Promise<unknown> | void])[] = [
    ['base', () => postgres.query('UPDATE flights SET delay = 101 WHERE id = 1; INSERT INTO versions VALUES (2)')],
    ['store', () => store.put('id,delay,place\n1,1001,BOS\n')],
    ['web', () => void (json = '[{"id": 1, "delay": 11, "place": "JFK"}]')],
    ['file', () => studio.write({ 'datasets/raw/small.csv': 'id,delay,place\n1,2.5,SFO\n' })],
  ];
  for (const [name, change] of changes) {
    it(`re-runs what reads a changed ${name} dataset and nothing else, as the plan says`, async () => {
      await change();
      const { steps } = await studio.plan('read/all');
      assert.deepEqual(
        steps.filter(({ decision }) => decision !== 'hit').map(({ step, decision }) => `${step} ${decision}`),
        [`${name} miss`, `read_${name} conditional`],
      );
      assert.deepEqual(executed(await run()), [name, `read_${name}`]);
      assert.deepEqual(executed(await run()), []);
    });
  }

  it('re-runs nothing below a new version that holds the same', async () => {
    await postgres.query('INSERT INTO versions VALUES (3)');
    assert.deepEqual(executed(await run()), ['base']);
  });

  it('follows columns to the source, with the labels that are born there', async () => {
    const { out } = await studio.cairn(['lineage', `${first.run}:read_base.out`, '--json']);
    const { columns } = JSON.parse(out) as LineageDocument;
    assert.deepEqual(columns, [
      { column: '*', from: [{ dataset: 'raw/base', column: 'delay', kind: 'direct', evidence: 'enforced' }], labels: ['public'] },
    ]);
    const dataset = JSON.parse(
      (await studio.cairn(['lineage', 'raw/store@' + (await newestVersion('raw/store')), '--json'])).out,
    ) as LineageDocument;
    assert.deepEqual(
      dataset.columns.map(({ column, labels }) => [column, labels]),
      [
        ['id', ['internal']],
        ['delay', ['public']],
        ['place', ['restricted']],
      ],
    );
    const refused = await studio.cairn(['lineage', 'raw/nothing', '--json']);
    assert.equal((JSON.parse(refused.err) as ErrorDocument).error.code, 'unknown-dataset');
  });

  async function newestVersion(dataset: string): Promise<string> {
    const { out } = await studio.cairn(['dataset', 'show', dataset, '--json']);
    return (JSON.parse(out) as DatasetsDocument).datasets[0]?.versions[0]?.version ?? '';
  }

  it('names column, expected and found type of what does not fit, and uses nothing of it', async () => {
    await store.put('id,delay,place\n1,late,BOS\n');
    const document = await studio.run('read/all');
    const { error, state } = findStep(document, 'store');
    assert.deepEqual([document.state, state, error?.code], ['failed', 'failed', 'schema-mismatch']);
    assert.match(error?.message ?? '', /^column 'delay': expected float64, found invalid value 'late'/);
    assert.equal(toOutcomes(document)['read_base'], 'reused');
    await store.put('id,delay,place\n1,1001,BOS\n');
    assert.deepEqual(executed(await run()), []);
  });

  it('does not pretend when a source is offline, though it has read it before', async () => {
    await store.close();
    const document = await studio.run('read/all');
    const { error } = findStep(document, 'store');
    assert.equal(error?.code, 'source-failed');
    assert.match(error.message, /^the source of raw\/store: s3:\/\/data\/rows\.csv: nobody answers there \(connection refused\)/);
    const plan = await studio.plan('read/all');
    assert.equal(plan.steps.find(({ step }) => step === 'store')?.decision, 'miss');
  });

  it('says what to allow where a source is at an address of this host or network', async () => {
    await studio.cairn(['agent', 'stop']);
    configure([]);
    const document = await studio.run('read/all');
    const { error } = findStep(document, 'web');
    assert.equal(error?.code, 'source-failed');
    assert.match(error.message, /localhost:\d+: it is at 127\.0\.0\.1, which is not an address of the public internet\. .*egress/);
  });

  it('writes lineage of every run to a file, each event once, over restarts of the agent', async () => {
    const file = join(home.stateFolder, 'openlineage.jsonl');
    const read = (): readonly { readonly eventType: string; readonly run: { readonly runId: string } }[] =>
      readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { eventType: string; run: { runId: string } });
    await waitFor('the last run has been told', async () => {
      const { out } = await studio.cairn(['runs', '--json']);
      const { runs } = JSON.parse(out) as { runs: readonly { run: string }[] };
      return read().some(({ run: { runId }, eventType }) => runId === runs[0]?.run && eventType === 'FAIL');
    });
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    assert.equal(new Set(lines).size, lines.length);
    for (const events of Map.groupBy(read(), (line) => line.run.runId).values()) assert.equal(events.length, 2);
    assert.ok(!lines.join('').includes(KEYS.secretAccessKey) && !lines.join('').includes(postgres.url));
  });
});
