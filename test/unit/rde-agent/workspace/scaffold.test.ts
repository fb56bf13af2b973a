import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { CreatedDocument } from '../../../../rde-agent/protocol/documents.ts';
import { checkFolder } from '../../../../rde-agent/workspace/checkFolder.ts';
import { OWNER } from '../../../support/runRole.ts';
import { createTempFolder, removeFolder, writeFiles } from '../../../support/tempFolder.ts';
import { loadPythonReader, WorkspaceHarness } from '../../../support/workspaceHarness.ts';

const EXAMPLE = path.join(import.meta.dirname, '../../../../examples/flights');

describe('scaffolds', () => {
  let harness: WorkspaceHarness;
  let root: string;
  const at = (file: string): string => path.join(root, file);
  const init = (preview = false): Promise<CreatedDocument> => harness.role.init({ root, preview });
  const newModule = (name: string, more: Partial<Parameters<WorkspaceHarness['role']['newModule']>[0]> = {}): Promise<CreatedDocument> =>
    harness.role.newModule({ root, name, kind: 'data', language: 'python', inputs: [], outputs: [], preview: false, ...more });
  const newWorkflow = (name: string, modules: readonly string[], preview = false): Promise<CreatedDocument> =>
    harness.role.newWorkflow({ root, name, modules: [...modules], preview });
  const findings = async (): Promise<readonly string[]> =>
    (await checkFolder(root, await loadPythonReader())).diagnostics.map(({ file, message }) => `${file}: ${message}`);
  const test = (module: string): void =>
    void execFileSync('python3', ['-B', '-m', 'unittest', 'discover', '-s', 'tests'], { cwd: at(`modules/${module}`), stdio: 'pipe' });
  const refused =
    (code: string, text: RegExp) =>
    (error: unknown): boolean =>
      error instanceof CairnError && error.code === code && text.test(error.message);

  beforeEach(async () => {
    root = createTempFolder();
    harness = new WorkspaceHarness();
    await harness.open();
  });
  afterEach(async () => {
    await harness.remove();
    removeFolder(root);
  });

  it('make a workspace that checks clean, whose test passes, and that can be run at once', async () => {
    const { created } = await init();
    assert.ok(created.includes('cairn.yaml') && created.includes('workflows/first.workflow.yaml'));
    assert.deepEqual(await findings(), []);
    const name = path.basename(root).toLowerCase();
    test(`${name}/squares`);
    await harness.role.submit({ root, workflow: `${name}/first`, params: {}, documents: {}, force: false, key: 'key-12345678' }, OWNER);
    assert.equal(harness.submits.length, 1);
  });

  it('show a preview and write nothing', async () => {
    const preview = await init(true);
    assert.deepEqual(readdirSync(root), []);
    const { created } = await init();
    assert.deepEqual(preview.created, created);
    for (const file of created) assert.equal(preview.contents?.[file], readFileSync(at(file), 'utf8'));
    const module = await newModule('n/m', { preview: true });
    assert.equal(existsSync(at('modules/n')), false);
    assert.match(module.contents?.['modules/n/m/module.yaml'] ?? '', /^module: n\/m\n/);
  });

  it('make a folder for a workspace where there is none, with a name of its own', async () => {
    await harness.role.init({ root: at('My New Project!'), preview: false });
    assert.match(readFileSync(at('My New Project!/cairn.yaml'), 'utf8'), /^workspace: my-new-project\n/);
    await assert.rejects(harness.role.init({ root: at('x'), name: 'Bad Name', preview: false }), refused('invalid-request', /Bad Name/));
    await assert.rejects(harness.role.init({ root: at('My New Project!'), preview: false }), refused('already-exists', /cairn\.yaml/));
  });

  it('never write over a file, and leave nothing half done', async () => {
    writeFiles(root, { 'workflows/first.workflow.yaml': 'mine' });
    await assert.rejects(init(), refused('already-exists', /first\.workflow\.yaml/));
    assert.deepEqual(readdirSync(root), ['workflows']);
    assert.equal(readFileSync(at('workflows/first.workflow.yaml'), 'utf8'), 'mine');
  });

  it('never write outside the workspace', async () => {
    await init();
    const outside = createTempFolder();
    symlinkSync(outside, at('modules/linked'));
    await assert.rejects(newModule('linked/m'), refused('invalid-request', /outside/));
    assert.deepEqual(readdirSync(outside), []);
    symlinkSync(path.dirname(root), at('modules/above'));
    await assert.rejects(newModule('above/m'), refused('invalid-request', /outside/));
    removeFolder(outside);
  });

  for (const kind of ['data', 'train', 'package', 'evaluate', 'deploy'] as const) {
    it(`make a ${kind} module that checks clean and whose test passes`, async () => {
      await init();
      const { created } = await newModule(`team/my-${kind}`, { kind });
      assert.deepEqual(created, [
        `modules/team/my-${kind}/module.yaml`,
        `modules/team/my-${kind}/my_${kind}.py`,
        `modules/team/my-${kind}/tests/test_my_${kind}.py`,
      ]);
      assert.deepEqual(await findings(), []);
      test(`team/my-${kind}`);
    });
  }

  it('make a chain of one module of each kind, wired in order', async () => {
    await init();
    const kinds = ['data', 'train', 'package', 'deploy'] as const;
    for (const kind of kinds) await newModule(`team/${kind}`, { kind });
    await newWorkflow(
      'team/chain',
      kinds.map((kind) => `team/${kind}`),
    );
    assert.deepEqual(await findings(), []);
    const text = readFileSync(at('workflows/chain.workflow.yaml'), 'utf8');
    assert.match(text, /in: \{ records: data\.records \}/);
    assert.match(text, /in: \{ bundle: package\.bundle \}/);
    await harness.role.submit({ root, workflow: 'team/chain', params: {}, documents: {}, force: false, key: 'key-12345678' }, OWNER);
  });

  it('make modules for any ports that are asked for', async () => {
    await init();
    writeFiles(root, { 'environments/tables.environment.yaml': 'environment: tables\n' });
    const inputs = [
      'flights:table(dep_delay:float64,carrier:string,when:timestamp[us, tz=UTC],cost:decimal128(9, 2))',
      'settings',
      'model:model',
      'all:list(model)',
      'rows:list(table(a:int64))',
      'notes:file',
      'pictures:directory',
      'scores:metrics',
    ];
    const outputs = [
      'flights_out:table(dep_delay:float64,carrier:string,day:date32,length:duration[us],flag:bool,many:list<int64>)',
      'any:table',
      'report:json',
      'made:model',
      'written:file',
      'folder:directory',
      'measured:metrics',
    ];
    await newModule('team/everything', { inputs, outputs, environment: 'tables' });
    assert.deepEqual(await findings(), []);
    test('team/everything');
  });

  it('hide no module of Python behind a file name, and keep keywords out', async () => {
    await init();
    for (const name of ['select', 'json', 'class', 'test', 'pandas', '2024', 'import']) await newModule(`team/${name}`);
    assert.deepEqual(await findings(), []);
    for (const name of ['select', 'json', 'class', 'test', 'pandas', '2024', 'import']) test(`team/${name}`);
    assert.ok(existsSync(at('modules/team/select/select_step.py')));
  });

  it('refuse names and ports that can not be, by name', async () => {
    await init();
    for (const name of ['$(touch x)/y', 'a b/c', '../x/y', 'n/m;rm', '-n/m', 'N/M', 'n', 'n/m\n', '__proto__/x', `n/${'x'.repeat(200)}`]) {
      await assert.rejects(newModule(name), refused('invalid-request', /can't name a module/), name);
      await assert.rejects(newWorkflow(name, []), refused('invalid-request', /can't name a workflow/), name);
    }
    const ports: readonly (readonly [string, RegExp])[] = [
      ['1x', /Python name/],
      ['class', /Python name/],
      ['__proto__', /Python name/],
      ['a:tabel(x:int64)', /unknown type/],
      ['a:table(x)', /needs a type/],
      ['a:table(x:foo)', /needs a type/],
      ['a:list(list(model))', /unknown type/],
    ];
    for (const [port, reason] of ports)
      await assert.rejects(newModule('n/m', { inputs: [port] }), refused('invalid-request', reason), port);
    await assert.rejects(newModule('n/m', { outputs: ['a', 'a:model'] }), refused('invalid-request', /twice/));
    await assert.rejects(newModule('n/m', { outputs: ['a:list(model)'] }), refused('invalid-request', /fan-out/));
    await assert.rejects(newModule('n/m', { environment: 'nope' }), refused('unknown-environment', /no environment nope/));
    await assert.rejects(newModule('n/m', { inputs: ['a:table(x:int64)'] }), refused('invalid-request', /pyarrow/));
    assert.equal(existsSync(at('modules/n')), false);
  });

  it('refuse what is there already', async () => {
    await init();
    await newModule('n/m');
    await assert.rejects(newModule('n/m'), refused('already-exists', /modules\/n\/m\/module\.yaml/));
    await newWorkflow('n/w', ['n/m']);
    await assert.rejects(newWorkflow('n/w', ['n/m']), refused('already-exists', /workflows\/w\.workflow\.yaml/));
    await assert.rejects(newWorkflow('other/w', ['n/m']), refused('already-exists', /w\.workflow\.yaml/));
  });

  it('put new files where the globs of the workspace say', async () => {
    writeFiles(root, { 'cairn.yaml': 'workspace: deep\nmodules: [ml/src/modules/**]\nworkflows: [ml/flows/*.workflow.yaml]\n' });
    const { created } = await newModule('n/m');
    assert.equal(created[0], 'ml/src/modules/n/m/module.yaml');
    assert.deepEqual((await newWorkflow('n/w', ['n/m'])).created, ['ml/flows/w.workflow.yaml']);
    assert.deepEqual(await findings(), []);
  });

  it('start a workflow with the dataset that has the columns', async () => {
    cpSync(EXAMPLE, root, { recursive: true });
    await newWorkflow('flights/again', ['flights/clean', 'flights/features', 'flights/train', 'flights/evaluate']);
    assert.deepEqual(await findings(), []);
    const text = readFileSync(at('workflows/again.workflow.yaml'), 'utf8');
    assert.match(text, / {2}flights_2013:\n {4}dataset: flights\/2013/);
    assert.match(text, /params:\n {2}kind: string\nsteps:/);
    assert.match(text, /kind: \$\{params\.kind\}/);
  });

  it('name the input that nothing fits, and the module that is not there', async () => {
    await init();
    await newModule('n/train', { kind: 'train' });
    await assert.rejects(newWorkflow('n/w', ['n/train']), refused('invalid-request', /n\/train fits its input records \(json\)/));
    await assert.rejects(newWorkflow('n/w', ['n/tarin']), refused('unknown-module', /did you mean n\/train/));
  });

  it('make a workflow of the first module that stands alone when none is named', async () => {
    await init();
    await newWorkflow('n/w', []);
    assert.deepEqual(await findings(), []);
    mkdirSync(at('empty'));
    writeFileSync(at('empty/cairn.yaml'), 'workspace: empty\n');
    await assert.rejects(
      harness.role.newWorkflow({ root: at('empty'), name: 'n/w', modules: [], preview: false }),
      refused('invalid-request', /name the modules/),
    );
  });
});
