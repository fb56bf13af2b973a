import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { FileIndex } from '../../../../rde-agent/builder/fileIndex.ts';
import { LiveIndex } from '../../../../rde-agent/builder/liveIndex.ts';
import { type BuildTarget, PythonBuilder } from '../../../../rde-agent/builder/pythonArtifact.ts';
import { silentLogger } from '../../../support/silentLogger.ts';
import { createTempFolder, removeFolder, writeFiles } from '../../../support/tempFolder.ts';
import { waitFor } from '../../../support/waitFor.ts';

const MODULES = 2000;
const CHILD = path.join(import.meta.dirname, '../../../support/fewWatches.ts');

function toTarget(number: number): BuildTarget {
  return {
    kind: 'module',
    name: `team/m${number}`,
    folder: `modules/m${number}`,
    entry: { file: 'main.py', function: 'run' },
    skip: new Set(),
  };
}

function toFiles(number: number, text: string): { readonly [file: string]: string } {
  const folder = `modules/m${number}`;
  return {
    [`${folder}/main.py`]: `from part import VALUE\n`,
    [`${folder}/part.py`]: `VALUE = ${text}\n`,
    [`${folder}/module.yaml`]: `module: team/m${number}\n`,
  };
}

describe('F37: 2,000 modules × file watch', function () {
  this.timeout(120_000);
  let root: string;
  let live: LiveIndex;
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'core.fsync=none', ...args], { cwd: root, stdio: 'ignore' });
  };

  before(async () => {
    root = createTempFolder({ '.gitignore': '*.log\n' });
    for (let number = 0; number < MODULES; number += 1) writeFiles(root, toFiles(number, '1'));
    git('init', '-q', '-b', 'one');
    git('add', '-A');
    git('commit', '-q', '-m', 'one');
    git('checkout', '-q', '-b', 'two');
    // Changed, gone, renamed, new.
    for (let number = 0; number < 1200; number += 1) appendFileSync(path.join(root, `modules/m${number}/part.py`), '# two\n');
    for (let number = 1200; number < 1300; number += 1) rmSync(path.join(root, `modules/m${number}`), { recursive: true });
    for (let number = 1300; number < 1350; number += 1) git('mv', `modules/m${number}/part.py`, `modules/m${number}/other.py`);
    for (let number = MODULES; number < MODULES + 100; number += 1) writeFiles(root, toFiles(number, '2'));
    git('add', '-A');
    git('commit', '-q', '-m', 'two');
    live = new LiveIndex({ root, cacheFile: undefined, now: Date.now, logger: silentLogger });
    await live.start();
  });
  after(async () => {
    await live.dispose();
    removeFolder(root);
  });

  /** Tree and artifacts of a look that starts from nothing. */
  const readFresh = async (): Promise<{ readonly tree: string; readonly artifacts: readonly (string | undefined)[] }> => {
    const index = new FileIndex({ root, cacheFile: undefined, now: Date.now });
    await index.scan();
    return { tree: index.tree(), artifacts: buildAll(index, new PythonBuilder(index.counters)) };
  };
  const buildAll = (index: FileIndex, builder: PythonBuilder): readonly (string | undefined)[] =>
    Array.from({ length: MODULES + 100 }, (_, number) => {
      const target = toTarget(number);
      const result = builder.build(target, index.folder(target.folder), 0);
      return result.kind === 'built' ? result.artifact.digest : undefined;
    });

  it('follows a storm of git checkouts by its watches, and builds what is there', async () => {
    assert.equal(live.watcher, 'folders');
    const builder = new PythonBuilder(live.index.counters);
    for (const branch of ['one', 'two', 'one', 'two', 'one']) {
      git('checkout', '-q', branch);
      // In the middle of the storm answers are of some moment; they must not throw.
      buildAll(live.index, builder);
    }
    for (const branch of ['two', 'one']) {
      git('checkout', '-q', branch);
      const fresh = await readFresh();
      await waitFor(`the tree of ${branch}`, () => live.index.tree() === fresh.tree);
      assert.deepEqual(buildAll(live.index, builder), fresh.artifacts);
    }
  });

  for (const kind of ['folders', 'chokidar']) {
    it(`polls when the limit of inotify is hit with ${kind}, correct though slower (unshare: user namespaces with limits of their own)`, function () {
      const limited = (command: string): readonly string[] => [
        '--user',
        '--map-root-user',
        'sh',
        '-c',
        `echo 500 > /proc/sys/user/max_inotify_watches && exec ${command}`,
      ];
      if (spawnSync('unshare', limited('true')).status !== 0) this.skip();
      const child = spawnSync('unshare', limited(`"${process.execPath}" "${CHILD}" ${kind} ${MODULES}`), {
        encoding: 'utf8',
        timeout: 60_000,
      });
      assert.equal(child.stderr, '');
      assert.deepEqual(JSON.parse(child.stdout), { watcher: 'polling', notes: 1, seen: true, rebuilt: true });
    });
  }
});
