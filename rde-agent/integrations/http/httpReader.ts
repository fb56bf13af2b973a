import type { IncomingMessage } from 'node:http';
import type { DatasetFormat } from '../../../language/model/dataset.ts';
import { MAX_CONTENT, toContentFile } from '../contentFile.ts';
import type { Fetched, FetchedSource, SourceContext, SourceReader } from '../source.ts';
import { failSource, toSourceFailure } from '../sourceFailure.ts';
import { request } from './request.ts';

type HttpSource = Extract<FetchedSource, { kind: 'http' }>;

export interface HttpReaderOptions {
  /** bytes of one answer */
  readonly limit?: number;
  /** seconds without a byte */
  readonly idle?: number;
}

/** GET over http or https; TLS is verified, redirects are not followed. */
export function createHttpReader({ limit = MAX_CONTENT, idle = 60 }: HttpReaderOptions = {}): SourceReader {
  return {
    kind: 'http',
    version: (source, context) => readVersion(toHttp(source), context, idle),
    fetch: (source, format, folder, context) => fetchContent(toHttp(source), format, folder, context, { limit, idle }),
  };
}

function toHttp(source: FetchedSource): HttpSource {
  if (source.kind !== 'http') throw new TypeError(`a ${source.kind} source is not read over http`);
  return source;
}

async function readVersion(source: HttpSource, context: SourceContext, idle: number): Promise<string | null> {
  const where = toPlace(source);
  const answer = await ask(source, 'HEAD', context, idle);
  answer.resume();
  // Servers and signed addresses that allow GET alone are common: then only the content tells, or what is wrong with it.
  const status = answer.statusCode ?? 0;
  if ((status >= 400 && status < 500) || status === 501) return null;
  assertGood(where, answer);
  return toStrongTag(answer);
}

async function fetchContent(
  source: HttpSource,
  format: DatasetFormat,
  folder: string,
  context: SourceContext,
  { limit, idle }: Required<HttpReaderOptions>,
): Promise<Fetched> {
  const where = toPlace(source);
  const answer = await ask(source, 'GET', context, idle);
  try {
    assertGood(where, answer);
    assertPlain(where, answer);
    const content = await toContentFile(answer, folder, context.signal, limit);
    return { ...content, format, version: toStrongTag(answer) ?? content.digest };
  } catch (error) {
    answer.destroy();
    throw toSourceFailure(where, error, 'Try again; if it stays, ask whoever runs the server.');
  }
}

async function ask(source: HttpSource, method: 'GET' | 'HEAD', context: SourceContext, idle: number): Promise<IncomingMessage> {
  const headers: { [name: string]: string } = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'cairn' };
  for (const [name, secret] of Object.entries(source.headers)) headers[name] = await context.secret(secret, context.signal);
  try {
    return await request(new URL(source.url), { method, headers, idle }, context);
  } catch (error) {
    throw toSourceFailure(toPlace(source), error, 'Correct `url` of the dataset, or see that its server can be reached.');
  }
}

/** Without user, query and fragment: they may hold what nobody else is to know. */
function toPlace(source: HttpSource): string {
  const { origin, pathname } = new URL(source.url);
  return `${origin}${pathname}`;
}

function assertGood(where: string, answer: IncomingMessage): void {
  const status = answer.statusCode ?? 0;
  if (status === 200) return;
  if (status >= 300 && status < 400)
    throw failSource(where, `it answers with a redirect (${String(status)}), and redirects are not followed`, toRedirectStep(answer));
  const next =
    status === 401 || status === 403
      ? 'Name the secret that holds the right credentials under `headers` of the dataset.'
      : 'Correct `url` of the dataset, or see what is wrong with its server.';
  throw failSource(where, `it answers ${String(status)} ${answer.statusMessage ?? ''}`.trimEnd(), next);
}

function toRedirectStep({ headers: { location } }: IncomingMessage): string {
  const target = location === undefined || !URL.canParse(location) ? undefined : new URL(location);
  return target === undefined
    ? 'Name the final address as `url`.'
    : `Name the final address as \`url\` (it points to ${target.origin}${target.pathname}).`;
}

/** What was asked for is the content itself; a packed or partial one would be stored as something else. */
function assertPlain(where: string, { headers }: IncomingMessage): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw failSource(
      where,
      `it sends the content as ${encoding} though plain content was asked for`,
      'Configure its server to send the file as it is.',
    );
}

function toStrongTag({ headers: { etag } }: IncomingMessage): string | null {
  return etag === undefined || etag.startsWith('W/') || etag.length > 512 ? null : etag;
}
