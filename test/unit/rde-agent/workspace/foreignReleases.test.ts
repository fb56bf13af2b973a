import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { PinnedLibrary } from '../../../../rde-agent/protocol/pinned.ts';
import { OWNER } from '../../../support/runRole.ts';
import { moduleFiles, SmallWorkspace } from '../../../support/smallWorkspace.ts';
import { WorkspaceHarness } from '../../../support/workspaceHarness.ts';

const library = (name: string, more = '', code = ''): { readonly [path: string]: string } => ({
  [`libraries/${name}/library.yaml`]: `library: ${name}\nfiles: ["**/*.py"]\n${more}`,
  [`libraries/${name}/__init__.py`]: code,
});
const USE = 'uses: [search/words@latestAlpha]\n';
const MODULE = { code: 'def run():\n    return {"out": 1}\n', more: USE };
const TABLE = '{ rows: { table: { columns: { a: int64 } } } }';

describe('unit/rde-agent/workspace/foreignReleases', () => {
  let harness: WorkspaceHarness;
  let owner: SmallWorkspace;
  let other: SmallWorkspace;
  let keys = 0;
  const key = (): string => `key-${String((keys += 1)).padStart(8, '0')}`;
  const push = ({ root }: SmallWorkspace) => harness.role.push({ root, documents: {}, key: key() }, OWNER);
  const submit = async (): Promise<readonly PinnedLibrary[] | undefined> => {
    await harness.role.submit({ root: other.root, workflow: 'team/b', params: {}, documents: {}, force: false, key: key() }, OWNER);
    return harness.submits.at(-1)?.definition.steps.at(-1)?.libraries;
  };
  const refused = (words: RegExp) => (error: unknown) =>
    error instanceof CairnError && error.code === 'check-failed' && words.test(`${error.message}\n${error.next}`);

  beforeEach(async () => {
    harness = new WorkspaceHarness();
    await harness.open();
    owner = new SmallWorkspace({
      ...library('search/words', 'uses: [search/marks]\nrequires: { python: ">=3.10" }\n'),
      ...library('search/marks'),
      ...moduleFiles('search/makes', { code: 'def run():\n    return {"rows": 1}\n', outputs: TABLE }),
    });
    other = new SmallWorkspace({
      ...moduleFiles('team/user', MODULE),
      'workflows/b.workflow.yaml': 'workflow: team/b\nsteps:\n  user:\n    module: team/user\n',
    });
  });
  afterEach(async () => {
    await harness.remove();
    owner.dispose();
    other.dispose();
  });

  it('pins a library of others by its tag, with what it was pushed with', async () => {
    await assert.rejects(submit(), refused(/workflows\/b\.workflow\.yaml:4:13: .*\nNothing named search\/words was pushed/));
    await push(owner);
    const pinned = await submit();
    assert.deepEqual(
      pinned?.map(({ name, tag, broughtBy }) => [name, tag, broughtBy]),
      [
        ['search/words', 'latestAlpha', undefined],
        ['search/marks', undefined, 'search/words'],
      ],
    );
    const { artifacts } = await push(other);
    assert.deepEqual(
      artifacts.map(({ module }) => module),
      ['team/user'],
    );
    assert.deepEqual(
      harness.pushes.at(-1)?.artifacts[0]?.libraries,
      Object.fromEntries((pinned ?? []).map((each) => [each.name, each.artifact])),
    );
  });

  it('packs it into a wheel', async () => {
    await push(owner);
    const params = { root: other.root, modules: ['team/user'], documents: {}, environments: false, wheels: join(other.root, 'out') };
    const { modules } = await harness.role.build(params, new AbortController().signal);
    const text = readFileSync(modules[0]?.wheel?.file ?? '', 'latin1');
    for (const file of ['main.py', 'words/__init__.py', 'marks/__init__.py']) assert.ok(text.includes(file), file);
  });

  it('has what stands in the workspace itself go first', async () => {
    await push(owner);
    other.write({
      ...library('search/marks', '', 'OWN = 1\n'),
      ...moduleFiles('team/user', { ...MODULE, more: 'uses: [search/words@latestAlpha, search/marks]\n' }),
    });
    assert.deepEqual(
      (await submit())?.map(({ name, folder }) => [name, folder]),
      [
        ['search/words', ''],
        ['search/marks', 'libraries/search/marks'],
      ],
    );
  });

  it('refuses what does not fit, at its place', async () => {
    await push(owner);
    other.write({
      ...library('team/words'),
      ...moduleFiles('team/user', { ...MODULE, more: 'uses: [search/words@latestAlpha, team/words]\n' }),
    });
    await assert.rejects(submit(), refused(/modules\/team\/user\/module\.yaml:\d+:\d+: .*both imported as `words`/));
    other.write({
      ...library('team/marks'),
      ...moduleFiles('team/user', { ...MODULE, more: 'uses: [search/words@latestAlpha, team/marks]\n' }),
    });
    await assert.rejects(submit(), refused(/search\/marks and team\/marks are both imported as marks/));
    other.write({ ...moduleFiles('team/user', { ...MODULE, more: 'uses: [search/words@other]\n' }) });
    await assert.rejects(submit(), refused(/Of search\/words there is latestAlpha: name one of them/));
    other.write({ ...moduleFiles('team/user', { ...MODULE, more: 'uses: [search/makes@latestAlpha]\n' }) });
    await assert.rejects(submit(), refused(/search\/makes is a module/));
    await assert.rejects(
      push(other),
      refused(/nothing was pushed: modules\/team\/user\/module\.yaml:\d+:\d+: .*search\/makes@latestAlpha/),
    );
  });

  it('checks what flows out of a module of others', async () => {
    await push(owner);
    const flow = (type: string): { readonly [path: string]: string } => ({
      ...moduleFiles('team/takes', { code: 'def run(rows):\n    return {"out": 1}\n', inputs: `{ rows: ${type} }` }),
      'workflows/b.workflow.yaml':
        'workflow: team/b\nsteps:\n  makes:\n    module: search/makes@latestAlpha\n  takes:\n    module: team/takes\n    in: { rows: makes.rows }\n',
    });
    other.write(flow('{ table: { columns: { a: string } } }'));
    await assert.rejects(submit(), refused(/workflows\/b\.workflow\.yaml:7:\d+: .*a.*string/));
    other.write(flow('json'));
    await assert.rejects(submit(), refused(/workflows\/b\.workflow\.yaml:7:\d+: /));
    other.write(flow('{ table: { columns: { a: int64 } } }'));
    await submit();
  });
});
