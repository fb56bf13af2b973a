import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FetchedSource, SourceContext, SourceReader } from '../../rde-agent/integrations/source.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';

/** What one kind of source brings to the suite: a reader and a store whose content the test changes. */
export interface SourceUnderTest {
  readonly reader: SourceReader;
  /** the source whose content `write` sets */
  readonly source: FetchedSource;
  /** as `source`, of something that is not there */
  readonly missing: FetchedSource;
  readonly secrets: { readonly [name: string]: string };
  /** whether it lets everybody in, whatever the secrets' values */
  readonly isOpen?: boolean;
  /** bytes that `fetch` is to deliver for these rows, or `undefined` = they are checked elsewhere */
  write(rows: readonly string[]): Promise<Buffer | undefined>;
  /** requests for content since the last call */
  fetches(): number;
}

const SECRET_VALUE = 'top-secret-value';

/** A context that has these secrets and reaches everything. */
export function createContext(secrets: { readonly [name: string]: string }, changes: Partial<SourceContext> = {}): SourceContext {
  return {
    secret: (name) => {
      const value = secrets[name];
      return value === undefined ? Promise.reject(new CairnError('secret-missing', `there is no secret ${name}`)) : Promise.resolve(value);
    },
    resolve: (host) => Promise.resolve([{ address: host === 'localhost' ? '127.0.0.1' : host, family: host.includes(':') ? 6 : 4 }]),
    signal: new AbortController().signal,
    ...changes,
  };
}

/** Everything that every kind of source does alike. */
export function describeSource(kind: string, start: () => Promise<SourceUnderTest>): void {
  describe(`source ${kind}: what all do`, () => {
    let under: SourceUnderTest;
    let folder: string;

    before(async function () {
      this.timeout(60_000);
      under = await start();
    });
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'cairn-source-'));
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const context = (changes: Partial<SourceContext> = {}): SourceContext => createContext(under.secrets, changes);
    const fetch = (changes: Partial<SourceContext> = {}): ReturnType<SourceReader['fetch']> =>
      under.reader.fetch(under.source, 'csv', folder, context(changes));

    it('delivers the content as a file with its digest and size', async () => {
      const expected = await under.write(['a', 'b']);
      const fetched = await fetch();
      const bytes = readFileSync(fetched.path);
      assert.ok(fetched.path.startsWith(folder));
      assert.equal(fetched.digest, `sha256:${createHash('sha256').update(bytes).digest('hex')}`);
      assert.equal(fetched.bytes, bytes.length);
      assert.equal(fetched.format, 'csv');
      if (expected !== undefined) assert.deepEqual(bytes, expected);
    });

    it('has one version while nothing changes and another one afterwards, told without fetching', async () => {
      await under.write(['a']);
      const first = await under.reader.version(under.source, context());
      assert.equal(await under.reader.version(under.source, context()), first);
      const fetched = await fetch();
      under.fetches();
      await under.write(['b']);
      const second = await under.reader.version(under.source, context());
      assert.equal(under.fetches(), 0);
      if (first !== null) {
        assert.equal(fetched.version, first);
        assert.notEqual(second, first);
      }
      assert.notEqual((await fetch()).version, fetched.version);
    });

    it('says what is not there, with a next step', async () => {
      await assert.rejects(under.reader.fetch(under.missing, 'csv', folder, context()), (error) => isFailure(error, 'store-failed'));
      assert.deepEqual(readdirSync(folder), []);
    });

    it('asks for secrets by name and tells no value of them', async () => {
      if (Object.keys(under.secrets).length === 0) return;
      await assert.rejects(under.reader.fetch(under.source, 'csv', folder, createContext({})), (error) =>
        isFailure(error, 'secret-missing'),
      );
      if (under.isOpen === true) return;
      const wrong = Object.fromEntries(Object.keys(under.secrets).map((name) => [name, SECRET_VALUE]));
      await assert.rejects(under.reader.fetch(under.source, 'csv', folder, createContext(wrong)), (error) => {
        assert.ok(error instanceof CairnError);
        assert.ok(!`${error.message} ${error.next}`.includes(SECRET_VALUE));
        return true;
      });
    });

    it('stops when it is told to, and leaves nothing', async () => {
      const controller = new AbortController();
      controller.abort();
      await assert.rejects(fetch({ signal: controller.signal }));
      assert.deepEqual(readdirSync(folder), []);
    });
  });
}

export function isFailure(error: unknown, code: CairnError['code']): true {
  assert.ok(error instanceof CairnError, String(error));
  assert.equal(error.code, code, error.message);
  assert.ok(error.next.length > 0);
  return true;
}
