import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { toTreeText } from '../../../../rde-agent/protocol/tree.ts';
import { toDigest } from '../../../../rde-agent/builder/digest.ts';
import { FileIndex } from '../../../../rde-agent/builder/fileIndex.ts';
import { SETTLE_WINDOW } from '../../../../rde-agent/builder/fileStat.ts';
import { createTempFolder, removeFolder, writeFiles } from '../../../support/tempFolder.ts';

/** Unix milliseconds at which everything on disk has settled. */
const SETTLED = (): number => Date.now() + 10 * SETTLE_WINDOW;

describe('the index of a workspace', () => {
  let root: string;
  let outside: string;
  beforeEach(() => {
    root = createTempFolder({
      'cairn.yaml': 'workspace: test\n',
      'modules/a/one.py': 'one\n',
      'modules/a/two.py': 'two\n',
      'modules/b/three.py': 'three\n',
    });
    outside = createTempFolder({ 'secret.txt': 'secret' });
  });
  afterEach(() => {
    removeFolder(root);
    removeFolder(outside);
  });

  const open = async (now = SETTLED, cacheFile?: string): Promise<FileIndex> => {
    const index = new FileIndex({ root, cacheFile, now });
    await index.scan();
    return index;
  };
  const write = (file: string, text: string): void => writeFileSync(path.join(root, file), text);
  const paths = (index: FileIndex): readonly string[] => [...index.paths()].sort();
  /** What a fresh look at the disk finds must be what the index has. */
  const assertFresh = async (index: FileIndex): Promise<void> => assert.equal(index.tree(), (await open()).tree());

  it('names a tree by the digests of its folders, as the protocol writes them', async () => {
    const index = await open();
    const folder = (name: string): string => index.folder(name)?.digest(index.counters) ?? '';
    const file = (text: string): `sha256:${string}` => toDigest(text);
    const a = toTreeText([
      { name: 'two.py', mode: 0o644, digest: file('two\n') },
      { name: 'one.py', mode: 0o644, digest: file('one\n') },
    ]);
    assert.equal(folder('modules/a'), toDigest(a));
    for (const node of index.folders()) assert.equal(node.text(index.counters), toTreeText(node.entries(index.counters)));
    assert.equal(index.tree(), folder(''));
  });

  it('is the same for equal files whatever their history, and leaves empty folders out', async () => {
    const before = (await open()).tree();
    mkdirSync(path.join(root, 'empty/deep'), { recursive: true });
    assert.equal((await open()).tree(), before);
    write('modules/a/one.py', 'other\n');
    const index = await open();
    assert.notEqual(index.tree(), before);
    write('modules/a/one.py', 'one\n');
    const change = await index.update(['modules/a/one.py']);
    assert.deepEqual(change.changed, ['modules/a/one.py']);
    assert.equal(index.tree(), before);
  });

  it('follows a rename, a delete, a new folder and a moved folder', async () => {
    const index = await open();
    renameSync(path.join(root, 'modules/a/one.py'), path.join(root, 'modules/a/uno.py'));
    const renamed = await index.update(['modules/a/one.py', 'modules/a/uno.py']);
    assert.deepEqual([...renamed.changed].sort(), ['modules/a/one.py', 'modules/a/uno.py']);
    assert.equal(renamed.structural, true);
    unlinkSync(path.join(root, 'modules/a/two.py'));
    await index.update(['modules/a/two.py']);
    await assertFresh(index);
    writeFiles(root, { 'modules/c/deep/four.py': 'four\n' });
    const added = await index.update(['modules/c']);
    assert.deepEqual(added.foldersAdded, ['modules/c', 'modules/c/deep']);
    renameSync(path.join(root, 'modules/c'), path.join(root, 'modules/d'));
    const moved = await index.update(['modules/c', 'modules/d']);
    assert.deepEqual([...moved.foldersRemoved].sort(), ['modules/c', 'modules/c/deep']);
    await assertFresh(index);
    assert.deepEqual(paths(index), ['cairn.yaml', 'modules/a/uno.py', 'modules/b/three.py', 'modules/d/deep/four.py']);
  });

  it('finds a file below folders that it did not know', async () => {
    const index = await open();
    writeFiles(root, { 'modules/x/y/z.py': 'z' });
    const change = await index.update(['modules/x/y/z.py']);
    assert.deepEqual(change.changed, ['modules/x/y/z.py']);
  });

  it('sees a file become a folder and a folder become a file', async () => {
    const index = await open();
    unlinkSync(path.join(root, 'modules/a/one.py'));
    writeFiles(root, { 'modules/a/one.py/inner.py': 'inner' });
    await index.update(['modules/a/one.py']);
    await assertFresh(index);
    rmSync(path.join(root, 'modules/a/one.py'), { recursive: true });
    write('modules/a/one.py', 'file again');
    await index.update(['modules/a/one.py']);
    await assertFresh(index);
    assert.equal(index.has('modules/a/one.py'), true);
  });

  it('sees a rewrite of the same size by its event, and by a rescan within the settle window', async () => {
    const index = await open(Date.now);
    const stat = statSync(path.join(root, 'modules/a/one.py'));
    write('modules/a/one.py', 'eno\n');
    utimesSync(path.join(root, 'modules/a/one.py'), stat.atime, stat.mtime);
    const change = await index.scan();
    assert.deepEqual(change.changed, ['modules/a/one.py']);
    write('modules/a/one.py', 'neo\n');
    assert.deepEqual((await index.update(['modules/a/one.py'])).changed, ['modules/a/one.py']);
  });

  it('sees a settled file whose size and time were put back, by its change time', async () => {
    const index = await open();
    const stat = statSync(path.join(root, 'modules/a/one.py'));
    write('modules/a/one.py', 'eno\n');
    utimesSync(path.join(root, 'modules/a/one.py'), stat.atime, stat.mtime);
    assert.deepEqual((await index.scan()).changed, ['modules/a/one.py']);
  });

  it('keeps the last content of a file that is read empty, until its emptiness is believed', async () => {
    const index = await open();
    const before = index.file('modules/a/one.py')?.digest;
    truncateSync(path.join(root, 'modules/a/one.py'));
    const torn = await index.update(['modules/a/one.py']);
    assert.deepEqual([torn.changed, torn.torn], [[], ['modules/a/one.py']]);
    assert.equal(index.file('modules/a/one.py')?.digest, before);
    const believed = await index.update(['modules/a/one.py'], ['modules/a/one.py']);
    assert.deepEqual([believed.changed, believed.torn], [['modules/a/one.py'], []]);
    assert.equal(index.file('modules/a/one.py')?.size, 0);
  });

  it('never follows a symbolic link, and says so', async () => {
    symlinkSync(path.join(outside, 'secret.txt'), path.join(root, 'modules/a/link.py'));
    symlinkSync(outside, path.join(root, 'modules/linked'));
    const index = await open();
    assert.deepEqual(paths(index), ['cairn.yaml', 'modules/a/one.py', 'modules/a/two.py', 'modules/b/three.py']);
    assert.deepEqual([...index.problems.keys()].sort(), ['modules/a/link.py', 'modules/linked']);
    unlinkSync(path.join(root, 'modules/a/link.py'));
    await index.update(['modules/a/link.py']);
    assert.equal(index.problems.has('modules/a/link.py'), false);
  });

  it('reads nothing through a folder that was swapped for a link after it was listed', async () => {
    const index = await open();
    writeFileSync(path.join(outside, 'one.py'), 'from outside');
    rmSync(path.join(root, 'modules/a'), { recursive: true });
    symlinkSync(outside, path.join(root, 'modules/a'));
    const change = await index.update(['modules/a/one.py']);
    assert.equal(index.has('modules/a/one.py'), false);
    assert.ok(change.changed.includes('modules/a/one.py'));
    assert.equal(await index.read('modules/a/two.py'), undefined);
  });

  it('takes a hard link as the file that it is, and refuses a pipe', async () => {
    linkSync(path.join(root, 'modules/a/one.py'), path.join(root, 'modules/a/hard.py'));
    const index = await open();
    assert.equal(index.file('modules/a/hard.py')?.digest, toDigest('one\n'));
    const { execFileSync } = await import('node:child_process');
    execFileSync('mkfifo', [path.join(root, 'modules/a/pipe.py')]);
    await index.update(['modules/a/pipe.py']);
    assert.equal(index.has('modules/a/pipe.py'), false);
    assert.match(index.problems.get('modules/a/pipe.py')?.message ?? '', /ordinary file/);
  });

  it('keeps the execute bit and no other mode', async () => {
    chmodSync(path.join(root, 'modules/a/one.py'), 0o777);
    chmodSync(path.join(root, 'modules/a/two.py'), 0o600);
    const index = await open();
    assert.deepEqual([index.file('modules/a/one.py')?.mode, index.file('modules/a/two.py')?.mode], [0o755, 0o644]);
  });

  it('refuses names that differ only in case, until one of them is gone', async () => {
    write('modules/a/ONE.py', 'upper');
    const index = await open();
    const [problem] = index.problems.values();
    assert.equal(problem?.code, 'duplicate-name');
    assert.equal(index.size, 4);
    const kept = index.has('modules/a/one.py') ? 'one.py' : 'ONE.py';
    unlinkSync(path.join(root, 'modules/a', kept));
    await index.update([`modules/a/${kept}`]);
    assert.deepEqual([...index.problems.keys()], []);
    assert.equal(index.has(kept === 'one.py' ? 'modules/a/ONE.py' : 'modules/a/one.py'), true);
  });

  it('names files in NFC whatever the disk has, and refuses two forms of one name', async () => {
    const decomposed = 'caf\u0065\u0301.py';
    const composed = decomposed.normalize('NFC');
    write(`modules/a/${decomposed}`, 'accent');
    const index = await open();
    assert.equal(index.file(`modules/a/${composed}`)?.digest, toDigest('accent'));
    assert.equal(new TextDecoder().decode(await index.read(`modules/a/${composed}`)), 'accent');
    write(`modules/a/${decomposed}`, 'changed');
    assert.deepEqual((await index.update([`modules/a/${decomposed}`])).changed, [`modules/a/${composed}`]);
    write(`modules/a/${composed}`, 'twin');
    await index.scan();
    assert.equal([...index.problems.values()][0]?.code, 'duplicate-name');
  });

  it('refuses a name with a control character or a backslash', async () => {
    write('modules/a/new\nline.py', 'x');
    write('modules/a/back\\slash.py', 'x');
    const index = await open();
    assert.equal(index.problems.size, 2);
    assert.equal(index.size, 4);
  });

  it('answers an emptied root with an empty tree', async () => {
    const index = await open();
    rmSync(root, { recursive: true });
    const change = await index.scan();
    assert.equal(change.changed.length, 4);
    assert.equal(index.size, 0);
    writeFiles(root, { 'cairn.yaml': 'workspace: back\n' });
    await index.scan();
    assert.deepEqual(paths(index), ['cairn.yaml']);
  });

  it('remembers stats between two lives and reads only what changed', async () => {
    const cacheFile = path.join(outside, 'stats.json');
    const first = await open(SETTLED, cacheFile);
    first.save();
    write('modules/a/one.py', 'changed while nobody looked\n');
    const second = await open(SETTLED, cacheFile);
    assert.equal(second.counters.filesRead, 1);
    await assertFresh(second);
  });

  it('hashes everything again when its memory is damaged, of another root, or not settled', async () => {
    const cacheFile = path.join(outside, 'stats.json');
    (await open(SETTLED, cacheFile)).save();
    writeFileSync(
      cacheFile,
      readFileSync(cacheFile, 'utf8')
        .replace('"size"', '')
        .replace(/sha256:[0-9a-f]{8}/, 'sha256:00000000'),
    );
    assert.equal((await open(SETTLED, cacheFile)).counters.filesRead, 4);
    (await open(Date.now, cacheFile)).save();
    assert.equal((await open(SETTLED, cacheFile)).counters.filesRead, 4);
  });

  it('believes nothing of a former life that the disk does not say again', async () => {
    const cacheFile = path.join(outside, 'stats.json');
    writeFiles(root, { 'modules/c/kept.py': 'kept\n', 'modules/c/gone.py': 'gone\n', 'modules/d/deep/x.py': 'x\n', 'notes.txt': 'n\n' });
    writeFiles(root, { 'modules/e/Name.py': 'name\n', 'modules/e/moved.py': 'moved\n', 'modules/e/bits.py': 'bits\n' });
    writeFiles(root, { 'left/out.py': 'out\n', '.gitignore': 'left/\n' });
    const first = await open(SETTLED, cacheFile);
    first.tree();
    first.save();
    write('modules/a/one.py', ''); // emptied: not the first half of a save, nobody was there to see its beginning
    utimesSync(path.join(root, 'modules/a/two.py'), new Date(0), new Date(0));
    unlinkSync(path.join(root, 'modules/c/gone.py'));
    rmSync(path.join(root, 'modules/b'), { recursive: true });
    write('modules/b', 'a file now\n');
    rmSync(path.join(root, 'modules/d/deep'), { recursive: true });
    symlinkSync(outside, path.join(root, 'modules/d/deep'));
    renameSync(path.join(root, 'modules/e/Name.py'), path.join(root, 'modules/e/name.py'));
    renameSync(path.join(root, 'modules/e/moved.py'), path.join(root, 'moved.py'));
    chmodSync(path.join(root, 'modules/e/bits.py'), 0o755);
    rmSync(path.join(root, 'notes.txt'));
    writeFiles(root, { 'notes.txt/inner.py': 'inner\n', '.gitignore': 'modules/c/\n' });
    const second = await open(SETTLED, cacheFile);
    const fresh = await open();
    assert.deepEqual(paths(second), paths(fresh));
    assert.equal(second.tree(), fresh.tree());
    assert.equal(second.size, fresh.size);
    assert.equal(second.file('modules/a/one.py')?.size, 0);
    assert.deepEqual([...second.problems.keys()], [...fresh.problems.keys()]);
  });

  it('hashes no folder again in which nothing has changed between two lives', async () => {
    const cacheFile = path.join(outside, 'stats.json');
    const first = await open(SETTLED, cacheFile);
    first.tree();
    first.save();
    const second = await open(SETTLED, cacheFile);
    assert.equal(second.tree(), first.tree());
    assert.deepEqual(second.counters, { filesRead: 0, filesStatted: 4, foldersRead: 4, foldersHashed: 0 });
    write('modules/a/new.py', 'new\n');
    const third = await open(SETTLED, cacheFile);
    await assertFresh(third);
    assert.deepEqual(third.counters, { filesRead: 1, filesStatted: 5, foldersRead: 4, foldersHashed: 3 });
  });

  it('takes no stat from a clock that is ahead', async () => {
    const cacheFile = path.join(outside, 'stats.json');
    const ahead = new Date(Date.now() + 3_600_000);
    utimesSync(path.join(root, 'modules/a/one.py'), ahead, ahead);
    const first = await open(SETTLED, cacheFile);
    first.tree();
    first.save();
    const second = await open(SETTLED, cacheFile);
    assert.equal(second.counters.filesRead, 1);
    assert.equal(second.tree(), first.tree());
  });

  it('sees a rename that changes nothing but case, in one look', async () => {
    const index = await open();
    renameSync(path.join(root, 'modules/a/one.py'), path.join(root, 'modules/a/One.py'));
    await index.scan();
    await assertFresh(index);
    assert.equal(index.problems.size, 0);
  });

  it('reads content only in the state that it knows', async () => {
    const index = await open();
    assert.equal(new TextDecoder().decode(await index.read('modules/a/one.py')), 'one\n');
    write('modules/a/one.py', 'newer\n');
    assert.equal(await index.read('modules/a/one.py'), undefined);
  });

  it('hashes a big file in pieces', async () => {
    const text = 'x'.repeat(3_000_000);
    write('modules/a/big.bin', text);
    const index = await open();
    assert.equal(index.file('modules/a/big.bin')?.digest, toDigest(text));
    assert.equal((await index.read('modules/a/big.bin'))?.length, 3_000_000);
  });

  it('runs overlapping operations one after another', async () => {
    const index = await open();
    write('modules/a/one.py', 'first\n');
    const scanning = index.scan();
    write('modules/b/three.py', 'second\n');
    await Promise.all([scanning, index.update(['modules/b/three.py']), index.update(['modules/a/one.py'])]);
    await assertFresh(index);
  });
});

describe('the cost of one saved file among 10,000', () => {
  let root: string;
  beforeEach(() => {
    root = createTempFolder();
    for (let module = 0; module < 196; module += 1) {
      const files = Array.from({ length: 51 }, (_, file) => [`modules/team/m${module}/f${file}.py`, `value = ${module}${file}\n`]);
      writeFiles(root, Object.fromEntries(files));
    }
  });
  afterEach(() => removeFolder(root));

  it('is one read and the digests of the folders above it', async () => {
    const index = new FileIndex({ root, cacheFile: undefined, now: SETTLED });
    await index.scan();
    index.tree();
    assert.equal(index.size, 9996);
    const before = { ...index.counters };
    writeFileSync(path.join(root, 'modules/team/m7/f3.py'), 'value = 8\n');
    await index.update(['modules/team/m7/f3.py']);
    const tree = index.tree();
    assert.deepEqual(index.counters, {
      filesRead: before.filesRead + 1,
      filesStatted: before.filesStatted + 1,
      foldersRead: before.foldersRead,
      foldersHashed: before.foldersHashed + 4,
    });
    const fresh = new FileIndex({ root, cacheFile: undefined, now: SETTLED });
    await fresh.scan();
    assert.equal(tree, fresh.tree());
  });
});
