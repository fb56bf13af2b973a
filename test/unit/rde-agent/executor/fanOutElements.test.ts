import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobCache } from '../../../../rde-agent/executor/blobCache.ts';
import { expand, FanOutProblem, MOST_ELEMENTS, readElements } from '../../../../rde-agent/executor/fanOutElements.ts';
import type { Json } from '../../../../language/model/json.ts';
import type { OutputRecord } from '../../../../rde-agent/protocol/runEvents.ts';
import { openSqliteStore } from '../../../../rde-agent/store/sqlite/sqliteStore.ts';
import type { Store } from '../../../../rde-agent/store/store.ts';
import { silentLogger } from '../../../support/silentLogger.ts';

const writerScript = new URL('../../../../rde-agent/store/sqlite/writerThread.ts', import.meta.url);
const isProblem = (pattern: RegExp) => (error: unknown) => error instanceof FanOutProblem && pattern.test(error.message);

describe('executor: elements of a fan-out', () => {
  it('zips names, literals among them', () => {
    const foreach = { names: ['row', 'depth'], values: { depth: [1, 2] } };
    assert.deepEqual(expand('score', foreach, { row: ['a', 'b'] }), { values: { row: ['a', 'b'], depth: [1, 2] }, count: 2 });
    assert.throws(() => expand('score', foreach, { row: ['a'] }), isProblem(/equally long/));
  });

  it('crosses names, the last one fastest', () => {
    const foreach = { names: ['row', 'depth'], values: { depth: [1, 2] }, product: true };
    const { values, count } = expand('score', foreach, { row: ['a', 'b', 'c'] });
    assert.equal(count, 6);
    assert.deepEqual(values, { row: ['a', 'a', 'b', 'b', 'c', 'c'], depth: [1, 2, 1, 2, 1, 2] });
    assert.equal(expand('score', foreach, { row: [] }).count, 0);
  });

  it('refuses more elements than there may be, before it makes them', () => {
    const many = Array.from({ length: MOST_ELEMENTS }, (_, index) => index);
    assert.throws(
      () => expand('score', { names: ['a'], values: {} }, { a: [...many, 0] }),
      isProblem(/10001 elements; a fan-out has at most 10000/),
    );
    assert.throws(
      () => expand('score', { names: ['a', 'b'], values: {}, product: true }, { a: many, b: many }),
      isProblem(/100000000 elements/),
    );
  });

  describe('of content', () => {
    let folder: string;
    let store: Store;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'cairn-elements-'));
      store = await openSqliteStore({ folder, writerScript, logger: silentLogger });
    });
    afterEach(async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function read(bytes: Uint8Array, format: OutputRecord['format']): Promise<readonly Json[]> {
      const digest = await store.blobs.put(bytes);
      const output: OutputRecord = {
        type: format === 'parquet' ? 'table' : 'json',
        digest,
        logical: digest,
        exact: true,
        bytes: bytes.length,
        format,
      };
      return readElements(output, 'raw.data', new BlobCache(store.blobs));
    }
    const fixture = (name: string): Uint8Array => readFileSync(new URL(`../../../fixtures/parquet/${name}.parquet`, import.meta.url));

    for (const codec of ['none', 'snappy', 'zstd', 'gzip', 'brotli']) {
      it(`reads rows of a table (${codec}) as JSON, without losing digits or times`, async () => {
        assert.deepEqual(await read(fixture(`rows-${codec}`), 'parquet'), [
          { name: 'a', big: 1, at: '2013-01-31T05:00:00.123456Z', day: '2013-01-31', ok: true, score: 0.5, tags: ['x', 'y'] },
          { name: null, big: '1152921504606846976', at: null, day: '1969-12-30', ok: false, score: null, tags: [] },
          { name: 'ü', big: -5, at: '1969-12-31T23:59:59.500000Z', day: null, ok: null, score: -1.25, tags: null },
        ]);
      });
    }

    it('refuses what has no JSON form, is damaged, or is no list', async () => {
      await assert.rejects(read(fixture('bytes'), 'parquet'), isProblem(/raw\.data has a column of bytes/));
      await assert.rejects(read(fixture('rows-zstd').subarray(0, 900), 'parquet'), isProblem(/the rows of raw\.data cannot be read/));
      await assert.rejects(read(Buffer.from('{"a":1}'), 'json'), isProblem(/raw\.data is not a list/));
      await assert.rejects(read(Buffer.from('[1'), 'json'), isProblem(/raw\.data is not JSON/));
      await assert.rejects(read(Buffer.from('x'), 'raw'), isProblem(/a fan-out needs a list/));
    });
  });
});
