import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createS3Reader } from '../../rde-agent/integrations/s3/s3Reader.ts';
import type { FetchedSource } from '../../rde-agent/integrations/source.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import { FakeS3, type S3Fault } from '../support/fakeS3.ts';
import { findObjectStore, startObjectStore, type ObjectStore } from '../support/objectStore/mockServer.ts';
import { createContext, describeSource, isFailure } from './sourceSuite.ts';

const SECRETS = { KEY_ID: 'AKIDEXAMPLE', KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const KEYS = { accessKeyId: SECRETS.KEY_ID, secretAccessKey: SECRETS.KEY };

function sourceOf(endpoint: string, key = 'räw/flights 2013+.csv'): FetchedSource {
  const credentials = { accessKeyId: 'KEY_ID', secretAccessKey: 'KEY' };
  return { kind: 's3', bucket: 'data', key, region: undefined, endpoint, credentials, environment: undefined };
}

for (const versioned of [false, true]) {
  let fake: FakeS3 | undefined;
  after(() => fake?.close());
  describeSource(`s3 (strict fake, ${versioned ? 'with' : 'without'} version ids)`, async () => {
    const started = (fake = await FakeS3.start({ ...KEYS, versioned }));
    let seen = 0;
    return {
      reader: createS3Reader(),
      source: sourceOf(started.endpoint),
      missing: sourceOf(started.endpoint, 'nothing.csv'),
      secrets: SECRETS,
      write: (rows) => {
        const bytes = Buffer.from(`name\n${rows.join('\n')}\n`);
        started.put('data', 'räw/flights 2013+.csv', bytes);
        return Promise.resolve(bytes);
      },
      fetches: () => {
        const since = started.gets - seen;
        seen = started.gets;
        return since;
      },
    };
  });
}

const python = findObjectStore();
const isRequired = (process.env['CAIRN_REQUIRE'] ?? '').split(',').includes('s3');
const KEY = 'räw/flights 2013+.csv';

describe(`source s3${python === undefined ? ' (needs s3: CAIRN_DEV_S3 names no Python with moto)' : ''}`, () => {
  before(function () {
    if (python === undefined && !isRequired) this.skip();
  });
  for (const versioned of [false, true]) {
    let store: ObjectStore | undefined;
    after(() => store?.dispose());
    describeSource(`s3 (moto, ${versioned ? 'with' : 'without'} version ids)`, async () => {
      const started = (store = await startObjectStore(python ?? 'python', 'data', { ...KEYS, versioned }));
      await started.put(KEY, Buffer.from(''));
      return {
        reader: createS3Reader(),
        source: sourceOf(started.endpoint),
        missing: sourceOf(started.endpoint, 'nothing.csv'),
        // It lets every key in, so that only the strict fake is asked about them.
        secrets: SECRETS,
        isOpen: true,
        write: async (rows) => {
          const bytes = Buffer.from(`name\n${rows.join('\n')}\n`);
          await started.put(KEY, bytes);
          return bytes;
        },
        fetches: () => 0,
      };
    });
  }
});

describe('source s3: faults and refusals', () => {
  let fake: FakeS3;
  let folder: string;
  const context = createContext(SECRETS);
  const content = Buffer.from('name\n' + 'flight\n'.repeat(50_000));

  before(async () => {
    fake = await FakeS3.start(KEYS);
    fake.put('data', 'a.csv', content);
    folder = mkdtempSync(join(tmpdir(), 'cairn-s3-'));
  });
  after(async () => {
    await fake.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const fetch = (changes: Partial<FetchedSource> = {}): ReturnType<ReturnType<typeof createS3Reader>['fetch']> =>
    createS3Reader().fetch({ ...sourceOf(fake.endpoint, 'a.csv'), ...changes } as FetchedSource, 'csv', folder, context);

  it('tries again after a passing failure of the store', async () => {
    fake.fail({ kind: 'status', status: 503, code: 'SlowDown' }, { kind: 'status', status: 500, code: 'InternalError' });
    const fetched = await fetch();
    assert.deepEqual(readFileSync(fetched.path), content);
    rmSync(fetched.path);
  });

  for (const fault of [{ kind: 'cut' }, { kind: 'corrupt' }, { kind: 'short' }] satisfies readonly S3Fault[]) {
    it(`stores nothing of a body that is ${fault.kind}`, async () => {
      fake.fail(fault);
      await assert.rejects(fetch(), (error) => isFailure(error, 'store-failed'));
      assert.deepEqual(readdirSync(folder), []);
    });
  }

  it('names what is wrong with the credentials, and no value', async () => {
    const wrong = createContext({ KEY_ID: SECRETS.KEY_ID, KEY: 'another-key' });
    await assert.rejects(createS3Reader().fetch(sourceOf(fake.endpoint, 'a.csv'), 'csv', folder, wrong), (error) => {
      isFailure(error, 'store-failed');
      assert.ok(error instanceof CairnError && error.message === 's3://data/a.csv: SignatureDoesNotMatch (403)', String(error));
      return true;
    });
  });

  it('refuses more than the limit', async () => {
    await assert.rejects(createS3Reader({ limit: 1000 }).fetch(sourceOf(fake.endpoint, 'a.csv'), 'csv', folder, context), (error) =>
      isFailure(error, 'limit-exceeded'),
    );
    assert.deepEqual(readdirSync(folder), []);
  });

  it('asks policy before it connects anywhere, also by name', async () => {
    const denied = new CairnError('denied', 'no such place for you');
    const asked: string[] = [];
    const refusing = createContext(SECRETS, {
      resolve: (host, port) => {
        asked.push(`${host}:${String(port)}`);
        return Promise.reject(denied);
      },
    });
    const gets = fake.gets;
    await assert.rejects(createS3Reader().fetch(sourceOf(fake.endpoint, 'a.csv'), 'csv', folder, refusing), (error) => error === denied);
    const byDefault = { ...sourceOf(fake.endpoint, 'a.csv'), endpoint: undefined } as FetchedSource;
    await assert.rejects(createS3Reader().version(byDefault, refusing), (error) => isFailure(error, 'denied'));
    assert.equal(fake.gets, gets);
    assert.deepEqual([asked[0], asked.at(-1)], [new URL(fake.endpoint).host, 'data.s3.us-east-1.amazonaws.com:443']);
  });
});
