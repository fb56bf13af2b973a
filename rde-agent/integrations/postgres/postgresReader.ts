import pg from 'pg';
import { toContentFile } from '../contentFile.ts';
import type { Fetched, FetchedSource, SourceContext, SourceReader } from '../source.ts';
import { failSource, toSourceFailure } from '../sourceFailure.ts';
import { toColumnTypes } from './columnTypes.ts';
import { copyOut } from './copyOut.ts';

type PostgresSource = Extract<FetchedSource, { kind: 'postgres' }>;

/** milliseconds until a connection is there, and until a version is answered */
const CONNECT = 15_000;
const ANSWER = 60_000;

/**
 * Rows of a table or a query, copied as CSV in one REPEATABLE READ READ ONLY transaction, with the types that the server tells. The connection URI
 * is the value of a secret of the agent's owner: no error names more of it than the secret.
 */
export function createPostgresReader(): SourceReader {
  return {
    kind: 'postgres',
    version: (source, context) => readVersion(toPostgres(source), context),
    fetch: (source, _format, folder, context) =>
      inTransaction(toPostgres(source), context, (client) => fetchRows(toPostgres(source), client, folder, context)),
  };
}

function toPostgres(source: FetchedSource): PostgresSource {
  if (source.kind !== 'postgres') throw new TypeError(`a ${source.kind} source is no database`);
  return source;
}

async function readVersion(source: PostgresSource, context: SourceContext): Promise<string | null> {
  const { version } = source;
  if (version === undefined) return null;
  // A run waits for this before it does anything else: a server that does not answer is a failure, not a wait.
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(ANSWER)]);
  return inTransaction(source, { ...context, signal }, (client) => askVersion(source, version, client));
}

async function askVersion(source: PostgresSource, text: string, client: pg.Client): Promise<string> {
  const { rows, fields } = await client.query<unknown[]>(toSingle(text));
  const value = rows[0]?.[0];
  if (rows.length !== 1 || fields.length !== 1 || typeof value !== 'string') {
    const found =
      typeof value === 'string' || rows.length !== 1
        ? `${String(rows.length)} rows of ${String(fields.length)} columns`
        : 'no value (null)';
    throw failSource(
      toPlace(source),
      `its \`version\` query answers ${found}, not one value`,
      'Let `version` of the dataset select one value, like `select max(updated_at) from …`.',
    );
  }
  return value;
}

/** One statement (the extended protocol refuses more), answered as the text that the server writes: no parsing that could lose anything of a value. */
function toSingle(text: string): pg.QueryArrayConfig & { readonly queryMode: 'extended' } {
  return { text, rowMode: 'array', queryMode: 'extended', types: { getTypeParser: () => (value: unknown) => value } };
}

async function fetchRows(source: PostgresSource, client: pg.Client, folder: string, context: SourceContext): Promise<Fetched> {
  const rows = toRows(source);
  const version = source.version === undefined ? undefined : await askVersion(source, source.version, client);
  const described = await client.query(toSingle(`SELECT * FROM ${rows.from} AS source LIMIT 0`));
  const types = toColumnTypes(described.fields);
  const content = await toContentFile(copyOut(client, `COPY ${rows.copied} TO STDOUT WITH (FORMAT csv, HEADER)`), folder, context.signal);
  return { ...content, format: 'csv', version: version ?? content.digest, types };
}

/** What is selected from, and what is copied: a view cannot be copied by its name, a query can. */
function toRows({ table, query = '' }: PostgresSource): { readonly from: string; readonly copied: string } {
  if (table === undefined) {
    const text = `(${query.trim().replace(/;\s*$/, '')}\n)`;
    return { from: text, copied: text };
  }
  const name = table
    .split('.')
    .map((part) => pg.escapeIdentifier(part))
    .join('.');
  return { from: name, copied: `(SELECT * FROM ${name})` };
}

async function inTransaction<T>(source: PostgresSource, context: SourceContext, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: await readUri(source, context),
    connectionTimeoutMillis: CONNECT,
    application_name: 'cairn',
    keepAlive: true,
  });
  // A connection that breaks fails what is under way; without a listener it would also end the agent.
  client.on('error', () => undefined);
  const stop = (): void => void client.end().catch(() => undefined);
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    context.signal.throwIfAborted();
    await client.connect();
    // Text forms that do not depend on how the server or its user is set up.
    await client.query(
      "SET TIME ZONE 'UTC'; SET datestyle TO 'ISO'; SET bytea_output TO 'hex'; SET extra_float_digits TO 1; SET intervalstyle TO 'iso_8601'; SET lock_timeout TO '60s'",
    );
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    throw toSourceFailure(toPlace(source), error, 'Correct the dataset or the secret, or see that the database can be reached.');
  } finally {
    context.signal.removeEventListener('abort', stop);
    await client.end().catch(() => undefined);
  }
}

async function readUri(source: PostgresSource, { secret, signal }: SourceContext): Promise<string> {
  const uri = await secret(source.connection, signal);
  // The text of the parser's own error has the URI in it.
  if (!URL.canParse(uri) || !/^postgres(ql)?:/.test(uri))
    throw failSource(
      toPlace(source),
      'it is no connection URI',
      'Give the secret a value like `postgresql://user:password@host:5432/database`.',
    );
  return uri;
}

function toPlace({ connection }: PostgresSource): string {
  return `the database of secret ${connection}`;
}
