import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CAIRN_TYPES } from '../../../../rde-agent/workspace/scaffold/typescriptText.ts';
import { WorkspaceHarness } from '../../../support/workspaceHarness.ts';
import { OWNER } from '../../../support/runRole.ts';
import { type Files, SmallWorkspace } from '../../../support/smallWorkspace.ts';

const NONE = new AbortController().signal;

function toModule(name: string, code: string, more = ''): Files {
  return {
    [`modules/${name}/module.yaml`]: `module: ${name}\nkind: data\nentry: main.ts:run\noutputs: { out: json }\n${more}`,
    [`modules/${name}/main.ts`]: code,
  };
}

describe('TypeScript modules of a workspace', function () {
  this.timeout(20_000);
  let harness: WorkspaceHarness;
  let files: SmallWorkspace;
  beforeEach(async () => {
    harness = new WorkspaceHarness();
    files = new SmallWorkspace({
      ...toModule('demo/card', "import { title } from './title.ts';\nexport const run = () => ({ out: title });\n"),
      'modules/demo/card/title.ts': "export const title: string = 'card';\n",
      'modules/demo/old/module.yaml': 'module: demo/old\nkind: data\nentry: main.py:run\noutputs: { out: json }\n',
      'modules/demo/old/main.py': 'def run():\n    return {"out": 1}\n',
      'workflows/cards.workflow.yaml': 'workflow: demo/cards\nsteps:\n  card: { module: demo/card }\n  old: { module: demo/old }\n',
    });
    await harness.open();
  });
  afterEach(async () => {
    await harness.remove();
    files.dispose();
  });

  const build = (modules: string[] = []): ReturnType<typeof harness.role.build> =>
    harness.role.build({ root: files.root, modules, documents: {}, environments: true }, NONE);
  const check = async (): Promise<readonly string[]> => {
    const { diagnostics } = await harness.role.check({ root: files.root, overlays: {} });
    return diagnostics.map(({ file, range, code, message }) => `${file}:${range.start.line}:${range.start.column} ${code} ${message}`);
  };

  it('are built with the others, in an environment of Node', async () => {
    const { modules, environments } = await build();
    assert.deepEqual(
      modules.map(({ module, rebuilt, files: count }) => [module, rebuilt, count]),
      [
        ['demo/card', true, 2],
        ['demo/old', true, 1],
      ],
    );
    assert.equal(environments.length, 2);
    assert.deepEqual(
      (await build()).modules.map(({ rebuilt }) => rebuilt),
      [false, false],
    );
    files.write({ 'modules/demo/card/title.ts': "export const title: string = 'other';\n" });
    assert.deepEqual(
      (await build()).modules.map(({ rebuilt }) => rebuilt),
      [true, false],
    );
  });

  it('show their errors as findings, and keep the last good artifact', async () => {
    const good = (await build()).modules[0]?.artifact;
    files.write({ 'modules/demo/card/title.ts': "export const title = 'open;\n" });
    assert.deepEqual(await check(), ['modules/demo/card/title.ts:1:28 build-failed Unterminated string literal']);
    await assert.rejects(build(), { code: 'build-failed', message: /title\.ts:1:28: Unterminated/ });
    assert.equal((await build(['demo/old'])).modules.length, 1);
    const shown = harness.role.view(files.root)?.view;
    assert.equal(shown?.modules.find(({ name }) => name === 'demo/card')?.artifact, good);
    files.write({ 'modules/demo/card/title.ts': "export const title = 'closed';\n" });
    assert.deepEqual(await check(), []);
  });

  it('are pinned by their bundle, without its positions', async () => {
    const submit = async (key: string): Promise<void> => {
      await harness.role.submit({ root: files.root, workflow: 'demo/cards', params: {}, documents: {}, force: false, key }, OWNER);
    };
    await submit('a-key-of-one');
    files.write({ 'modules/demo/card/title.ts': "// a comment\n\nexport const title: string = 'card';\n" });
    await submit('a-key-of-two');
    const [first, second] = harness.submits.map(({ definition }) => definition.steps.find(({ id }) => id === 'card'));
    assert.notEqual(first?.artifact, second?.artifact);
    assert.ok(first?.code !== undefined && first.code === second?.code);
    const sent = new Set(harness.submits.flatMap(({ blobs }) => blobs.map(({ digest }) => digest)));
    for (const digest of [first.artifact, first.code, second?.artifact]) assert.ok(digest !== undefined && sent.has(digest));
    assert.equal(harness.submits[0]?.definition.environments.length, 2);
  });

  it('have neither tables nor models', async () => {
    files.write(toModule('demo/card', 'export const run = () => 1;\n', 'inputs:\n  rows: { table: { columns: { a: int64 } } }\n'));
    assert.match(
      (await check()).join('\n'),
      /^modules\/demo\/card\/module\.yaml:6:3 build-failed A TypeScript module has no port of the type `table`/m,
    );
  });

  it('are not kept in a process that is used again', async () => {
    files.write(toModule('demo/card', 'export const run = () => 1;\n', 'reuse: worker\n'));
    assert.deepEqual(await check(), [
      'modules/demo/card/module.yaml:5:1 build-failed Each task of a TypeScript module has a process of its own: leave `reuse: worker` out.',
    ]);
  });

  it('hold the libraries that they use', async () => {
    files.write({
      'libraries/demo/words/library.yaml': 'library: demo/words\nlanguage: typescript\nfiles: ["**/*.ts"]\n',
      'libraries/demo/words/index.ts': 'export const upper = (text: string): string => text.toUpperCase();\n',
      ...toModule('demo/card', "import { upper } from 'words';\nexport const run = () => ({ out: upper('a') });\n", 'uses: [demo/words]\n'),
    });
    const before = (await build()).modules;
    assert.deepEqual(
      before.map(({ module }) => module),
      ['demo/card', 'demo/old', 'demo/words'],
    );
    files.write({ 'libraries/demo/words/index.ts': 'export const upper = (text: string): string => text.toLowerCase();\n' });
    assert.deepEqual(
      (await build()).modules.map(({ rebuilt }) => rebuilt),
      [true, false, true],
    );
  });
});

describe('scaffolds in TypeScript', function () {
  this.timeout(20_000);
  let harness: WorkspaceHarness;
  let files: SmallWorkspace;
  beforeEach(async () => {
    harness = new WorkspaceHarness();
    files = new SmallWorkspace({});
    await harness.open();
  });
  afterEach(async () => {
    await harness.remove();
    files.dispose();
  });

  const create = (name: string, changes: object = {}): ReturnType<typeof harness.role.newModule> =>
    harness.role.newModule({
      root: files.root,
      name,
      kind: 'data',
      language: 'typescript',
      inputs: [],
      outputs: [],
      preview: false,
      ...changes,
    });

  it('check clean and build, with ports of every kind', async () => {
    await create('demo/card-maker');
    await create('demo/judge', { kind: 'evaluate' });
    await create('demo/all', {
      inputs: ['rows:json', 'page:file', 'site:directory'],
      outputs: ['quality:metrics', 'out:json', 'copy:file', 'folder:directory'],
    });
    await harness.role.newLibrary({ root: files.root, name: 'demo/words', language: 'typescript', preview: false });
    await harness.role.newLibrary({ root: files.root, name: 'demo/py-words', language: 'python', preview: false });
    const { diagnostics } = await harness.role.check({ root: files.root, overlays: {} });
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    );
    const { modules } = await harness.role.build({ root: files.root, modules: [], documents: {}, environments: false }, NONE);
    assert.deepEqual(modules.map(({ module }) => module).sort(), [
      'demo/all',
      'demo/card-maker',
      'demo/judge',
      'demo/py-words',
      'demo/words',
    ]);
  });

  it('refuse tables and models, and names that are taken', async () => {
    await assert.rejects(create('demo/bad', { outputs: ['out:model'] }), { code: 'invalid-request', message: /neither tables nor models/ });
    await create('demo/once');
    const twice = harness.role.newLibrary({ root: files.root, name: 'demo/once', language: 'python', preview: false });
    await assert.rejects(twice, { code: 'already-exists' });
  });

  it('give editors the types that the example has', () => {
    const example = new URL('../../../../examples/flights/modules/flights/report/cairn.d.ts', import.meta.url);
    assert.equal(readFileSync(example, 'utf8'), CAIRN_TYPES);
  });
});
