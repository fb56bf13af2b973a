import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { READER_LIMITS, ReaderProcess } from '../../../../../rde-agent/executor/preview/readerProcess.ts';
import type { ReaderAnswer, ReaderRequest } from '../../../../../rde-agent/executor/preview/readerMessages.ts';
import { writeParquet, type ParquetClaims } from '../../../../support/parquetWriter.ts';
import { createTempFolder, removeFolder } from '../../../../support/tempFolder.ts';

const SCRIPT = new URL('../../../../../rde-agent/executor/preview/reader.ts', import.meta.url);
const LIMITS = { ...READER_LIMITS, time: 8, heap: 256 * 1024 * 1024, memory: 600 * 1024 * 1024 };
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

/** A page of whole numbers by a dictionary that is not there: one run of so many equal values in a few bytes. */
function toRun(count: number): Buffer {
  const bytes = [1];
  for (let left = count * 2; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left, 0]);
    bytes.push((left % 128) + 128);
  }
}

const deep = Array.from({ length: 500 }, (_, index) => ({ name: `l${String(index)}`, children: 1 }));

const BAD: readonly (readonly [what: string, claims: ParquetClaims, says: RegExp])[] = [
  ['a footer that is longer than the file', { footerLength: 0x7fffffff }, /footer would be larger/],
  ['a footer of another length', { footerLength: 20 }, /./],
  ['rows that are not there', { rows: 2 ** 40 }, /./],
  ['groups with other rows than the file', { groupRows: 2 }, /row groups do not have/],
  ['a negative number of rows', { rows: -5 }, /./],
  ['a schema that never ends', { schema: [{ name: 'root', children: 2_000_000_000 }, { name: 'n' }] }, /not a tree/],
  ['a schema with children of none', { schema: [{ name: 'root', children: 1 }, { name: 'n' }, { name: 'm' }] }, /not a tree/],
  ['a schema that goes down and down', { schema: [...deep, { name: 'n' }] }, /nested more than/],
  ['a schema with a negative number of children', { schema: [{ name: 'root', children: -1 }, { name: 'n' }] }, /not a tree/],
  ['two columns of one name', { schema: [{ name: 'root', children: 2 }, { name: 'n' }, { name: 'n' }] }, /same name/],
  ['a page outside of the file', { pageOffset: 5_000_000 }, /./],
  ['a column that is larger than the file', { columnSize: 2 ** 40 }, /./],
  ['a page that says it has two thousand million values', { pageValues: 2 ** 31 - 1 }, /./],
  ['a page that unpacks to more than it says', { page: zstdCompressSync(Buffer.alloc(64 * 1024 * 1024)), pageSize: 24, codec: 6 }, /./],
  [
    'a page that says it unpacks to two gigabytes',
    { page: zstdCompressSync(Buffer.alloc(1024)), pageSize: 2 ** 31 - 1, codec: 6 },
    /pages has/,
  ],
  [
    'one run of a thousand million values in seven bytes',
    { page: toRun(1_000_000_000), pageValues: 1_000_000_000, rows: 1_000_000_000, encoding: 8 },
    /./,
  ],
];

describe('executor: content of unknown origin', function () {
  this.timeout(120_000);
  let folder: string;
  const reader = new ReaderProcess(SCRIPT, LIMITS);
  before(() => (folder = createTempFolder()));
  after(() => removeFolder(folder));

  function read(content: Uint8Array | string, changes: Partial<ReaderRequest> = {}, by = reader): Promise<ReaderAnswer> {
    const path = join(folder, 'content');
    writeFileSync(path, content);
    const request = {
      path,
      type: 'table',
      offset: 0,
      limit: 10,
      masked: [],
      known: [],
      maskOthers: false,
      statistics: null,
      ...changes,
    } as const;
    return by.read(request, new AbortController().signal);
  }

  async function reasonOf(content: Uint8Array | string, changes: Partial<ReaderRequest> = {}, by = reader): Promise<string> {
    const answer = await read(content, changes, by);
    assert.equal(answer.kind, 'opaque', JSON.stringify(answer).slice(0, 300));
    return answer.kind === 'opaque' ? answer.reason : '';
  }

  it('reads what is as it says', async () => {
    const columns = [{ name: 'n', type: 'int64', masked: false }];
    assert.deepEqual(await read(writeParquet()), { kind: 'table', rows: 3, columns, page: [[1], [2], [3]] });
    assert.deepEqual(await read(writeParquet(), { type: 'file' }), { kind: 'table', rows: 3, columns, page: [[1], [2], [3]] });
  });

  for (const [what, claims, says] of BAD) {
    it(`A50: ${what}: opaque, with the reason`, async () => {
      const content = writeParquet(claims);
      assert.match(await reasonOf(content), says);
      const counted = await read(content, { statistics: ['n'] });
      assert.notEqual(counted.kind, 'table');
    });
  }

  it('A50: a real file with any byte changed: a table or opaque, and always an answer', async () => {
    const file = writeParquet();
    const answers = await Promise.all(
      Array.from({ length: 24 }, async (_, turn) => {
        const broken = Buffer.from(file);
        const place = (turn * 7919) % broken.length;
        broken[place] = (broken[place] ?? 0) ^ (1 << (turn % 8));
        const path = join(folder, `broken-${String(turn)}`);
        writeFileSync(path, broken);
        const request = { path, type: 'table', offset: 0, limit: 10, masked: [], known: [], maskOthers: false, statistics: null } as const;
        return (await reader.read(request, new AbortController().signal)).kind;
      }),
    );
    assert.deepEqual(
      answers.filter((kind) => kind !== 'table' && kind !== 'opaque'),
      [],
    );
  });

  it('A50: past its time, its memory or the size of its answer it is ended', async () => {
    const run = writeParquet({ page: toRun(1_000_000_000), pageValues: 1_000_000_000, rows: 1_000_000_000, encoding: 8 });
    const hurried = new ReaderProcess(SCRIPT, { ...LIMITS, time: 0.05 });
    assert.match(await reasonOf(run, {}, hurried), /longer than 0\.05 s/);
    const small = new ReaderProcess(SCRIPT, { ...LIMITS, memory: 1_000_000 });
    assert.match(await reasonOf(run, {}, small), /more than 1 MB of memory/);
    const silent = new ReaderProcess(SCRIPT, { ...LIMITS, answer: 100 });
    assert.match(await reasonOf('x'.repeat(1000), { type: 'file' }, silent), /too large/);
  });

  it('may read its file and nothing else, write nothing and start nothing', async () => {
    const script = join(folder, 'curious.mjs');
    const other = join(folder, 'other');
    writeFileSync(other, 'secret');
    writeFileSync(
      script,
      `import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
const tried = [() => readFileSync('/etc/hostname'), () => writeFileSync(${JSON.stringify(join(folder, 'written'))}, ''), () => spawnSync('true')].map((act) => {
  try { act(); return 'done'; } catch (error) { return error.code; }
});
process.stdout.write(JSON.stringify({ kind: 'text', text: [...tried, Object.keys(process.env).join()].join(' '), cut: false }));
`,
    );
    const curious = new ReaderProcess(new URL(`file://${script}`), LIMITS);
    const answer = await read('x', {}, curious);
    assert.equal(answer.kind === 'text' ? answer.text : answer.kind, 'ERR_ACCESS_DENIED ERR_ACCESS_DENIED ERR_ACCESS_DENIED ');
    assert.equal(existsSync(join(folder, 'written')), false);
  });

  it('believes no answer that has another form', async () => {
    const script = join(folder, 'liar.mjs');
    writeFileSync(script, `process.stdout.write(JSON.stringify({ kind: 'table', rows: 'many', columns: [], page: [] }));`);
    assert.match(await reasonOf('x', {}, new ReaderProcess(new URL(`file://${script}`), LIMITS)), /without an answer/);
  });

  it('stops when nobody waits any more', async () => {
    const stop = new AbortController();
    const path = join(folder, 'content');
    writeFileSync(path, writeParquet({ page: toRun(1_000_000_000), pageValues: 1_000_000_000, rows: 1_000_000_000, encoding: 8 }));
    const reading = reader.read(
      { path, type: 'table', offset: 0, limit: 1, masked: [], known: [], maskOthers: false, statistics: ['n'] },
      stop.signal,
    );
    setImmediate(() => stop.abort());
    await assert.rejects(reading, { name: 'AbortError' });
  });

  it('pictures: only what begins as one, and only of a size that can be unpacked', async () => {
    const toPng = (width: number, height: number): Buffer => {
      const size = Buffer.alloc(8);
      size.writeUInt32BE(width, 0);
      size.writeUInt32BE(height, 4);
      return Buffer.concat([PNG, size]);
    };
    assert.equal((await read(toPng(100, 50), { type: 'file' })).kind, 'figure');
    assert.match(await reasonOf(toPng(60_000, 60_000), { type: 'file' }), /too large to be shown/);
    assert.match(await reasonOf(toPng(0, 5), { type: 'file' }), /no size/);
    assert.equal((await read('<svg onload="alert(1)"/>', { type: 'file' })).kind, 'text');
    assert.match(await reasonOf(Buffer.from([1, 2, 0, 3]), { type: 'file' }), /neither text nor a picture/);
  });
});
