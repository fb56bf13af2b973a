import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toReleaseHandlers } from '../../../../rde-agent/server/releaseHandlers.ts';
import type { TagMovedDocument } from '../../../../rde-agent/protocol/tagDocuments.ts';
import { initRepository, commitAll, runGit } from '../../../support/gitRepository.ts';
import { OWNER } from '../../../support/runRole.ts';
import { moduleFiles, SmallWorkspace } from '../../../support/smallWorkspace.ts';
import { WorkspaceHarness } from '../../../support/workspaceHarness.ts';

const MODULE = 'ns/one';
const FILE = 'modules/ns/one/main.py';
const code = (value: number): string => `def run():\n    return {"out": ${value}}\n`;

describe('unit/rde-agent/workspace/promotions', function () {
  this.timeout(180_000);
  let workspace: SmallWorkspace;
  let harness: WorkspaceHarness;
  let keys = 0;
  const folders: string[] = [];
  beforeEach(async () => {
    workspace = new SmallWorkspace({ ...moduleFiles(MODULE, { code: code(1) }), ...moduleFiles('ns/two', { code: code(2) }) });
    harness = new WorkspaceHarness();
    await harness.open();
  });
  afterEach(async () => {
    await harness.remove();
    workspace.dispose();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  const key = (): string => `key-of-a-test-${String((keys += 1))}`;
  const push = (root = workspace.root) => harness.role.push({ root, documents: {}, key: key() }, OWNER);
  const handlers = () => toReleaseHandlers(harness.runs.role, harness.role);
  const quiet = new AbortController().signal;
  const promote = (
    changes: { root?: string; modules?: string[]; reviewer?: string; dryRun?: boolean; key?: string } = {},
  ): Promise<TagMovedDocument> =>
    Promise.resolve(
      handlers()['tag.promote'](
        { root: workspace.root, modules: [MODULE], from: 'latestAlpha', reviewer: 'grace', dryRun: false, key: key(), ...changes },
        OWNER,
        quiet,
      ),
    );
  const latest = (module = MODULE): string | undefined => harness.runs.role.tags(module)['latest'];
  const refuses = async (wanted: RegExp, changes: Parameters<typeof promote>[0] = {}): Promise<void> => {
    const before = latest();
    await assert.rejects(promote(changes), (error: unknown) => {
      assert.ok(error instanceof Error && 'code' in error && 'next' in error);
      assert.equal(error.code, 'denied');
      assert.match(error.message, wanted);
      assert.ok(String(error.next).length > 10);
      return true;
    });
    assert.equal(latest(), before);
  };

  it('moves `latest` to what a clean commit of the protected branch makes, and records commit and reviewer', async () => {
    const commit = initRepository(workspace.root);
    const { artifacts } = await push();
    const artifact = artifacts.find(({ module }) => module === MODULE)?.artifact;
    const told = await promote({ dryRun: true });
    assert.equal(latest(), undefined);
    assert.deepEqual([told.dryRun, told.moved[0]?.to, told.moved[0]?.commit], [true, artifact, commit]);
    const { moved } = await promote();
    assert.deepEqual(
      moved.map(({ module, tag, from, to, commit: made, reviewer }) => [module, tag, from, to, made, reviewer]),
      [[MODULE, 'latest', null, artifact, commit, 'grace']],
    );
    const { tags } = harness.runs.role.releases.tags({ module: MODULE, history: true }, OWNER);
    const [move] = tags.find(({ tag }) => tag === 'latest')?.history ?? [];
    assert.deepEqual([move?.how, move?.commit, move?.reviewer, move?.to], ['promote', commit, 'grace', artifact]);
  });

  it('refuses what is not committed, and takes it once it was pushed or is checked out clean', async () => {
    initRepository(workspace.root);
    workspace.write({ [FILE]: code(3) });
    await push();
    await refuses(/not committed/);
    const commit = commitAll(workspace.root, 'third');
    // The tag names it already; the clean checkout makes the same.
    assert.equal((await promote({ dryRun: true })).moved[0]?.commit, commit);
    await push();
    assert.equal(harness.runs.role.releases.tags({ module: MODULE, history: false }, OWNER).tags[0]?.commit, commit);
    workspace.write({ 'notes.txt': 'a change elsewhere\n' });
    assert.equal((await promote()).moved[0]?.commit, commit);
  });

  it('refuses a commit that the protected branch does not hold, until it does', async () => {
    initRepository(workspace.root);
    runGit(workspace.root, 'checkout', '-q', '-b', 'work');
    workspace.write({ [FILE]: code(4) });
    const commit = commitAll(workspace.root, 'fourth');
    await push();
    await refuses(/not reachable from main/);
    runGit(workspace.root, 'branch', '-f', 'main', commit);
    runGit(workspace.root, 'checkout', '-q', '--detach');
    assert.equal((await promote()).moved[0]?.commit, commit);
  });

  it('takes the branch of the remote for the truth where there is one', async () => {
    const commit = initRepository(workspace.root);
    const bare = mkdtempSync(join(tmpdir(), 'cairn-bare-'));
    folders.push(bare);
    runGit(bare, 'init', '-q', '--bare', '-b', 'main');
    runGit(workspace.root, 'remote', 'add', 'origin', bare);
    runGit(workspace.root, 'push', '-q', 'origin', 'main');
    workspace.write({ [FILE]: code(5) });
    const next = commitAll(workspace.root, 'fifth');
    await push();
    await refuses(/not reachable from origin\/main/);
    runGit(workspace.root, 'push', '-q', 'origin', 'main');
    assert.equal((await promote()).moved[0]?.commit, next);
    assert.notEqual(next, commit);
    // Pushed away by force: it is not on the branch any more.
    workspace.write({ [FILE]: code(6) });
    commitAll(workspace.root, 'sixth');
    await push();
    runGit(workspace.root, 'push', '-q', 'origin', 'main');
    runGit(workspace.root, 'push', '-q', '-f', 'origin', `${commit}:main`);
    await refuses(/not reachable from origin\/main/);
  });

  it('says what is missing: a repository, the branch, the history of a shallow clone', async () => {
    await push();
    await refuses(/in no git repository/);
    initRepository(workspace.root);
    await push();
    runGit(workspace.root, 'branch', '-m', 'trunk');
    await refuses(/protected branch main is not known/);
    runGit(workspace.root, 'branch', '-m', 'main');
    workspace.write({ 'notes.txt': 'more\n' });
    commitAll(workspace.root, 'more');
    const shallow = realpathSync(mkdtempSync(join(tmpdir(), 'cairn-shallow-')));
    folders.push(shallow);
    runGit(shallow, 'clone', '-q', '--depth', '1', `file://${workspace.root}`, '.');
    // Its own commit is known; the recorded one is beyond the border, and the checkout makes the same.
    assert.equal((await promote({ root: shallow, dryRun: true })).moved[0]?.commit, runGit(shallow, 'rev-parse', 'HEAD'));
    writeFileSync(join(shallow, FILE), code(9));
    await refuses(/shallow/, { root: shallow });
  });

  it('works in a worktree, in a folder of a repository, and in a submodule', async () => {
    initRepository(workspace.root);
    await push();
    const parent = realpathSync(mkdtempSync(join(tmpdir(), 'cairn-places-')));
    folders.push(parent);
    runGit(workspace.root, 'worktree', 'add', '-q', '--detach', join(parent, 'tree'));
    assert.equal((await promote({ root: join(parent, 'tree'), dryRun: true })).moved.length, 1);
    runGit(parent, 'init', '-q', '-b', 'main', 'outer');
    runGit(join(parent, 'outer'), 'submodule', '--quiet', 'add', `file://${workspace.root}`, 'inner');
    commitAll(join(parent, 'outer'), 'with a submodule');
    assert.equal((await promote({ root: join(parent, 'outer/inner'), dryRun: true })).moved.length, 1);
  });

  it('is not misled by files that git does not look at, and runs nothing that the repository names', async () => {
    initRepository(workspace.root);
    appendFileSync(join(workspace.root, '.git/info/exclude'), 'hidden.py\n');
    workspace.write({ 'modules/ns/one/hidden.py': 'SECRET = 1\n', '.gitattributes': '*.py filter=evil\n' });
    commitAll(workspace.root, 'with attributes');
    await push();
    await refuses(/hidden\.py of ns\/one is not in the commit/);
    const trap = join(workspace.root, '.git/trap');
    const script = join(workspace.root, '.git/evil.sh');
    writeFileSync(script, `#!/bin/sh\ntouch ${trap}\ncat\n`);
    chmodSync(script, 0o755);
    for (const [name, value] of [
      ['filter.evil.clean', script],
      ['filter.evil.process', script],
      ['core.fsmonitor', script],
      ['core.pager', script],
    ] as const)
      runGit(workspace.root, 'config', name, value);
    rmSync(join(workspace.root, 'modules/ns/one/hidden.py'));
    workspace.write({ [FILE]: `${code(1)}\n` });
    runGit(workspace.root, 'update-index', '--assume-unchanged', FILE);
    // Git by hand does run what the repository names.
    rmSync(trap, { force: true });
    await push();
    await refuses(/./);
    assert.equal(existsSync(trap), false);
  });

  it('promotes all modules or none, repeats one answer for one key, and asks whether people may review their own', async () => {
    initRepository(workspace.root);
    await push();
    const same = key();
    const first = await promote({ modules: [MODULE, 'ns/two'], key: same });
    assert.deepEqual(
      (await promote({ modules: [MODULE, 'ns/two'], key: same })).moved.map(({ generation }) => generation),
      first.moved.map(({ generation }) => generation),
    );
    await assert.rejects(promote({ modules: [MODULE], key: same }), { code: 'conflict' });
    workspace.write({ [FILE]: code(7) });
    commitAll(workspace.root, 'seventh');
    workspace.write({ 'modules/ns/two/main.py': code(8) });
    await push();
    const before = latest();
    await refuses(/not committed/, { modules: [MODULE, 'ns/two'] });
    assert.equal(latest(), before);
    await assert.rejects(promote({ modules: ['ns/three'] }), { code: 'unknown-module' });
    runGit(workspace.root, 'checkout', '-q', '--', '.');
    await harness.reopen({ promotion: { branch: 'main', remote: 'origin', selfReview: false } });
    await push();
    await refuses(/can't be its reviewer/, { reviewer: OWNER.id.replace('local:', '') });
    await refuses(/can't be its reviewer/, { reviewer: 'Ada' });
    assert.equal((await promote({ reviewer: 'grace' })).moved.length, 1);
  });
});
