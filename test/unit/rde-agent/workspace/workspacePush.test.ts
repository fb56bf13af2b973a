import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { PushDocument } from '../../../../rde-agent/protocol/documents.ts';
import type { PinnedStep } from '../../../../rde-agent/protocol/pinned.ts';
import { OWNER } from '../../../support/runRole.ts';
import { CHAIN_WORKSPACE } from '../../../support/chainWorkspace.ts';
import { createTempFolder, removeFolder, writeFiles } from '../../../support/tempFolder.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { WorkspaceHarness } from '../../../support/workspaceHarness.ts';

describe('pushing a workspace', () => {
  const harness = (): WorkspaceHarness => opened;
  let opened: WorkspaceHarness;
  let root: string;
  let keys = 0;
  const at = (file: string): string => path.join(root, file);
  const nextKey = (): string => `key-${String((keys += 1)).padStart(8, '0')}`;
  const submit = (
    workflow: string,
    params = {},
    more: { readonly key?: string; readonly documents?: { readonly [file: string]: string } } = {},
  ): Promise<{ readonly run: string }> =>
    harness().role.submit({ root, workflow, params, documents: {}, force: false, key: nextKey(), ...more }, OWNER);
  const push = (tag?: string): Promise<PushDocument> =>
    harness().role.push({ root, documents: {}, key: nextKey(), ...(tag === undefined ? {} : { tag }) }, OWNER);
  const steps = (): readonly PinnedStep[] => harness().submits.at(-1)?.definition.steps ?? [];
  const refused =
    (code: string, text: RegExp) =>
    (error: unknown): boolean =>
      error instanceof CairnError && error.code === code && text.test(error.message);

  beforeEach(async () => {
    root = createTempFolder();
    opened = new WorkspaceHarness();
    await opened.open();
  });
  beforeEach(() => writeFiles(root, CHAIN_WORKSPACE));
  afterEach(async () => {
    await opened.remove();
    removeFolder(root);
  });

  it('pushes the whole tree once, then only what changed, and counts real bytes', async () => {
    const first = await push();
    assert.equal(first.changed, Object.keys(CHAIN_WORKSPACE).length);
    assert.deepEqual(
      first.artifacts.map(({ module, tags }) => [module, tags]),
      [
        ['n/make', ['latestAlpha']],
        ['n/take', ['latestAlpha']],
      ],
    );
    const again = await push();
    assert.deepEqual([again.changed, again.bytes, again.tree], [0, 0, first.tree]);
    appendFileSync(at('modules/n/take/take.py'), '\nMORE = 1\n');
    const third = await push('team-a');
    assert.equal(third.changed, 1);
    assert.equal(
      third.bytes,
      harness()
        .pushes.at(-1)
        ?.blobs.reduce((sum, blob) => sum + blob.bytes.length, 0),
    );
    assert.deepEqual(third.artifacts[1]?.tags, ['latestAlpha', 'team-a']);
    assert.equal(harness().runs.role.tags('n/take')['team-a'], third.artifacts[1]?.artifact);
    await waitFor('the view', () => harness().role.view(root)?.view.pushed === third.tree);
  });

  it('says whether the tree is a clean commit', async () => {
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: root, encoding: 'utf8' });
    await push();
    assert.deepEqual([harness().pushes[0]?.dirty, harness().pushes[0]?.commit], [true, null]);
    git('init', '-q');
    git('add', '.');
    git('commit', '-q', '-m', 'first');
    await push();
    assert.deepEqual([harness().pushes[1]?.dirty, harness().pushes[1]?.commit], [false, git('rev-parse', 'HEAD').trim()]);
    writeFiles(root, { 'new.txt': 'x' });
    await push();
    assert.equal(harness().pushes[2]?.dirty, true);
  });

  it('refuses a push with errors, a tag that can not be, and `latest`', async () => {
    await assert.rejects(push('la test'), refused('invalid-request', /can't be a tag/));
    await assert.rejects(push('latest'), refused('invalid-request', /promotion/));
    appendFileSync(at('modules/n/take/module.yaml'), 'nonsense: 1\n');
    await assert.rejects(push(), refused('check-failed', /nothing was pushed: modules\/n\/take\/module\.yaml:7:1/));
    writeFiles(root, { 'modules/n/take/module.yaml': 'module: [' });
    await assert.rejects(push(), refused('check-failed', /nothing was pushed: modules\/n\/take\/module\.yaml:1:9/));
    writeFiles(root, {
      'modules/n/take/module.yaml': CHAIN_WORKSPACE['modules/n/take/module.yaml'],
      'modules/n/Make.txt': '',
      'modules/n/make.txt': '',
    });
    await assert.rejects(push(), refused('check-failed', /only in case/));
    assert.equal(harness().pushes.length, 0);
  });

  it('asks back when the root was emptied, and changes nothing', async () => {
    const { tree } = await push();
    for (const name of ['cairn.yaml', 'modules', 'workflows']) rmSync(at(name), { recursive: true });
    await assert.rejects(push(), refused('conflict', /no files any more/));
    await assert.rejects(submit('n/w'), refused('conflict', /no files any more/));
    rmSync(root, { recursive: true });
    await assert.rejects(push(), refused('conflict', /no files any more/));
    assert.equal(harness().runs.role.pushedTree('small'), tree);
    mkdirSync(root);
    writeFiles(root, CHAIN_WORKSPACE);
    assert.equal((await push()).tree, tree);
  });

  it('uses the pushed artifact of a tag with the contract that it was pushed with', async () => {
    writeFiles(root, { 'workflows/w.workflow.yaml': 'workflow: n/w\nsteps:\n  make:\n    module: n/make@latestAlpha\n' });
    await submit('n/w');
    const tree = steps()[0]?.artifact;
    const { artifacts } = await push();
    assert.equal(artifacts[0]?.artifact, tree);
    writeFiles(root, {
      'modules/n/make/module.yaml': CHAIN_WORKSPACE['modules/n/make/module.yaml'].replace('default: 3', 'default: 4'),
      'modules/n/make/make.py': CHAIN_WORKSPACE['modules/n/make/make.py'].replace('count: int = 3', 'count: int = 4'),
    });
    await submit('n/w');
    assert.equal(steps()[0]?.artifact, tree);
    assert.equal(steps()[0]?.contract.params[0]?.default, 3);
    writeFiles(root, { 'workflows/w.workflow.yaml': 'workflow: n/w\nsteps:\n  make:\n    module: n/make\n' });
    await submit('n/w');
    assert.notEqual(steps()[0]?.artifact, tree);
    writeFiles(root, { 'workflows/w.workflow.yaml': 'workflow: n/w\nsteps:\n  make:\n    module: n/make@team-b\n' });
    await assert.rejects(submit('n/w'), refused('check-failed', /n\/make has no version tagged team-b/));
    writeFiles(root, { 'workflows/w.workflow.yaml': 'workflow: n/w\ndomain: production\nsteps:\n  make:\n    module: n/make\n' });
    await assert.rejects(submit('n/w'), refused('check-failed', /tagged latest/));
    await assert.rejects(submit('n/w'), (error: unknown) => {
      assert.ok(error instanceof CairnError);
      assert.match(error.next, /cairn promote n\/make/, '`latest` cannot be pushed');
      return true;
    });
  });

  it('uses a tagged version with the libraries that it was pushed with, and moves the tag when only one of them has changed', async () => {
    writeFiles(root, {
      'libraries/n/words/library.yaml': 'library: n/words\n',
      'libraries/n/words/__init__.py': 'SEPARATOR = ","\n',
      'modules/n/make/module.yaml': `${CHAIN_WORKSPACE['modules/n/make/module.yaml']}uses: [n/words]\n`,
      'workflows/w.workflow.yaml': 'workflow: n/w\nsteps:\n  old:\n    module: n/make@latestAlpha\n  now:\n    module: n/make\n',
    });
    const libraries = (): readonly (string | undefined)[] => steps().map((step) => step.libraries?.[0]?.artifact);
    await push('team-a');
    await submit('n/w');
    const [pushed, same] = libraries();
    assert.ok(pushed !== undefined && pushed === same);
    writeFiles(root, { 'libraries/n/words/__init__.py': 'SEPARATOR = ";"\n' });
    await submit('n/w');
    const [old, now] = libraries();
    assert.equal(old, pushed);
    assert.notEqual(now, pushed);
    await push();
    await submit('n/w');
    assert.deepEqual(libraries(), [now, now]);
    const { tagged } = harness().runs.role;
    assert.deepEqual(tagged.call(harness().runs.role, 'n/make', 'team-a')?.libraries, { 'n/words': pushed });
  });
});
