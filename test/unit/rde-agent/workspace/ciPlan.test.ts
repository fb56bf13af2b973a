import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CiPlanDocument } from '../../../../rde-agent/protocol/ciDocuments.ts';
import { commitAll, initRepository, runGit } from '../../../support/gitRepository.ts';
import { moduleFiles, SmallWorkspace, type Files } from '../../../support/smallWorkspace.ts';
import { WorkspaceHarness } from '../../../support/workspaceHarness.ts';

const CODE = 'def run():\n    return {"out": 1}\n';

const library = (name: string, uses: string): Files => ({
  [`libraries/${name}/library.yaml`]: `library: ${name}\nfiles: ["**/*.py"]\n${uses}`,
  [`libraries/${name}/__init__.py`]: 'VALUE = 1\n',
});
const workflow = (name: string, steps: string): Files => ({
  [`workflows/${name.replace('/', '-')}.workflow.yaml`]: `workflow: ${name}\nsteps:\n${steps}`,
});

const FILES: Files = {
  ...moduleFiles('ns/plain', { code: CODE }),
  ...moduleFiles('ns/user', { code: CODE, more: 'uses: [ns/outer]\nenvironment: own\n' }),
  ...moduleFiles('ns/other', { code: CODE, more: 'tests: tests\n' }),
  ...library('ns/inner', ''),
  ...library('ns/outer', 'uses: [ns/inner]\n'),
  'environments/own.environment.yaml': 'environment: own\nlock: own.lock\n',
  'environments/own.lock': '',
  ...workflow('ns/flow', '  a:\n    module: ns/plain\n'),
  ...workflow('ns/nest', '  in:\n    workflow: ns/flow\n'),
  ...workflow('ns/apart', '  a:\n    module: ns/other\n'),
};

describe('unit/rde-agent/workspace/ciPlan', function () {
  this.timeout(180_000);
  let workspace: SmallWorkspace;
  let harness: WorkspaceHarness;
  beforeEach(async () => {
    workspace = new SmallWorkspace(FILES);
    initRepository(workspace.root);
    harness = new WorkspaceHarness();
    await harness.open();
  });
  afterEach(async () => {
    await harness.remove();
    workspace.dispose();
  });

  const planned = (since = 'main', root = workspace.root): Promise<CiPlanDocument> => harness.role.planPipeline({ root, since });
  const ids = async (since?: string): Promise<readonly string[]> => (await planned(since)).jobs.map(({ id }) => id);

  it('has no job where nothing has changed, and exactly those that a change affects', async () => {
    const none = await planned();
    assert.deepEqual([none.jobs, none.changed, none.unaffected], [[], [], 5]);
    workspace.write({ 'README.md': 'read me\n' });
    assert.deepEqual(await ids(), [], 'it belongs to nothing');
    workspace.write({ 'modules/ns/plain/main.py': `${CODE}\n` });
    const plan = await planned();
    assert.deepEqual(
      plan.jobs.map(({ id, kind, needs, because }) => [id, kind, needs, because]),
      [
        ['ns-plain', 'module', [], [{ kind: 'file', name: 'modules/ns/plain/main.py' }]],
        ['ns-flow-workflow', 'workflow', ['ns-plain'], [{ kind: 'module', name: 'ns/plain' }]],
        ['ns-nest-workflow', 'workflow', ['ns-flow-workflow'], [{ kind: 'workflow', name: 'ns/flow' }]],
      ],
    );
    assert.deepEqual(plan.jobs[0]?.commands, [
      'cairn check ns/plain',
      'cairn build ns/plain',
      'cairn test ns/plain',
      'cairn push --module ns/plain',
    ]);
    assert.equal(plan.unaffected, 4);
    assert.deepEqual(plan.changed, ['README.md', 'modules/ns/plain/main.py']);
  });

  it('follows libraries to any depth, environments with their locks, and tests', async () => {
    workspace.write({ 'libraries/ns/inner/__init__.py': 'VALUE = 2\n' });
    const plan = await planned();
    assert.deepEqual(
      plan.jobs.map(({ id, needs, commands }) => [id, needs, commands.at(-1)]),
      [
        ['ns-inner', [], 'cairn push --module ns/inner'],
        ['ns-outer', ['ns-inner'], 'cairn push --module ns/outer'],
        ['ns-user', ['ns-outer'], 'cairn push --module ns/user'],
      ],
    );
    commitAll(workspace.root, 'a library');
    workspace.write({ 'environments/own.lock': '# another\n' });
    const [user] = (await planned('HEAD')).jobs;
    assert.deepEqual([user?.id, user?.because], ['ns-user', [{ kind: 'environment', name: 'own' }]]);
    commitAll(workspace.root, 'a lock');
    workspace.write({ 'modules/ns/other/tests/test_it.py': 'def test_it():\n    pass\n' });
    assert.deepEqual(await ids('HEAD'), ['ns-other', 'ns-apart-workflow'], 'a file that is not committed');
  });

  it('takes renamed and deleted files for changes of whatever they belonged to', async () => {
    renameSync(join(workspace.root, 'modules/ns/plain'), join(workspace.root, 'modules/ns/moved'));
    assert.deepEqual(await ids(), ['ns-plain', 'ns-flow-workflow', 'ns-nest-workflow']);
    commitAll(workspace.root, 'moved');
    rmSync(join(workspace.root, 'modules/ns/other'), { recursive: true });
    const plan = await planned('HEAD');
    assert.deepEqual(
      plan.jobs.map(({ id, because }) => [id, because]),
      [['ns-apart-workflow', [{ kind: 'module', name: 'ns/other' }]]],
    );
  });

  it('has a job that fails for changed files that are so wrong that they belong to nothing', async () => {
    const last = async (): Promise<unknown> => {
      const job = (await planned()).jobs.at(-1);
      return [job?.id, job?.kind, job?.because.map(({ name }) => name), job?.needs, job?.commands];
    };
    const failing = (file: string): unknown => ['workspace', 'workspace', [file], [], ['cairn check']];
    for (const file of ['modules/ns/other/module.yaml', 'environments/own.environment.yaml', 'cairn.yaml']) {
      const before = readFileSync(join(workspace.root, file), 'utf8');
      workspace.write({ [file]: '{{{' });
      assert.deepEqual(await last(), failing(file), file);
      workspace.write({ [file]: before });
    }
    workspace.write({ 'modules/ns/second/module.yaml': moduleFiles('ns/other', { code: CODE })['modules/ns/other/module.yaml'] ?? '' });
    assert.deepEqual(await last(), failing('modules/ns/second/module.yaml'), 'a name that is taken');
  });

  it('plans for a workspace below the folder of its repository', async () => {
    assert.equal((await planned()).folder, '.');
    const root = join(workspace.root, 'team b');
    workspace.write({ 'team b/cairn.yaml': 'workspace: inner\nmodules: [modules/**]\n' });
    for (const [file, text] of Object.entries(moduleFiles('in/one', { code: CODE }))) workspace.write({ [`team b/${file}`]: text });
    const plan = await planned('HEAD', root);
    assert.deepEqual([plan.folder, plan.jobs.map(({ id }) => id), plan.changed[0]], ['team b', ['in-one'], 'cairn.yaml']);
  });

  it('reads of cairn.yaml what concerns whom', async () => {
    const manifest = (more: string): Files => ({
      'cairn.yaml': `workspace: small\nmodules: [modules/**]\nworkflows: [workflows/**]\nenvironments: [environments/**]\ndatasets: [datasets/**]\n${more}`,
    });
    workspace.write(manifest('namespaces:\n  ns: { owners: [us] }\n'));
    assert.deepEqual(await ids(), []);
    workspace.write(manifest('defaults: { environment: own }\n'));
    const plan = await planned();
    assert.deepEqual(
      plan.jobs.filter(({ kind }) => kind === 'module').map(({ id }) => id),
      ['ns-other', 'ns-plain'],
      'those without one of their own',
    );
    assert.deepEqual(plan.jobs[0]?.because, [{ kind: 'manifest', name: 'cairn.yaml' }]);
  });

  it('compares with where the histories parted, and says what it cannot compare with', async () => {
    runGit(workspace.root, 'checkout', '-q', '-b', 'work');
    workspace.write({ 'modules/ns/other/main.py': `${CODE}\n` });
    commitAll(workspace.root, 'mine');
    runGit(workspace.root, 'checkout', '-q', 'main');
    workspace.write({ 'modules/ns/plain/main.py': `${CODE}\n` });
    commitAll(workspace.root, 'theirs');
    runGit(workspace.root, 'checkout', '-q', 'work');
    assert.deepEqual(await ids(), ['ns-other', 'ns-apart-workflow']);
    for (const wrong of ['no-such-branch', '--output=/tmp/x', '0'.repeat(40), 'main^{tree}', '']) {
      await assert.rejects(planned(wrong), (error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error && 'next' in error);
        assert.equal(error.code, 'invalid-request');
        return true;
      });
    }
    const shallow = realpathSync(mkdtempSync(join(tmpdir(), 'cairn-shallow-')));
    try {
      runGit(shallow, 'clone', '-q', '--depth', '1', `file://${workspace.root}`, '.');
      await assert.rejects(
        planned('origin/main', shallow),
        (error: unknown) => error instanceof Error && 'next' in error && /unshallow/.test(String(error.next)),
      );
    } finally {
      rmSync(shallow, { recursive: true, force: true });
    }
  });
});
