import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import { openSqliteStore, type SqliteStoreOptions } from '../../rde-agent/store/sqlite/sqliteStore.ts';
import type { Store } from '../../rde-agent/store/store.ts';
import { silentLogger } from '../support/silentLogger.ts';
import { waitFor } from '../support/waitFor.ts';

const writerScript = new URL('../../rde-agent/store/sqlite/writerThread.ts', import.meta.url);
const CHILD = fileURLToPath(new URL('../support/storeChild.ts', import.meta.url));
const KILLS = 20;

function open(folder: string, changes: Partial<SqliteStoreOptions> = {}): Promise<Store> {
  return openSqliteStore({ folder, writerScript, logger: silentLogger, ...changes });
}

function commit(store: Store, expected: number): Promise<void> {
  const scope = { tenant: 'local', domain: 'experiment' } as const;
  const at = '2026-11-21T08:00:00.000Z';
  return store.events.commit({
    appends: [{ stream: 'run:/a', expected, by: 'local:tester', scope, at, events: [{ type: 'run.cancelRequested' }] }],
  });
}

const isDamaged = (message: RegExp) => (error: unknown) =>
  error instanceof CairnError && error.code === 'state-damaged' && message.test(error.message);

describe('store: sqlite, faults', function () {
  this.timeout(60_000);
  let folder: string;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-store-faults-'));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (...args: readonly string[]): ChildProcess & { readonly lines: string[] } => {
    const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter((line) => line !== '')));
    children.push(child);
    return Object.assign(child, { lines });
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  /** Used, with a commit, and then left without being closed, as by a crash. */
  const leaveOpen = async (commits: number): Promise<void> => {
    const copy = mkdtempSync(join(tmpdir(), 'cairn-store-copy-'));
    const store = await open(folder);
    for (let number = 0; number < commits; number++) await commit(store, store.events.last('run:/a'));
    cpSync(folder, copy, { recursive: true });
    await store.close();
    rmSync(folder, { recursive: true, force: true });
    cpSync(copy, folder, { recursive: true });
    rmSync(copy, { recursive: true, force: true });
  };

  it(`F8: a tag that is moved while the process is killed has its old or its new artifact, and its generation only grows (${KILLS} times)`, async () => {
    let generation = 0;
    for (let number = 0; number < KILLS; number++) {
      const child = start('tag', folder);
      await waitFor('a few moves are acknowledged', () => child.lines.length > number % 4, 20);
      await kill(child);
      const acknowledged = Number(child.lines.at(-1) ?? 0);
      const store = await open(folder);
      const [tag] = store.projections.tags('ns/one');
      const last = store.events.last('tag:/ns/one');
      assert.ok(last >= acknowledged && last >= generation, `${String(last)} after ${String(acknowledged)} and ${String(generation)}`);
      assert.equal(tag?.generation, last);
      assert.equal(tag.artifact, `sha256:${String(last).padStart(64, '0')}`);
      assert.equal(store.events.last('module:/ns/one'), last, 'what the tag points to came with it');
      assert.notEqual(store.projections.artifact(tag.artifact), undefined);
      generation = last;
      await store.close();
    }
  });

  it(`F9: a migration that is killed again and again begins again each time and ends once, with a whole backup (${KILLS} times)`, async () => {
    await (await open(folder)).close();
    const path = join(folder, 'events.db');
    for (let number = 0; number < KILLS; number++) {
      const child = start('migrate', path);
      // From before it is opened to somewhere in its second step.
      await Promise.race([once(child, 'exit'), new Promise((resolve) => setTimeout(resolve, 60 + number * 12))]);
      if (child.exitCode === null && child.signalCode === null) await kill(child);
      const database = new DatabaseSync(path);
      const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
      const tables = database.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name IN ('generate', 'second')").get()?.['n'];
      assert.deepEqual([version, tables], version === 1 ? [1, 0] : [3, 1]);
      assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
      database.close();
    }
    const last = start('migrate', path);
    await once(last, 'exit');
    assert.deepEqual(last.lines, ['migrated']);
    const backup = new DatabaseSync(`${path}.schema1.backup`, { readOnly: true });
    assert.equal(backup.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
    assert.equal(backup.prepare('PRAGMA user_version').get()?.['user_version'], 1);
    backup.close();
    await assert.rejects(open(folder), (error) => error instanceof CairnError && error.code === 'state-newer');
  });

  it('F18: without a file left nothing is stored half or empty, nothing is lost that was acknowledged, and it goes on when there are some', async () => {
    const child = spawn('sh', ['-c', 'ulimit -n 80; exec "$0" "$@"', process.execPath, CHILD, 'files', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    await once(child, 'close');
    assert.deepEqual(printed.trim().split('\n'), [
      'EMFILE',
      'store-failed store-failed store-failed',
      '200000 1',
      'before meanwhile',
      '200000',
    ]);
  });

  it('F20: while another process holds the database, commits wait, and none is lost', async () => {
    const store = await open(folder);
    await commit(store, 0);
    const other = new DatabaseSync(join(folder, 'events.db'));
    other.exec('BEGIN IMMEDIATE');
    const waiting = [1, 2, 3].map((expected) => commit(store, expected));
    await store.blobs.read('sha256:0').catch(() => undefined);
    assert.equal(store.events.last('run:/a'), 1);
    other.exec('ROLLBACK');
    other.close();
    await Promise.all(waiting);
    assert.equal(store.events.last('run:/a'), 4);
    await store.close();
  });

  it('F21: a damaged page is found at the next start, and the message names the newest copy and what to do with it', async () => {
    const store = await open(folder, { snapshots: { after: 0, every: 3600 } });
    for (let number = 0; number < 200; number++) await commit(store, number);
    await waitFor(
      'a copy is made',
      () => existsSync(join(folder, 'snapshots')) && readdirSync(join(folder, 'snapshots')).some((name) => name.endsWith('.db')),
    );
    await store.close();
    const path = join(folder, 'events.db');
    const bytes = readFileSync(path);
    bytes.fill(0xab, 4096, 4096 * 3);
    writeFileSync(path, bytes);
    const [copy = ''] = readdirSync(join(folder, 'snapshots'));
    await assert.rejects(open(folder), isDamaged(new RegExp(`events\\.db is damaged.*${copy}.*copy it to events\\.db`, 's')));
    assert.deepEqual(readFileSync(path), bytes, 'it was left as it is');
    for (const name of ['events.db', 'events.db-wal', 'events.db-shm', 'projections.db']) rmSync(join(folder, name), { force: true });
    cpSync(join(folder, 'snapshots', copy), path);
    const restored = await open(folder);
    assert.ok(restored.events.last('run:/a') > 0, 'the record goes back to the copy');
    await restored.close();
  });

  it('F21: a write-ahead log that is gone after a crash is missed, never silently', async () => {
    await leaveOpen(3);
    assert.ok(statSync(join(folder, 'events.db-wal')).size > 0);
    rmSync(join(folder, 'events.db-wal'));
    rmSync(join(folder, 'events.db-shm'), { force: true });
    await assert.rejects(open(folder), isDamaged(/events\.db-wal, is missing/));
  });

  it('F21: events that are missing though something was made from them are missed', async () => {
    await (await open(folder)).close();
    cpSync(join(folder, 'events.db'), join(folder, 'before.db'));
    const store = await open(folder);
    await commit(store, 0);
    await store.close();
    cpSync(join(folder, 'before.db'), join(folder, 'events.db'));
    await assert.rejects(open(folder), isDamaged(/lacks the last 1 events/));
  });

  it('F21: after a crash everything that was acknowledged is there', async () => {
    await leaveOpen(5);
    const store = await open(folder);
    assert.equal(store.events.last('run:/a'), 5);
    await store.close();
  });

  it('copies the record while it is written, and keeps two copies', async () => {
    const store = await open(folder, { snapshots: { after: 0, every: 0.05 } });
    const copies = (): readonly string[] =>
      (existsSync(join(folder, 'snapshots')) ? readdirSync(join(folder, 'snapshots')) : []).filter((name) => name.endsWith('.db'));
    let first: string | undefined;
    for (let number = 0; copies().length < 2 || copies().includes(first ?? ''); number++) {
      await commit(store, number);
      first ??= copies()[0];
      assert.ok(number < 100_000, 'copies come and go');
    }
    await store.close();
    assert.equal(copies().length, 2);
    for (const copy of copies()) {
      const database = new DatabaseSync(join(folder, 'snapshots', copy), { readOnly: true });
      assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
      database.close();
    }
  });
});
