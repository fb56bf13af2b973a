import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpReader, type HttpReaderOptions } from '../../rde-agent/integrations/http/httpReader.ts';
import type { Fetched, FetchedSource } from '../../rde-agent/integrations/source.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import { createContext, describeSource, isFailure } from './sourceSuite.ts';

type HttpSource = Extract<FetchedSource, { kind: 'http' }>;
const SECRETS = { API_TOKEN: 'Bearer abc' };

function sourceOf(server: Server, path: string, headers: HttpSource['headers'] = { authorization: 'API_TOKEN' }): HttpSource {
  return { kind: 'http', url: `http://localhost:${String(portOf(server))}${path}`, headers, environment: undefined };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function serve(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function close(server: Server | undefined): Promise<void> {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
}

for (const tagged of [true, false]) {
  let server: Server | undefined;
  after(() => close(server));
  describeSource(`http (${tagged ? 'with a strong ETag' : 'without ETag and HEAD'})`, async () => {
    let bytes = Buffer.alloc(0);
    let gets = 0;
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      if (request.headers.authorization !== SECRETS.API_TOKEN) return void response.writeHead(401).end();
      if (request.url !== '/data.csv') return void response.writeHead(404).end();
      const head = { 'content-length': bytes.length, ...(tagged ? { etag: `"${createHash('sha256').update(bytes).digest('hex')}"` } : {}) };
      if (request.method === 'HEAD') return void response.writeHead(tagged ? 200 : 405, head).end();
      gets += 1;
      response.writeHead(200, head).end(bytes);
    };
    const started = (server = await serve(answer));
    return {
      reader: createHttpReader(),
      source: sourceOf(started, '/data.csv'),
      missing: sourceOf(started, '/nothing.csv'),
      secrets: SECRETS,
      write: (rows) => Promise.resolve((bytes = Buffer.from(`name\n${rows.join('\n')}\n`))),
      fetches: () => {
        const since = gets;
        gets = 0;
        return since;
      },
    };
  });
}

describe('source http: answers that are no content', () => {
  let server: Server;
  let folder: string;
  const routes: { readonly [path: string]: RequestListener } = {
    '/moved': (_request, response) => response.writeHead(302, { location: 'https://elsewhere.example/data.csv?token=hunter2' }).end(),
    '/weak': (_request, response) => response.writeHead(200, { etag: 'W/"1"' }).end('a\n1\n'),
    '/packed': (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('zip'),
    '/partial': (_request, response) => response.writeHead(206).end('a'),
    '/broken': (_request, response) => response.writeHead(500, 'Out of Order').end(),
    '/cut': (_request, response) => void response.writeHead(200, { 'content-length': 100 }).write('a\n', () => response.destroy()),
    '/silent': (_request, response) => void response.writeHead(200).write('a\n'),
    '/big': (_request, response) => response.writeHead(200).end('x'.repeat(10_000)),
  };
  before(async () => {
    server = await serve((request, response) => routes[new URL(request.url ?? '', 'http://h').pathname]?.(request, response));
    folder = mkdtempSync(join(tmpdir(), 'cairn-http-'));
  });
  after(async () => {
    await close(server);
    rmSync(folder, { recursive: true, force: true });
  });

  const fetch = (path: string, options: HttpReaderOptions = {}): Promise<Fetched> =>
    createHttpReader(options).fetch(sourceOf(server, path, {}), 'csv', folder, createContext({}));
  const refuse = async (path: string, code: CairnError['code'] = 'store-failed', options: HttpReaderOptions = {}): Promise<string> => {
    const error: unknown = await fetch(path, options).catch((thrown: unknown) => thrown);
    isFailure(error, code);
    assert.deepEqual(readdirSync(folder), []);
    return error instanceof CairnError ? `${error.message} | ${error.next}` : '';
  };

  it('follows no redirect, and says where it points', async () => {
    const text = await refuse('/moved?key=hunter2');
    assert.match(
      text,
      /\/moved: it answers with a redirect \(302\), and redirects are not followed \| .*https:\/\/elsewhere\.example\/data\.csv\)/,
    );
    assert.ok(!text.includes('hunter2'));
  });

  it('takes a weak ETag for no version', async () => {
    const fetched = await fetch('/weak');
    assert.equal(fetched.version, fetched.digest);
    assert.equal(readFileSync(fetched.path, 'utf8'), 'a\n1\n');
    assert.equal(await createHttpReader().version(sourceOf(server, '/weak', {}), createContext({})), null);
    rmSync(fetched.path);
  });

  for (const [path, expected] of [
    ['/packed', /content as gzip/],
    ['/partial', /answers 206/],
    ['/broken', /answers 500 Out of Order/],
    ['/cut', /closed by the other side|aborted/],
  ] as const) {
    it(`stores nothing of ${path}`, async () => {
      assert.match(await refuse(path), expected);
    });
  }

  it('gives up on a server that falls silent', async () => {
    assert.match(await refuse('/silent', 'store-failed', { idle: 0.2 }), /did not answer in time/);
  });

  it('refuses more than the limit', async () => {
    await refuse('/big', 'limit-exceeded', { limit: 5000 });
  });

  it('connects to the checked address, whatever the name resolves to', async () => {
    const asked: string[] = [];
    const context = createContext(
      {},
      {
        resolve: (host, port) => {
          asked.push(`${host}:${String(port)}`);
          return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
        },
      },
    );
    const source: HttpSource = {
      kind: 'http',
      url: `http://data.example.invalid:${String(portOf(server))}/weak`,
      headers: {},
      environment: undefined,
    };
    const fetched = await createHttpReader().fetch(source, 'csv', folder, context);
    assert.deepEqual(asked, [`data.example.invalid:${String(portOf(server))}`]);
    rmSync(fetched.path);
  });

  const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
  (hasOpenssl ? it : it.skip)(
    `trusts no certificate that nobody vouches for${hasOpenssl ? '' : ' (needs openssl: no such program)'}`,
    async () => {
      const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
      const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost'];
      execFileSync('openssl', [...made, '-keyout', key ?? '', '-out', cert ?? ''], { stdio: 'ignore' });
      let asked = 0;
      const secure = createSecureServer({ key: readFileSync(key ?? ''), cert: readFileSync(cert ?? '') }, (_request, response) => {
        asked += 1;
        response.end('a\n');
      });
      await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
      const source: HttpSource = { ...sourceOf(secure, '/x'), url: `https://localhost:${String(portOf(secure))}/x`, headers: {} };
      await assert.rejects(createHttpReader().fetch(source, 'csv', folder, createContext({})), (error) => {
        isFailure(error, 'store-failed');
        return error instanceof CairnError && /self-signed certificate/.test(error.message);
      });
      assert.equal(asked, 0);
      await close(secure);
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
    },
  );

  it('asks for the content where HEAD is not allowed, whatever the server calls that', async () => {
    const picky = await serve((request, response) => void response.writeHead(request.method === 'HEAD' ? 403 : 200).end('a\n1\n'));
    assert.equal(await createHttpReader().version(sourceOf(picky, '/signed', {}), createContext({})), null);
    await close(picky);
  });

  it('does not connect where policy says no', async () => {
    const denied = new CairnError('denied', 'loopback');
    const context = createContext({}, { resolve: () => Promise.reject(denied) });
    await assert.rejects(createHttpReader().fetch(sourceOf(server, '/weak', {}), 'csv', folder, context), (error) => error === denied);
  });
});
