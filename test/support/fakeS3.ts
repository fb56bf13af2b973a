import { createHash, createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';

/** What goes wrong with the next request for content. */
export type S3Fault =
  /** answers with this status instead */
  | { readonly kind: 'status'; readonly status: number; readonly code: string }
  /** ends the connection in the middle of the body */
  | { readonly kind: 'cut' }
  /** sends another body than the checksum is of */
  | { readonly kind: 'corrupt' }
  /** sends less than it has announced by its checksum, with a length that fits what is sent */
  | { readonly kind: 'short' };

interface StoredObject {
  readonly bytes: Buffer;
  readonly version: string;
}

export interface FakeS3Options {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region?: string;
  /** whether objects have version ids; default no */
  readonly versioned?: boolean;
}

/**
 * A strict object store on loopback: reading by path only, every request signed (AWS Signature Version 4, checked byte for byte and for its date),
 * checksums sent when asked for, faults on demand. Anything that it does not know is refused.
 */
export class FakeS3 {
  readonly #options: Required<FakeS3Options>;
  readonly #objects = new Map<string, StoredObject>();
  readonly #faults: S3Fault[] = [];
  readonly #server: Server;
  /** requests for content that were answered with it or with a fault */
  gets = 0;
  heads = 0;

  private constructor(options: FakeS3Options) {
    this.#options = { region: 'us-east-1', versioned: false, ...options };
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(options: FakeS3Options): Promise<FakeS3> {
    const fake = new FakeS3(options);
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get endpoint(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${String(typeof address === 'object' && address !== null ? address.port : 0)}`;
  }

  put(bucket: string, key: string, bytes: Buffer): void {
    this.#objects.set(`/${bucket}/${key}`, { bytes, version: randomUUID() });
  }

  /** The next requests for content fail like this, one after another. */
  fail(...faults: readonly S3Fault[]): void {
    this.#faults.push(...faults);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://fake');
    const problem = this.#findProblem(request, url);
    if (problem !== undefined) return refuse(request, response, 403, problem);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(request, response, 405, 'MethodNotAllowed');
    const object = this.#objects.get(decodeURIComponent(url.pathname));
    if (object === undefined) return refuse(request, response, 404, 'NoSuchKey');
    const head = this.#toHead(request, object);
    if (request.method === 'HEAD') {
      this.heads += 1;
      response.writeHead(200, head).end();
      return;
    }
    this.gets += 1;
    this.#send(request, response, object, head);
  }

  #toHead(request: IncomingMessage, { bytes, version }: StoredObject): { [name: string]: string | number } {
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(bytes));
    return {
      'content-length': bytes.length,
      etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
      ...(this.#options.versioned ? { 'x-amz-version-id': version } : {}),
      ...(request.headers['x-amz-checksum-mode'] === 'ENABLED' ? { 'x-amz-checksum-crc32': checksum.toString('base64') } : {}),
    };
  }

  #send(request: IncomingMessage, response: ServerResponse, { bytes }: StoredObject, head: { [name: string]: string | number }): void {
    const fault = this.#faults.shift();
    switch (fault?.kind) {
      case undefined:
        response.writeHead(200, head).end(bytes);
        return;
      case 'status':
        return refuse(request, response, fault.status, fault.code);
      case 'cut':
        response.writeHead(200, head).write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
        return;
      case 'corrupt':
        response.writeHead(200, head).end(Buffer.from(bytes).fill('x', 0, 1));
        return;
      case 'short':
        response.writeHead(200, { ...head, 'content-length': bytes.length - 1 }).end(bytes.subarray(0, -1));
    }
  }

  /** The code of what is wrong with the signature; `undefined` = it is right. */
  #findProblem(request: IncomingMessage, url: URL): string | undefined {
    const { accessKeyId, region } = this.#options;
    const authorization =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
    const [, id, day = '', signedRegion, signed = '', signature] = authorization.exec(request.headers.authorization ?? '') ?? [];
    const date = headerOf(request, 'x-amz-date');
    if (id === undefined) return 'AccessDenied';
    if (id !== accessKeyId) return 'InvalidAccessKeyId';
    if (signedRegion !== region) return 'AuthorizationHeaderMalformed';
    if (!date.startsWith(day) || Math.abs(Date.now() - toTime(date)) > 900_000) return 'RequestTimeTooSkewed';
    const names = signed.split(';');
    if (!names.includes('host') || !names.includes('x-amz-date')) return 'AccessDenied';
    return signature === this.#sign(toCanonical(request, url, names), date, day) ? undefined : 'SignatureDoesNotMatch';
  }

  #sign(canonical: string, date: string, day: string): string {
    const { region, secretAccessKey } = this.#options;
    const scope = `${day}/${region}/s3/aws4_request`;
    const text = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
    const key = [day, region, 's3', 'aws4_request'].reduce<Buffer | string>(
      (last, part) => createHmac('sha256', last).update(part).digest(),
      `AWS4${secretAccessKey}`,
    );
    return createHmac('sha256', key).update(text).digest('hex');
  }
}

function toCanonical(request: IncomingMessage, url: URL, names: readonly string[]): string {
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&');
  const headers = names.map((name) => `${name}:${headerOf(request, name).trim()}\n`).join('');
  return [request.method, url.pathname, query, headers, names.join(';'), headerOf(request, 'x-amz-content-sha256')].join('\n');
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** `20261121T130000Z` */
function toTime(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number, code: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>refused by the fake store</Message></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml' }).end(request.method === 'HEAD' ? undefined : body);
}
