import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { FileIndex } from '../../../../rde-agent/builder/fileIndex.ts';
import type { Artifact, BuildTarget } from '../../../../rde-agent/builder/pythonArtifact.ts';
import { type Bundler, loadBundler } from '../../../../rde-agent/builder/typescript/bundler.ts';
import { TypeScriptBuilder } from '../../../../rde-agent/builder/typescript/typescriptBuilder.ts';
import { createTempFolder, removeFolder } from '../../../support/tempFolder.ts';

const ENTRY = `import { scale } from './scale.ts';
export function build({ value }: { value: number }): { out: number } {
  return { out: scale(value) };
}
`;
const SCALE = 'export function scale(value: number): number {\n  return value * 2;\n}\n';

const TARGET: BuildTarget = {
  kind: 'module',
  name: 'demo/scale',
  folder: 'modules/demo/scale',
  entry: { file: 'main.ts', function: 'build' },
  skip: new Set(),
  language: 'typescript',
};

describe('TypeScriptBuilder', () => {
  let root: string;
  let index: FileIndex;
  let builder: TypeScriptBuilder;
  let builds: string[];

  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  const create = (load: () => Promise<Bundler>): TypeScriptBuilder =>
    new TypeScriptBuilder({
      root,
      index,
      load: async () => {
        const bundler = await load();
        return {
          ...bundler,
          build: (options) => {
            builds.push('build');
            return bundler.build(options);
          },
          context: async (options) => {
            builds.push('context');
            const context = await bundler.context(options);
            const rebuild = context.rebuild.bind(context);
            context.rebuild = () => {
              builds.push('rebuild');
              return rebuild();
            };
            return context;
          },
        };
      },
    });
  const make = async (target = TARGET): Promise<ReturnType<TypeScriptBuilder['build']>> => {
    await index.scan();
    await builder.prepare([target]);
    return builder.build(target);
  };
  const succeed = async (target = TARGET): Promise<Artifact> => {
    const result = await make(target);
    if (result.kind === 'failed') assert.fail(result.error.message);
    return result.artifact;
  };
  const fail = async (target = TARGET): Promise<readonly string[]> => {
    const result = await make(target);
    assert.equal(result.kind, 'failed');
    return builder.diagnostics([target]).map(({ file, range, message }) => `${file}:${range.start.line}:${range.start.column}: ${message}`);
  };

  beforeEach(() => {
    root = createTempFolder();
    builds = [];
    index = new FileIndex({ root, cacheFile: undefined, now: Date.now });
    builder = create(() => loadBundler({ from: import.meta.url, wasm: undefined }));
    write('modules/demo/scale/main.ts', ENTRY);
    write('modules/demo/scale/scale.ts', SCALE);
  });
  afterEach(async () => {
    await builder.dispose();
    removeFolder(root);
  });

  it('makes one file and its positions, which run', async () => {
    const artifact = await succeed();
    assert.deepEqual(
      artifact.manifest.files.map((file) => file.path),
      ['main.mjs', 'main.mjs.map'],
    );
    assert.deepEqual(artifact.manifest.entry, { file: 'main.mjs', function: 'build' });
    const bundle = artifact.contents?.get(artifact.manifest.files[0]?.digest ?? 'sha256:');
    write('out/main.mjs', Buffer.from(bundle ?? []).toString());
    const loaded = (await import(pathToFileURL(path.join(root, 'out/main.mjs')).href)) as { build(given: object): unknown };
    assert.deepEqual(loaded.build({ value: 21 }), { out: 42 });
  });

  it('is the same in another place, and holds no path of this one', async () => {
    const here = await succeed();
    const elsewhere = createTempFolder();
    const before = root;
    root = elsewhere;
    index = new FileIndex({ root, cacheFile: undefined, now: Date.now });
    await builder.dispose();
    builder = create(() => loadBundler({ from: import.meta.url, wasm: undefined }));
    write('modules/demo/scale/main.ts', ENTRY);
    write('modules/demo/scale/scale.ts', SCALE);
    assert.equal((await succeed()).digest, here.digest);
    for (const bytes of here.contents?.values() ?? []) assert.ok(!Buffer.from(bytes).toString().includes(before));
    removeFolder(before);
  });

  it('writes the same bytes by WebAssembly as by native code', async () => {
    const native = await succeed();
    await builder.dispose();
    const wasm = path.dirname(path.dirname(new URL(import.meta.resolve('esbuild-wasm')).pathname));
    builder = create(async () => {
      const bundler = await loadBundler({ from: 'file:///nowhere/main.js', wasm });
      assert.equal(bundler.kind, 'wasm');
      return bundler;
    });
    assert.equal((await succeed()).digest, native.digest);
  });

  it('keeps the code of an edit of comments, though the positions move', async () => {
    const before = await succeed();
    write('modules/demo/scale/scale.ts', `// twice\n\n${SCALE}`);
    const after = await succeed();
    assert.notEqual(after.digest, before.digest);
    assert.deepEqual(after.code?.digest, before.code?.digest);
    write('modules/demo/scale/scale.ts', SCALE.replace('2', '3'));
    assert.notEqual((await succeed()).code?.digest, before.code?.digest);
  });

  it('bundles again only what has changed, with the context of that module', async () => {
    const other = { ...TARGET, name: 'demo/other', folder: 'modules/demo/other' };
    write('modules/demo/other/main.ts', SCALE.replace('scale', 'build'));
    await index.scan();
    await builder.prepare([TARGET, other]);
    assert.deepEqual(builds, ['build', 'build']);
    await builder.prepare([TARGET, other]);
    assert.equal(builds.length, 2);
    write('modules/demo/scale/scale.ts', SCALE.replace('2', '4'));
    await index.update(['modules/demo/scale/scale.ts']);
    await builder.prepare([TARGET, other]);
    assert.deepEqual(builds.slice(2), ['context', 'rebuild']);
    write('modules/demo/scale/scale.ts', SCALE.replace('2', '5'));
    await index.update(['modules/demo/scale/scale.ts']);
    await builder.prepare([TARGET, other]);
    assert.deepEqual(builds.slice(4), ['rebuild']);
  });

  it('keeps the last good artifact of a module that is broken, and says where', async () => {
    const good = await succeed();
    write('modules/demo/scale/scale.ts', 'export function scale(value: number) {\n  const täg = value +;\n}\n');
    const result = await make();
    assert.equal(result.kind, 'failed');
    assert.equal(result.kind === 'failed' && result.last?.digest, good.digest);
    assert.deepEqual(await fail(), ['modules/demo/scale/scale.ts:2:22: Unexpected ";"']);
    write('modules/demo/scale/scale.ts', SCALE);
    assert.equal((await succeed()).digest, good.digest);
    assert.deepEqual(builder.diagnostics([TARGET]), []);
  });

  it('sees what is added, renamed, deleted and installed', async () => {
    write(
      'modules/demo/scale/main.ts',
      "import { scale } from './lib';\nimport { three } from 'three';\nexport const build = () => scale(three);\n",
    );
    assert.deepEqual(
      (await fail()).map((text) => text.replace(/:.*/, '')),
      ['modules/demo/scale/main.ts', 'modules/demo/scale/main.ts'],
    );
    write('modules/demo/scale/lib/index.ts', SCALE);
    assert.equal((await fail()).length, 1);
    write('node_modules/three/package.json', '{"name":"three","version":"1.0.0","main":"index.js"}');
    write('node_modules/three/index.js', 'exports.three = 3;');
    const first = await succeed();
    write('modules/demo/scale/lib.ts', SCALE.replace('2', '9'));
    const second = await succeed();
    assert.notEqual(second.digest, first.digest, 'a file is found before a folder');
    rmSync(path.join(root, 'modules/demo/scale/lib.ts'));
    assert.equal((await succeed()).digest, first.digest);
    write('node_modules/three/index.js', 'exports.three = 33;');
    assert.notEqual((await succeed()).digest, first.digest);
  });

  it('holds libraries, and follows them', async () => {
    const target = { ...TARGET, libraries: [{ import: 'words', folder: 'libraries/demo/words' }] };
    write('libraries/demo/words/index.ts', "export { upper } from './upper.ts';\n");
    write('libraries/demo/words/upper.ts', 'export const upper = (text: string): string => text.toUpperCase();\n');
    write(
      'modules/demo/scale/main.ts',
      "import { upper } from 'words';\nimport { upper as other } from 'words/upper.ts';\nexport const build = () => upper('a') + other('b');\n",
    );
    const first = await succeed(target);
    write('libraries/demo/words/upper.ts', 'export const upper = (text: string): string => text.toLowerCase();\n');
    assert.notEqual((await succeed(target)).digest, first.digest);
  });

  it('finds the few modules that a change belongs to, whatever it is, as one that asks every module does', async () => {
    const names = ['one', 'two', 'three'];
    const targets = names.map((name): BuildTarget => {
      const libraries = name === 'two' ? [{ import: 'words', folder: 'libraries/demo/words' }] : [];
      return { ...TARGET, name: `demo/${name}`, folder: `modules/demo/${name}`, libraries };
    });
    write('libraries/demo/words/index.ts', 'export const upper = 1;\n');
    write('shared/far.ts', 'export const far = 1;\n');
    write('node_modules/three/index.js', 'exports.three = 3;');
    write('modules/demo/one/main.ts', "import { far } from '../../../shared/far.ts';\nexport const build = () => far;\n");
    write('modules/demo/two/main.ts', "import { upper } from 'words';\nexport const build = () => upper;\n");
    write('modules/demo/three/main.ts', "import { three } from 'three';\nexport const build = () => three;\n");
    const toDigests = (of: TypeScriptBuilder): readonly string[] =>
      targets.map((target) => {
        const result = of.build(target);
        return result.kind === 'built' ? result.artifact.digest : 'failed';
      });
    let last: readonly string[] = [];
    const assertCurrent = async (what: string, rebuilt: readonly string[] | undefined): Promise<void> => {
      const before = last;
      const started = builds.length;
      await builder.prepare(targets);
      const after = toDigests(builder);
      last = after;
      if (rebuilt !== undefined) assert.equal(builds.slice(started).filter((step) => step !== 'context').length, rebuilt.length, what);
      const different = names.filter((_, at) => before[at] !== after[at]);
      if (rebuilt !== undefined) assert.deepEqual(different, rebuilt, what);
      const other = create(() => loadBundler({ from: import.meta.url, wasm: undefined }));
      await other.prepare(targets);
      assert.deepEqual(after, toDigests(other), what);
      await other.dispose();
    };
    const change = async (file: string, text: string | undefined): Promise<void> => {
      if (text === undefined) rmSync(path.join(root, file), { recursive: true });
      else write(file, text);
      await index.update([file]);
    };
    await index.scan();
    await assertCurrent('the first time', names);
    await assertCurrent('nothing', []);
    await change('modules/demo/one/main.ts', "import { far } from '../../../shared/far.ts';\nexport const build = () => far + 1;\n");
    await assertCurrent('its own file', ['one']);
    await change('libraries/demo/words/index.ts', 'export const upper = 2;\n');
    await assertCurrent('a library', ['two']);
    await change('shared/far.ts', 'export const far = 2;\n');
    await assertCurrent('a file elsewhere', ['one']);
    write('node_modules/three/index.js', 'exports.three = 33;');
    await assertCurrent('an installed package', ['three']);
    write('node_modules/three/index.js', 'exports.three = 333;');
    await assertCurrent('an installed package again', ['three']);
    write('modules/demo/three/node_modules/three/index.js', 'exports.three = 4;');
    await change('modules/demo/three/package.json', '{}');
    await assertCurrent('packages of its own', ['three']);
    await change('libraries/demo/words', undefined);
    await assertCurrent('a library that is gone', undefined);
    await change('libraries/demo/words/index.ts', 'export const upper = 3;\n');
    await assertCurrent('a library that is back', ['two']);
    for (let number = 0; number < 2500; number += 1) write(`data/f${number % 30}/${number}.txt`, 'x');
    write('shared/far.ts', 'export const far = 3;\n');
    await index.scan();
    await assertCurrent('more changes than are kept', ['one']);
    await change('modules/demo/two/main.ts', 'export const build = ;\n');
    await assertCurrent('an error', ['two']);
    await change('modules/demo/two/main.ts', 'export const build = () => 7;\n');
    await assertCurrent('its correction', ['two']);
  });

  it('refuses what is no function of the contract, and what must not be sent', async () => {
    assert.deepEqual(await fail({ ...TARGET, entry: { file: 'main.ts', function: 'run' } }), [
      'modules/demo/scale/main.ts:1:1: main.ts must export the function run; it exports build',
    ]);
    write('.gitignore', 'secret.json\n');
    write('modules/demo/scale/secret.json', '{"token":"abc"}');
    write('modules/demo/scale/main.ts', "import secret from './secret.json';\nexport const build = () => secret;\n");
    assert.match((await fail()).join(), /secret\.json, which is left out of the workspace/);
    const outside = createTempFolder();
    writeFileSync(path.join(outside, 'far.ts'), SCALE);
    mkdirSync(path.join(root, 'node_modules'));
    symlinkSync(outside, path.join(root, 'node_modules/far'));
    write('modules/demo/scale/main.ts', "import { scale } from 'far/far.ts';\nexport const build = () => scale(1);\n");
    assert.match((await fail()).join(), /outside of the workspace/);
    removeFolder(outside);
  });
});
