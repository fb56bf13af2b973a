import type { GetObjectCommandOutput, HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import type { DatasetFormat } from '../../../language/model/dataset.ts';
import { MAX_CONTENT, toContentFile } from '../contentFile.ts';
import { toLookup } from '../pinnedLookup.ts';
import type { Fetched, FetchedSource, SourceContext, SourceReader } from '../source.ts';
import { failSource, toSourceFailure } from '../sourceFailure.ts';
import type { s3 } from './s3Client.ts';

type Sdk = typeof s3;
type S3Source = Extract<FetchedSource, { kind: 's3' }>;

/** milliseconds until a connection is there, and without a byte */
const CONNECT = 15_000;
const IDLE = 60_000;

export interface S3ReaderOptions {
  /** bytes of one object */
  readonly limit?: number;
}

/** One object of a store with the S3 API; where an endpoint is named, by path (`endpoint/bucket/key`). */
export function createS3Reader({ limit = MAX_CONTENT }: S3ReaderOptions = {}): SourceReader {
  return {
    kind: 's3',
    version: (source, context) => withClient(toS3(source), context, (client, sdk) => readVersion(toS3(source), client, sdk, context)),
    fetch: (source, format, folder, context) =>
      withClient(toS3(source), context, (client, sdk) => fetchObject(toS3(source), format, folder, { client, sdk, context, limit })),
  };
}

function toS3(source: FetchedSource): S3Source {
  if (source.kind !== 's3') throw new TypeError(`a ${source.kind} source is no object store`);
  return source;
}

async function readVersion(
  { bucket, key }: S3Source,
  client: S3Client,
  { HeadObjectCommand }: Sdk,
  { signal }: SourceContext,
): Promise<string | null> {
  return toVersion(await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal }));
}

interface Fetching {
  readonly client: S3Client;
  readonly sdk: Sdk;
  readonly context: SourceContext;
  readonly limit: number;
}

async function fetchObject(
  source: S3Source,
  format: DatasetFormat,
  folder: string,
  { client, sdk, context, limit }: Fetching,
): Promise<Fetched> {
  const { signal } = context;
  // With checksums enabled the body fails at its end when it is not what the store has a checksum of.
  const command = new sdk.GetObjectCommand({ Bucket: source.bucket, Key: source.key, ChecksumMode: 'ENABLED' });
  const answer = await client.send(command, { abortSignal: signal });
  if (!(answer.Body instanceof Readable)) throw failSource(toPlace(source), 'it answers without content', 'Correct `key` of the dataset.');
  const content = await toContentFile(answer.Body, folder, signal, limit);
  if (answer.ContentLength !== undefined && answer.ContentLength !== content.bytes)
    throw failSource(toPlace(source), `it sent ${String(content.bytes)} of ${String(answer.ContentLength)} bytes`, 'Try again.');
  return { ...content, format, version: toVersion(answer) ?? content.digest };
}

/** An id of its own where the bucket keeps versions; `null` is what it calls an object of before that. */
function toVersion({ VersionId, ETag }: Pick<GetObjectCommandOutput | HeadObjectCommandOutput, 'VersionId' | 'ETag'>): string | null {
  return VersionId !== undefined && VersionId !== '' && VersionId !== 'null' ? VersionId : (ETag ?? null);
}

async function withClient<T>(source: S3Source, context: SourceContext, work: (client: S3Client, sdk: Sdk) => Promise<T>): Promise<T> {
  // Some megabytes that only those who read from such a store need.
  const { s3: sdk } = await import('./s3Client.ts');
  const client = await createClient(source, sdk, context);
  try {
    return await work(client, sdk);
  } catch (error) {
    throw toFailure(source, sdk, error);
  } finally {
    client.destroy();
  }
}

async function createClient(source: S3Source, sdk: Sdk, context: SourceContext): Promise<S3Client> {
  const { endpoint, region = 'us-east-1' } = source;
  const credentials = await readCredentials(source, context);
  const agents = await toPolicedAgents(endpoint === undefined ? undefined : new URL(endpoint), context);
  return new sdk.S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
    requestHandler: { connectionTimeout: CONNECT, requestTimeout: IDLE, ...agents },
    // Stores of others answer without the newer checksums; where there is one it is verified.
    responseChecksumValidation: 'WHEN_SUPPORTED',
    followRegionRedirects: false,
  });
}

async function readCredentials(
  { credentials }: S3Source,
  { secret, signal }: SourceContext,
): Promise<{ accessKeyId: string; secretAccessKey: string } | undefined> {
  if (credentials === undefined) return undefined;
  const [accessKeyId, secretAccessKey] = await Promise.all([
    secret(credentials.accessKeyId, signal),
    secret(credentials.secretAccessKey, signal),
  ]);
  return { accessKeyId, secretAccessKey };
}

/** Connects only where policy allows, whatever names resolve to by then. An address in place of a name is never looked up, so it is asked about at once. */
async function toPolicedAgents(
  endpoint: URL | undefined,
  { resolve }: SourceContext,
): Promise<{ httpAgent: HttpAgent; httpsAgent: HttpsAgent }> {
  const port = toPort(endpoint);
  if (endpoint !== undefined) await resolve(endpoint.hostname.replace(/^\[|\]$/g, ''), port);
  const lookup: LookupFunction = (host, options, callback) => {
    resolve(host, port).then(
      (addresses) => toLookup(addresses)(host, options, callback),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), '', 4),
    );
  };
  return { httpAgent: new HttpAgent({ lookup }), httpsAgent: new HttpsAgent({ lookup }) };
}

function toPort(endpoint: URL | undefined): number {
  if (endpoint === undefined || endpoint.port === '') return endpoint?.protocol === 'http:' ? 80 : 443;
  return Number(endpoint.port);
}

const STEPS: { readonly [name: string]: string } = {
  NoSuchKey: 'Correct `key` of the dataset.',
  NotFound: 'Correct `bucket` and `key` of the dataset.',
  NoSuchBucket: 'Correct `bucket` of the dataset.',
  CredentialsProviderError: 'Name secrets under `credentials` of the dataset, or give the agent credentials by its environment.',
};
const NO_ACCESS = 'See that the credentials are right and may read this object.';

function toFailure(source: S3Source, { S3ServiceException }: Sdk, error: unknown): unknown {
  const named = error instanceof Error ? STEPS[error.name] : undefined;
  if (!(error instanceof S3ServiceException)) return toSourceFailure(toPlace(source), error, named ?? 'See that the store can be reached.');
  const status = error.$metadata.httpStatusCode;
  const why = `${error.name}${status === undefined ? '' : ` (${String(status)})`}`;
  return failSource(toPlace(source), why, named ?? (status === 401 || status === 403 ? NO_ACCESS : 'See what is wrong with the store.'));
}

function toPlace({ bucket, key }: S3Source): string {
  return `s3://${bucket}/${key}`;
}
