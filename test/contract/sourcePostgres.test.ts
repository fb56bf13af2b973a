import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { copyOut } from '../../rde-agent/integrations/postgres/copyOut.ts';
import { createPostgresReader } from '../../rde-agent/integrations/postgres/postgresReader.ts';
import type { Fetched, FetchedSource } from '../../rde-agent/integrations/source.ts';
import type { CairnError } from '../../rde-agent/protocol/errors.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts';
import { createContext, describeSource, isFailure } from './sourceSuite.ts';

type PostgresSource = Extract<FetchedSource, { kind: 'postgres' }>;

const bin = findPostgres();
const isRequired = (process.env['CAIRN_REQUIRE'] ?? '').split(',').includes('postgres');
const BASE: PostgresSource = {
  kind: 'postgres',
  connection: 'WAREHOUSE',
  table: undefined,
  query: undefined,
  version: undefined,
  environment: undefined,
};

describe(`source postgres${bin === undefined ? ' (needs postgres: no PostgreSQL server below /usr/lib/postgresql)' : ''}`, () => {
  let server: PostgresServer;
  let folder: string;
  const reader = createPostgresReader();

  before(async function () {
    if (bin === undefined && !isRequired) return this.skip();
    this.timeout(60_000);
    server = await startPostgres(bin ?? '');
    folder = mkdtempSync(join(tmpdir(), 'cairn-pg-'));
  });
  after(async () => {
    await server?.dispose();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => readdirSync(folder).forEach((name) => rmSync(join(folder, name))));

  const fetch = (changes: Partial<PostgresSource>): Promise<Fetched> =>
    reader.fetch({ ...BASE, ...changes }, 'parquet', folder, createContext({ WAREHOUSE: server.url }));
  const read = async (changes: Partial<PostgresSource>): Promise<string> => readFileSync((await fetch(changes)).path, 'utf8');
  const refuse = async (changes: Partial<PostgresSource>, url = server.url): Promise<CairnError> => {
    const error: unknown = await reader
      .fetch({ ...BASE, ...changes }, 'csv', folder, createContext({ WAREHOUSE: url }))
      .catch((thrown: unknown) => thrown);
    isFailure(error, 'store-failed');
    assert.deepEqual(readdirSync(folder), []);
    return error as CairnError;
  };

  describeSource('postgres (a table with a version query)', async () => {
    await server.query('CREATE SCHEMA raw; CREATE TABLE raw."Flights" (name text); CREATE TABLE raw.stamp (n int)');
    let fetches = 0;
    const counted = { ...reader, fetch: (...all: Parameters<typeof reader.fetch>) => ((fetches += 1), reader.fetch(...all)) };
    return {
      reader: counted,
      source: { ...BASE, table: 'raw.Flights', version: 'SELECT max(n) FROM raw.stamp' },
      missing: { ...BASE, table: 'raw.nothing', version: 'SELECT 1' },
      secrets: { WAREHOUSE: server.url },
      write: async (rows) => {
        await server.query(`TRUNCATE raw."Flights"; INSERT INTO raw.stamp SELECT coalesce(max(n), 0) + 1 FROM raw.stamp`);
        for (const row of rows) await server.query(`INSERT INTO raw."Flights" VALUES ('${row}')`);
        return Buffer.from(`name\n${rows.join('\n')}\n`);
      },
      fetches: () => {
        const since = fetches;
        fetches = 0;
        return since;
      },
    };
  });

  it('tells the types of columns, and writes values so that they are read back exactly', async () => {
    const query = `SELECT true AS b, 1::smallint AS i2, 2 AS i4, 9223372036854775807 AS i8, 0.1::real AS f4, 'NaN'::float8 AS f8,
      12.340::numeric(10,3) AS d, 1.5::numeric AS n, 'é,"x"'::text AS t, ''::text AS empty, null::text AS nothing,
      '2020-01-02'::date AS day, '2020-01-02 03:04:05.000006'::timestamp AS ts, '2020-01-02 03:04:05+01'::timestamptz AS tz, '\\x00ff'::bytea AS x,
      '{"a": 1}'::jsonb AS j, ARRAY[1,2] AS list`;
    const fetched = await fetch({ query: `${query} ;  ` });
    assert.equal(fetched.format, 'csv');
    assert.deepEqual(fetched.types, {
      b: 'bool',
      i2: 'int16',
      i4: 'int32',
      i8: 'int64',
      f4: 'float32',
      f8: 'float64',
      d: 'decimal128(10, 3)',
      t: 'string',
      empty: 'string',
      nothing: 'string',
      day: 'date32',
      ts: 'timestamp[us]',
      tz: 'timestamp[us, tz=UTC]',
      x: 'binary',
      j: 'string',
    });
    assert.equal(
      readFileSync(fetched.path, 'utf8').split('\n')[1],
      't,1,2,9223372036854775807,0.1,NaN,12.340,1.5,"é,""x""","",,2020-01-02,2020-01-02 03:04:05.000006,2020-01-02 02:04:05+00,\\x00ff,"{""a"": 1}","{1,2}"',
    );
  });

  it('is the digest of the rows as they were delivered where there is no version query', async () => {
    const first = await fetch({ query: 'SELECT generate_series(1, 100000) AS n' });
    assert.equal(await reader.version({ ...BASE, query: 'SELECT 1' }, createContext({ WAREHOUSE: server.url })), null);
    assert.equal(first.version, first.digest);
    assert.equal((await fetch({ query: 'SELECT generate_series(1, 100000) AS n' })).version, first.version);
    assert.ok(first.bytes > 500_000);
  });

  it('goes on after an end that came while nobody could take more', async () => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    for (let n = 0; n < 20; n += 1) {
      const rows = 20_000 + n * 1000;
      const content = copyOut(client, `COPY (SELECT generate_series(1, ${rows})) TO STDOUT`);
      const next = client.query('SELECT 1 AS one');
      // Nothing is taken until everything has come that comes unasked.
      await once(content, 'readable');
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal((await text(content)).trim().split('\n').length, rows);
      assert.deepEqual((await next).rows, [{ one: 1 }]);
    }
    await client.end();
  });

  it('sees one moment: version and rows are of one snapshot', async () => {
    await server.query('CREATE TABLE moment (n int); INSERT INTO moment VALUES (1)');
    // The rows are asked for while another connection keeps adding; the version is their number.
    const writing = (async () => {
      for (let n = 0; n < 50; n += 1) await server.query('INSERT INTO moment VALUES (1)');
    })();
    for (let n = 0; n < 5; n += 1) {
      const fetched = await fetch({ table: 'moment', version: 'SELECT count(*) FROM moment' });
      assert.equal(String(readFileSync(fetched.path, 'utf8').trim().split('\n').length - 1), fetched.version);
    }
    await writing;
  });

  it('can only read', async () => {
    await server.query(
      'CREATE TABLE kept (n int); CREATE FUNCTION spoil() RETURNS int LANGUAGE sql AS $$ INSERT INTO kept VALUES (1) RETURNING n $$',
    );
    assert.match((await refuse({ query: 'SELECT spoil()' })).message, /read-only transaction/);
    for (const query of [
      'SELECT 1) AS source; COMMIT; DROP TABLE kept; SELECT (1',
      'SELECT 1) TO STDOUT; COMMIT; DROP TABLE kept; COPY (SELECT 1',
    ])
      assert.match((await refuse({ query })).message, /multiple commands|must have an alias|syntax error/);
    assert.match((await refuse({ query: 'SELECT 1 AS a', version: 'COMMIT; DROP TABLE kept' })).message, /multiple commands/);
    assert.equal((await server.query('SELECT count(*)::int AS n FROM kept')).rows[0]?.['n'], 0);
  });

  it('quotes names, and takes a view', async () => {
    await server.query('CREATE SCHEMA "odd ""one"; CREATE VIEW "odd ""one"."v;w" AS SELECT 7 AS n');
    assert.equal(await read({ table: 'odd "one.v;w' }), 'n\n7\n');
  });

  it('says what a version query has answered instead of one value', async () => {
    for (const [version, found] of [
      ['SELECT 1 WHERE false', '0 rows of 1 columns'],
      ['SELECT 1, 2', '1 rows of 2 columns'],
      ['SELECT null', 'no value (null)'],
    ] as const) {
      assert.match(
        (await refuse({ query: 'SELECT 1 AS a', version })).message,
        new RegExp(`answers ${found.replace(/[()]/g, '\\$&')}, not one value`),
      );
    }
  });

  it('never tells the connection URI', async () => {
    const url = new URL(server.url);
    url.password = 'hunter2';
    for (const broken of [
      'hunter2 is no uri',
      url.href.replace('/postgres', '/nowhere'),
      url.href.replace(/:\d+\//, ':1/'),
      'postgresql://u:hunter2@no.such.host.invalid/db',
    ]) {
      const error = await refuse({ query: 'SELECT 1 AS a' }, broken);
      assert.match(error.message, /^the database of secret WAREHOUSE: /);
      assert.ok(!JSON.stringify([error.message, error.next]).includes('hunter2'));
    }
  });

  it('ends a query that runs when it is told to', async () => {
    const controller = new AbortController();
    const context = createContext({ WAREHOUSE: server.url }, { signal: controller.signal });
    const fetching = reader.fetch({ ...BASE, query: 'SELECT pg_sleep(600)::text AS slept' }, 'csv', folder, context);
    setTimeout(() => controller.abort(), 100);
    await assert.rejects(fetching);
    assert.deepEqual(readdirSync(folder), []);
  });
});
