import { closeSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CairnError } from '../../rde-agent/protocol/errors.ts';
import { openDatabase } from '../../rde-agent/store/sqlite/database.ts';
import { migrate } from '../../rde-agent/store/sqlite/schema.ts';
import { openSqliteStore } from '../../rde-agent/store/sqlite/sqliteStore.ts';
import { silentLogger } from './silentLogger.ts';

/**
 * A process that uses a store until it is killed. Arguments: what to do and the state folder. It prints a line after each thing that was
 * acknowledged.
 */
const [what = '', folder = ''] = process.argv.slice(2);
const writerScript = new URL('../../rde-agent/store/sqlite/writerThread.ts', import.meta.url);
const AT = '2026-11-21T08:00:00.000Z';

/** Moves one tag again and again: each move is one transaction of the tag and what it points to. */
async function moveTag(): Promise<void> {
  const store = await openSqliteStore({ folder, writerScript, logger: silentLogger });
  for (let last = store.events.last('tag:/ns/one'); ; last += 1) {
    const to = toDigest(last + 1);
    const moved = { type: 'tag.moved', module: 'ns/one', tag: 'latestAlpha', from: last === 0 ? null : toDigest(last), to } as const;
    const published = { type: 'artifact.published', module: 'ns/one', artifact: to, tree: to, dirty: true, commit: null } as const;
    const scope = { tenant: 'local', domain: 'experiment' } as const;
    const about = { by: 'local:tester', scope, at: AT };
    await store.events.commit({
      appends: [
        { stream: 'module:/ns/one', expected: last, ...about, events: [published] },
        { stream: 'tag:/ns/one', expected: last, ...about, events: [moved] },
      ],
    });
    process.stdout.write(`${String(last + 1)}\n`);
  }
}

/** Brings a database from its schema to one that is two steps further, slowly enough to be killed in the middle. */
function migrateTwice(): void {
  const slow = 'INSERT INTO second SELECT value, hex(randomblob(200)) FROM generate WHERE value > 0;';
  const numbers = 'WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 40000) SELECT value FROM n';
  const database = openDatabase(folder, { synchronous: 'FULL' });
  migrate(database, folder, [
    '',
    `CREATE TABLE generate AS ${numbers}; CREATE TABLE second (value INTEGER, text TEXT);`,
    `${slow} DROP TABLE generate;`,
  ]);
  process.stdout.write('migrated\n');
  database.close();
}

/** Takes every file that it may have, uses the store, and gives them back in the middle of it. */
async function useWithoutFiles(): Promise<void> {
  const store = await openSqliteStore({ folder, writerScript, logger: silentLogger });
  const log = async (text: string): Promise<void> => {
    store.logs.append('r', 'one', 1, 'out', Buffer.from(text));
    await store.logs.end('r', 'one', 1);
  };
  await log('before\n');
  const held = holdAllFiles();
  const puts = [1, 2, 3].map((fill) => store.blobs.put(new Uint8Array(200_000).fill(fill)));
  const outcomes = await Promise.allSettled(puts);
  print(outcomes.map((one) => (one.status === 'rejected' && one.reason instanceof CairnError ? one.reason.code : one.status)).join(' '));
  const scope = { tenant: 'local', domain: 'experiment' } as const;
  await store.events.commit({
    appends: [{ stream: 'run:/a', expected: 0, by: 'local:tester', scope, at: AT, events: [{ type: 'run.cancelRequested' }] }],
  });
  const logged = log('meanwhile\n');
  setTimeout(() => held.forEach((file) => closeSync(file)), 100);
  await logged;
  const digest = await store.blobs.put(new Uint8Array(200_000).fill(9));
  print(`${String((await store.blobs.read(digest))?.length)} ${String(store.events.last('run:/a'))}`);
  print((await store.logs.read('r', { limit: 10 })).lines.map((line) => line.text).join(' '));
  const files = readdirSync(join(folder, 'blobs'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  print(files.map((file) => statSync(join(file.parentPath, file.name)).size).join(' '));
  await store.close();
}

function holdAllFiles(): readonly number[] {
  const held: number[] = [];
  try {
    for (;;) held.push(openSync('/dev/null', 'r'));
  } catch (error) {
    // That there are none left is what was wanted.
    print(error instanceof Error && 'code' in error ? String(error.code) : String(error));
  }
  return held;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function toDigest(number: number): `sha256:${string}` {
  return `sha256:${String(number).padStart(64, '0')}`;
}

if (what === 'tag') await moveTag();
else if (what === 'migrate') migrateTwice();
else await useWithoutFiles();
