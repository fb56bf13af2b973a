import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { BuildDocument } from '../../rde-agent/protocol/documents.ts';
import { createTempFolder, removeFolder } from '../support/tempFolder.ts';
import { packageExtension } from '../support/workbench/packagedExtension.ts';

interface Member {
  readonly name: string;
  readonly bytes: number;
}

/** esbuild's WebAssembly alone has 14 MB. */
const largestUnpacked = 28 * 1024 * 1024;

/** What a VSIX holds, by another program's reading of it. */
function readMembers(vsix: string): readonly Member[] {
  const script =
    'import json, sys, zipfile; print(json.dumps([{"name": i.filename, "bytes": i.file_size} for i in zipfile.ZipFile(sys.argv[1]).infolist()]))';
  return JSON.parse(execFileSync('python3', ['-c', script, vsix], { encoding: 'utf8' })) as readonly Member[];
}

function readManifest(vsix: string): Record<string, unknown> {
  const script = 'import sys, zipfile; sys.stdout.write(zipfile.ZipFile(sys.argv[1]).read("extension/package.json").decode())';
  return JSON.parse(execFileSync('python3', ['-c', script, vsix], { encoding: 'utf8' })) as Record<string, unknown>;
}

const allowed = [
  /^extension\.vsixmanifest$/,
  /^\[Content_Types\]\.xml$/,
  /^extension\/(package\.json|package\.nls\.json|l10n\/bundle\.l10n\.json|readme\.md|changelog\.md|LICENSE\.txt)$/i,
  /^extension\/media\/walkthrough\/\w+\.svg$/,
  /^extension\/extension\/media\/[\w-]+\.(svg|png)$/,
  /^extension\/dist\/THIRD-PARTY-NOTICES\.txt$/,
  /^extension\/dist\/extension\/(main|languageClient|sessionLibraries)\.cjs$/,
  /^extension\/dist\/languageServer\/main\.mjs$/,
  /^extension\/dist\/agent\/(agent|agentProgram|storeWriter|previewReader|cairn|cairnProgram|s3Client)\.mjs$/,
  /^extension\/dist\/agent\/wasm\/tree-sitter(-python)?\.wasm$/,
  /^extension\/dist\/agent\/esbuild-wasm\/(package\.json|lib\/main\.js|bin\/esbuild|esbuild\.wasm|wasm_exec(_node)?\.js)$/,
  /^extension\/dist\/agent\/runner\/node\/worker\.mjs$/,
  /^extension\/dist\/agent\/examples\/flights\/[\w/.-]+\.(yaml|py|ts|in|lock|md)$/,
  /^extension\/dist\/agent\/runner\/python\/cairn\/[\w/]+\.(py|typed)$/,
  /^extension\/dist\/agent\/analysis\/python\/[\w/]+\.py$/,
  /^extension\/dist\/portal\/\w+\.(js|css|ttf)$/,
  /^extension\/dist\/webviews\/\w+\.(js|css|ttf)$/,
  /^extension\/language\/(schemas|syntaxes)\/[\w.-]+\.json$/,
];

const needed = [
  'extension/dist/THIRD-PARTY-NOTICES.txt',
  'extension/dist/extension/main.cjs',
  'extension/dist/extension/languageClient.cjs',
  'extension/dist/extension/sessionLibraries.cjs',
  'extension/dist/languageServer/main.mjs',
  'extension/dist/agent/agent.mjs',
  'extension/dist/agent/agentProgram.mjs',
  'extension/dist/agent/storeWriter.mjs',
  'extension/dist/agent/previewReader.mjs',
  'extension/dist/agent/cairn.mjs',
  'extension/dist/agent/cairnProgram.mjs',
  'extension/dist/agent/wasm/tree-sitter.wasm',
  'extension/dist/agent/wasm/tree-sitter-python.wasm',
  'extension/dist/agent/runner/python/cairn/__init__.py',
  'extension/dist/agent/analysis/python/__main__.py',
  'extension/dist/agent/runner/node/worker.mjs',
  'extension/dist/agent/esbuild-wasm/esbuild.wasm',
  'extension/dist/agent/esbuild-wasm/lib/main.js',
  'extension/dist/webviews/workflowGraph.js',
  'extension/dist/webviews/run.js',
];

describe('the VSIX', () => {
  let vsix: string;
  let members: readonly Member[];

  before(async function () {
    this.timeout(60_000);
    vsix = await packageExtension();
    members = readMembers(vsix);
  });

  it('holds nothing but what is on the list', () => {
    assert.deepEqual(
      members.map((member) => member.name).filter((name) => !allowed.some((pattern) => pattern.test(name))),
      [],
    );
  });

  it('holds all that the extension and its agent need', () => {
    const names = new Set(members.map((member) => member.name));
    assert.deepEqual(
      needed.filter((name) => !names.has(name)),
      [],
    );
  });

  it('stays small and free of native code', () => {
    const total = members.reduce((sum, member) => sum + member.bytes, 0);
    assert.ok(total < largestUnpacked, `${total} bytes unpacked`);
    assert.deepEqual(
      members.filter((member) => /\.(node|so|dll|dylib|exe)$/.test(member.name)),
      [],
    );
  });

  it('has a manifest without what only a checkout needs', () => {
    const manifest = readManifest(vsix);
    for (const key of ['scripts', 'dependencies', 'devDependencies', 'allowScripts']) assert.equal(manifest[key], undefined, key);
    assert.equal(manifest['main'], './dist/extension/main.cjs');
    assert.deepEqual(manifest['extensionKind'], ['workspace']);
  });

  it('builds a TypeScript module by what is inside it: no checkout, no packages, no program on PATH', function () {
    this.timeout(60_000);
    const folder = createTempFolder({
      'w/cairn.yaml': 'workspace: alone\n',
      'w/modules/a/b/module.yaml': 'module: a/b\nkind: data\nentry: main.ts:run\noutputs: { out: json }\n',
      'w/modules/a/b/main.ts':
        "import { log } from 'cairn';\nexport function run(): { out: number } {\n  log('here');\n  return { out: 1 };\n}\n",
    });
    try {
      execFileSync('python3', ['-m', 'zipfile', '-e', vsix, folder]);
      const env = { HOME: folder, PATH: path.join(folder, 'nothing'), CAIRN_HOME: path.join(folder, 'home') };
      const cairn = (...args: string[]): string =>
        execFileSync(
          process.execPath,
          [path.join(folder, 'extension/dist/agent/cairn.mjs'), '--workspace', path.join(folder, 'w'), ...args],
          { env, encoding: 'utf8' },
        );
      try {
        const { modules, environments } = JSON.parse(cairn('build', '--json')) as BuildDocument;
        assert.deepEqual(
          modules.map(({ module, files }) => [module, files]),
          [['a/b', 2]],
        );
        assert.equal(environments[0]?.node, process.versions.node);
      } finally {
        cairn('agent', 'stop');
      }
    } finally {
      removeFolder(folder);
    }
  });
});
