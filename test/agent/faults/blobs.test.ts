import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Digest } from '../../../language/model/names.ts';
import type { RunDocument } from '../../../rde-agent/protocol/documents.ts';
import { FaultBench } from '../../support/faultBench.ts';
import { moduleFiles, type Files } from '../../support/smallWorkspace.ts';

const MAKE = `import os
def run():
    folder = os.path.join(os.environ["TMPDIR"], "folder")
    os.makedirs(folder)
    for name in ("a", "b"):
        with open(os.path.join(folder, name), "w") as file: file.write(name * 80000)
    return {"small": "row", "big": ["x" * 90000], "folder": folder}
`;
const use = (what: string): string =>
  `import os\ndef run(small, big, folder):\n    return {"out": [small, len(big[0]), sorted(os.listdir(folder)), len(open(os.path.join(folder, "b")).read()), ${JSON.stringify(what)}]}\n`;

function files(): Files {
  return {
    ...moduleFiles('blob/make', { code: MAKE, outputs: '{ small: json, big: json, folder: directory }' }),
    ...moduleFiles('blob/use', { code: use('first'), inputs: '{ small: json, big: json, folder: directory }' }),
    'workflows/blob.workflow.yaml': `workflow: blob/flow
steps:
  make: { module: blob/make }
  use: { module: blob/use, in: { small: make.small, big: make.big, folder: make.folder } }
outputs: { result: use.out }
`,
  };
}

describe('F19: content that was changed under a live entry', function () {
  this.timeout(60_000);
  let bench: FaultBench;
  let made: RunDocument;
  before(async () => {
    bench = await FaultBench.start(files());
    made = await bench.run('blob/flow');
    assert.equal(made.state, 'succeeded', JSON.stringify(made.steps.map(({ error }) => error)));
  });
  after(() => bench.dispose());

  const decisions = (document: RunDocument): readonly string[] =>
    document.steps.map(({ decision, reasons }) => `${decision ?? ''} ${reasons[0]?.kind ?? ''}`);
  const digestOf = (port: string): Digest => made.steps[0]?.outputs[port]?.digest as Digest;
  const pathOf = (digest: Digest): string => join(bench.agent.stateFolder, 'blobs', digest.slice(7, 9), digest.slice(7));
  /** The file `b` of the folder. */
  const ofFolder = (): Digest => {
    const manifest = JSON.parse(readRow(digestOf('folder')).toString()) as { readonly files: readonly { readonly digest: Digest }[] };
    return manifest.files[1]?.digest as Digest;
  };
  const inDatabase = <T>(use: (database: DatabaseSync) => T): T => {
    const database = new DatabaseSync(join(bench.agent.stateFolder, 'events.db'), { timeout: 5000 });
    try {
      return use(database);
    } finally {
      database.close();
    }
  };
  const readRow = (digest: Digest): Buffer =>
    inDatabase((database) =>
      Buffer.from(database.prepare('SELECT bytes FROM blobs WHERE digest = ?').get(digest)?.['bytes'] as Uint8Array),
    );
  const writeRow = (digest: Digest, change: (bytes: Buffer) => Buffer): void => {
    const bytes = change(readRow(digest));
    inDatabase((database) => database.prepare('UPDATE blobs SET bytes = ? WHERE digest = ?').run(bytes, digest));
  };
  const flip = (bytes: Buffer): Buffer => {
    bytes[1] = (bytes[1] ?? 0) ^ 4;
    return bytes;
  };
  const flipFile = (path: string): void => {
    chmodSync(path, 0o644);
    writeFileSync(path, flip(readFileSync(path)));
  };
  const truncate = (path: string): void => {
    chmodSync(path, 0o644);
    truncateSync(path, 1000);
  };
  const quarantined = (): readonly string[] => {
    const folder = join(bench.agent.stateFolder, 'blobs', 'quarantine');
    return existsSync(folder) ? readdirSync(folder) : [];
  };
  const isIntact = (): Promise<void> =>
    bench.read(async (store) => {
      for (const digest of [digestOf('small'), digestOf('big'), digestOf('folder'), ofFolder()])
        assert.ok(await store.blobs.verify(digest));
    });

  for (const [what, change, digest, isAside] of [
    ['a big blob is truncated', () => truncate(pathOf(digestOf('big'))), () => digestOf('big'), true],
    ['a bit of a big blob is flipped', () => flipFile(pathOf(digestOf('big'))), () => digestOf('big'), true],
    ['a big blob is deleted', () => rmSync(pathOf(digestOf('big'))), () => digestOf('big'), false],
    ['a bit of a small blob is flipped', () => writeRow(digestOf('small'), flip), () => digestOf('small'), true],
    ['a small blob is cut short', () => writeRow(digestOf('small'), (bytes) => bytes.subarray(0, 2)), () => digestOf('small'), true],
    ['a file of a folder is truncated', () => truncate(pathOf(ofFolder())), () => ofFolder(), true],
    ['a file of a folder is deleted', () => rmSync(pathOf(ofFolder())), () => ofFolder(), false],
  ] as const) {
    it(`${what}: a miss, ${isAside ? 'it is set aside' : 'nothing to set aside'}, its task runs again, and the rest is reused`, async () => {
      await bench.agent.end('SIGTERM');
      change();
      const damaged = digest();
      rmSync(join(bench.agent.stateFolder, 'blobs', 'quarantine'), { recursive: true, force: true });
      await bench.restart();
      const reason = isAside ? 'blob-corrupt' : 'blob-missing';
      assert.deepEqual(decisions(await bench.run('blob/flow')), [`executed ${reason}`, 'reused hit']);
      assert.deepEqual(quarantined(), isAside ? [damaged.slice(7)] : []);
      const { checks } = await bench.client.request('agent.doctor', {});
      assert.equal(checks.find(({ name }) => name === 'blobs')?.state, isAside ? 'broken' : 'ok');
      assert.deepEqual(decisions(await bench.run('blob/flow')), ['reused hit', 'reused hit']);
      await isIntact();
    });
  }

  it('while the agent runs: a flipped bit of a big blob is a miss at the next run', async () => {
    await bench.agent.end('SIGTERM');
    await bench.restart();
    assert.deepEqual(decisions(await bench.run('blob/flow')), ['reused hit', 'reused hit']);
    flipFile(pathOf(digestOf('big')));
    assert.deepEqual(decisions(await bench.run('blob/flow')), ['executed blob-corrupt', 'reused hit']);
    await isIntact();
  });

  it('rot that leaves size and times as they were is found when it is read: that run says so, the next makes it again', async () => {
    await bench.agent.end('SIGTERM');
    const path = pathOf(digestOf('big'));
    const { atime, mtime } = statSync(path);
    flipFile(path);
    utimesSync(path, atime, mtime);
    bench.workspace.write({ 'modules/blob/use/main.py': use('second') });
    await bench.restart();
    const unlucky = await bench.run('blob/flow');
    assert.deepEqual([unlucky.state, unlucky.steps[1]?.error?.code], ['failed', 'input-unreadable']);
    assert.match(
      unlucky.steps[1]?.error?.message ?? '',
      /^the content of input big is damaged or not in the store any more; the next run makes it again/,
    );
    assert.ok(quarantined().includes(digestOf('big').slice(7)));
    const next = await bench.run('blob/flow');
    assert.deepEqual([next.state, decisions(next)[0]], ['succeeded', 'executed blob-corrupt']);
    await isIntact();
  });
});
