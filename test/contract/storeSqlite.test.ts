import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '../../language/model/names.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import { openSqliteStore } from '../../rde-agent/store/sqlite/sqliteStore.ts';
import type { Store } from '../../rde-agent/store/store.ts';
import { silentLogger } from '../support/silentLogger.ts';
import { describeStore } from './storeSuite.ts';

const writerScript = new URL('../../rde-agent/store/sqlite/writerThread.ts', import.meta.url);

function open(folder: string): Promise<Store> {
  return openSqliteStore({ folder, writerScript, logger: silentLogger });
}

describeStore({ name: 'sqlite', open });

describe('store: sqlite, damage and versions', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-sqlite-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const useOnce = async (use: (store: Store) => Promise<void>): Promise<void> => {
    const store = await open(folder);
    try {
      await use(store);
    } finally {
      await store.close();
    }
  };
  const cancel = { type: 'run.cancelRequested' } as const;
  const commit = (store: Store, expected: number): Promise<void> =>
    store.events.commit({
      appends: [
        {
          stream: 'run:/a',
          expected,
          by: 'local:tester',
          scope: { tenant: 'local', domain: 'experiment' },
          at: '2026-11-21T08:00:00.000Z',
          events: [cancel],
        },
      ],
    });

  it('refuses a newer schema and leaves it untouched', async () => {
    await useOnce((store) => commit(store, 0));
    const database = new DatabaseSync(join(folder, 'events.db'));
    database.exec('PRAGMA user_version = 999');
    database.close();
    await assert.rejects(open(folder), (error) => error instanceof CairnError && error.code === 'state-newer');
    const again = new DatabaseSync(join(folder, 'events.db'));
    assert.equal(again.prepare('SELECT count(*) AS n FROM events').get()?.['n'], 1);
    again.close();
  });

  it('refuses a damaged database by name, never silently empty', async () => {
    await useOnce((store) => commit(store, 0));
    writeFileSync(join(folder, 'events.db'), randomBytes(8192));
    await assert.rejects(
      open(folder),
      (error) => error instanceof CairnError && error.code === 'state-damaged' && error.message.includes('events.db'),
    );
  });

  it('makes projections anew when they are deleted, damaged or of another version', async () => {
    await useOnce((store) => commit(store, 0));
    const path = join(folder, 'projections.db');
    for (const spoil of [() => rmSync(path), () => writeFileSync(path, 'not a database'), () => setVersion(path, 999)]) {
      spoil();
      await useOnce(async (store) => {
        assert.equal(store.events.last('run:/a') > 0, true);
        assert.deepEqual(store.projections.openRuns(), []);
      });
    }
  });

  it('tells whether content is what was stored: sound when as expected, doubtful until it is read where that tells nothing', async () => {
    const none: Digest = `sha256:${'0'.repeat(64)}`;
    const later = new Date(Date.now() + 60_000).toISOString();
    const earlier = '2020-01-01T00:00:00.000Z';
    let big: Digest = none;
    let small: Digest = none;
    await useOnce(async (store) => {
      big = await store.blobs.put(new Uint8Array(randomBytes(200_000)));
      small = await store.blobs.put(new Uint8Array(randomBytes(100)));
      assert.equal(store.blobs.check(small, { bytes: 100, at: later }), 'sound');
      assert.equal(store.blobs.check(big, { bytes: 200_000, at: later }), 'sound');
      assert.equal(store.blobs.check(big, { bytes: null, at: later }), 'sound');
    });
    await useOnce(async (store) => {
      assert.equal(store.blobs.check(big, { bytes: 199_999, at: later }), 'doubtful', 'of another size');
      assert.equal(store.blobs.check(big, { bytes: 200_000, at: earlier }), 'doubtful', 'written since');
      assert.deepEqual([await store.blobs.verify(big), await store.blobs.verify(small)], [true, true]);
      assert.equal(store.blobs.check(big, { bytes: 200_000, at: earlier }), 'sound', 'it was read');
      assert.equal(store.blobs.check(none, { bytes: 1, at: later }), 'missing');
      assert.equal(await store.blobs.verify(none), false);
    });
  });

  it('finds a flipped bit of what it has verified, also where size and times are set back', async () => {
    await useOnce(async (store) => {
      const digest = await store.blobs.put(randomBytes(200_000));
      const path = await store.blobs.toPath(digest);
      const { atime, mtime } = statSync(path);
      const bytes = readFileSync(path);
      bytes[7] = (bytes[7] ?? 0) ^ 1;
      chmodSync(path, 0o644);
      writeFileSync(path, bytes);
      utimesSync(path, atime, mtime);
      assert.equal(store.blobs.isSetAside(digest), false);
      await assert.rejects(store.blobs.toPath(digest), (error) => error instanceof CairnError && error.code === 'unknown-blob');
      assert.deepEqual([store.blobs.has(digest), store.blobs.isSetAside(digest)], [false, true]);
    });
  });

  it('sets a damaged big blob aside and counts it as missing', async () => {
    const bytes = randomBytes(100_000);
    const digest: Digest = `sha256:${hash('sha256', bytes, 'hex')}`;
    await useOnce(async (store) => {
      await store.blobs.put(new Uint8Array(bytes));
      const path = await store.blobs.toPath(digest);
      chmodSync(path, 0o644);
      const spoiled = readFileSync(path);
      spoiled[500] = (spoiled[500] ?? 0) ^ 1;
      writeFileSync(path, spoiled);
      assert.equal(await store.blobs.read(digest), undefined);
      assert.equal(store.blobs.has(digest), false);
    });
    assert.deepEqual(readdirSync(join(folder, 'blobs', 'quarantine')), [digest.slice(7)]);
    await useOnce(async (store) => {
      await store.blobs.put(new Uint8Array(bytes));
      const path = await store.blobs.toPath(digest);
      chmodSync(path, 0o644);
      writeFileSync(path, 'cut');
      await store.blobs.put(new Uint8Array(bytes));
      assert.deepEqual(Buffer.from((await store.blobs.read(digest)) ?? []), bytes, 'what is stored again takes the place of a damaged one');
    });
    assert.equal(existsSync(join(folder, 'unclean')), false);
  });
});

function setVersion(path: string, version: number): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}
