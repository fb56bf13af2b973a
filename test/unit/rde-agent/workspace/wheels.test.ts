import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { BuiltWheel } from '../../../../rde-agent/protocol/documents.ts';
import { SmallWorkspace } from '../../../support/smallWorkspace.ts';
import { createTempFolder, removeFolder } from '../../../support/tempFolder.ts';
import { WorkspaceHarness } from '../../../support/workspaceHarness.ts';

const NONE = new AbortController().signal;

/** Reads a wheel with Python's own library: names, modes, times, metadata; every line of RECORD is checked. */
const READ = `
import base64, csv, hashlib, io, json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
names = archive.namelist()
record = next(name for name in names if name.endswith("RECORD"))
lines = list(csv.reader(io.StringIO(archive.read(record).decode())))
assert [line[0] for line in lines] == names, (lines, names)
for name, digest, size in lines[:-1]:
    data = archive.read(name)
    assert digest == "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode() and int(size) == len(data), name
assert lines[-1] == [record, "", ""]
metadata = archive.read(record.replace("RECORD", "METADATA")).decode()
infos = [[info.filename, oct(info.external_attr >> 16), list(info.date_time), info.compress_type] for info in archive.infolist()]
print(json.dumps({"infos": infos, "metadata": metadata}))
`;

const HAS_PIP = spawnSync('python3', ['-m', 'pip', '--version']).status === 0;

describe('wheels', function () {
  this.timeout(60_000);
  let harness: WorkspaceHarness;
  let files: SmallWorkspace;
  let out: string;
  beforeEach(async () => {
    harness = new WorkspaceHarness();
    out = createTempFolder();
    files = new SmallWorkspace({
      'environments/tools.environment.yaml': "environment: tools\npython: '>=3.10,<3.15'\nlock: tools.lock\n",
      'environments/tools.lock':
        "# a comment\nsix==1.17.0 ; python_full_version < '3.11' \\\n    --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\n    # via tools.in\nattrs==25.1.0 \\\n    --hash=sha256:ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81\n",
      'libraries/demo/text-lib/library.yaml': 'library: demo/text-lib\nlanguage: python\nfiles: ["**/*.py"]\n',
      'libraries/demo/text-lib/__init__.py': 'def shout(text):\n    return text.upper()\n',
      'modules/demo/greet/module.yaml':
        'module: demo/greet\ndescription: |\n  Greets\n  people.\nkind: data\nentry: greet.py:run\nenvironment: tools\nuses: [demo/text-lib]\noutputs: { out: json }\n',
      'modules/demo/greet/greet.py':
        'from pathlib import Path\nfrom text_lib import shout\nfrom parts.names import NAME\n\ndef run():\n    return {"out": shout(NAME) + Path(__file__).with_name("ünit.txt").read_text()}\n',
      'modules/demo/greet/parts/names.py': 'NAME = "ada"\n',
      'modules/demo/greet/ünit.txt': '!',
      'modules/demo/greet/tool.sh': '#!/bin/sh\n',
    });
    chmodSync(path.join(files.root, 'modules/demo/greet/tool.sh'), 0o755);
    await harness.open();
  });
  afterEach(async () => {
    await harness.remove();
    files.dispose();
    removeFolder(out);
  });

  const build = async (name: string, wheels = out): Promise<BuiltWheel> => {
    const { modules } = await harness.role.build({ root: files.root, modules: [name], documents: {}, environments: false, wheels }, NONE);
    const wheel = modules[0]?.wheel;
    assert.ok(wheel !== undefined);
    return wheel;
  };
  const read = (file: string): { readonly infos: readonly (readonly unknown[])[]; readonly metadata: string } => {
    const { stdout, stderr } = spawnSync('python3', ['-c', READ, file], { encoding: 'utf8' });
    assert.equal(stderr, '');
    return JSON.parse(stdout) as ReturnType<typeof read>;
  };

  it('hold the module and its libraries, sorted, at one time, with what they need', async () => {
    const wheel = await build('demo/greet');
    const { infos, metadata } = read(wheel.file);
    const folder = `demo_greet-${wheel.version}.dist-info`;
    assert.match(path.basename(wheel.file), /^demo_greet-0\.0\.0\+[0-9a-f]{12}-py3-none-any\.whl$/);
    assert.deepEqual(
      infos.map(([name, mode]) => [name, mode]),
      [
        ['greet.py', '0o100644'],
        ['parts/names.py', '0o100644'],
        ['text_lib/__init__.py', '0o100644'],
        ['tool.sh', '0o100755'],
        ['ünit.txt', '0o100644'],
        [`${folder}/METADATA`, '0o100644'],
        [`${folder}/WHEEL`, '0o100644'],
        [`${folder}/entry_points.txt`, '0o100644'],
        [`${folder}/RECORD`, '0o100644'],
      ],
    );
    assert.ok(infos.every(([, , time]) => JSON.stringify(time) === '[1980,1,1,0,0,0]'));
    assert.equal(
      metadata,
      `Metadata-Version: 2.1\nName: demo-greet\nVersion: ${wheel.version}\nSummary: Greets people.\nRequires-Python: >=3.10,<3.15\nRequires-Dist: six==1.17.0 ; python_full_version < '3.11'\nRequires-Dist: attrs==25.1.0\n`,
    );
  });

  it('have the same bytes from another place, and another version with other content', async () => {
    const first = await build('demo/greet');
    const moved = createTempFolder();
    const again = await build('demo/greet', path.join(moved, 'deep/er'));
    assert.equal(again.digest, first.digest);
    assert.ok(readFileSync(again.file).equals(readFileSync(first.file)));
    removeFolder(moved);
    files.write({ 'libraries/demo/text-lib/__init__.py': 'def shout(text):\n    return text + text\n' });
    assert.notEqual((await build('demo/greet')).version, first.version);
  });

  it('install with pip and run (python3 -m pip)', async function () {
    if (!HAS_PIP) this.skip();
    const wheel = await build('demo/greet');
    const target = path.join(out, 'installed');
    const args = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-deps',
      '--no-index',
      '--disable-pip-version-check',
      '--ignore-requires-python',
      '--target',
      target,
      wheel.file,
    ];
    const installed = spawnSync('python3', args, { encoding: 'utf8' });
    assert.equal(installed.status, 0, installed.stderr);
    const script =
      'import importlib.metadata as m; print([e.load()() for e in m.entry_points(group="cairn.modules")], m.version("demo-greet"))';
    const run = spawnSync('python3', ['-c', script], { encoding: 'utf8', env: { ...process.env, PYTHONPATH: target }, cwd: out });
    assert.equal(run.stdout, `[{'out': 'ADA!'}] ${wheel.version}\n`, run.stderr);
  });

  it('are made of libraries too, and refused of TypeScript', async () => {
    const { infos } = read((await build('demo/text-lib')).file);
    assert.equal(infos[0]?.[0], 'text_lib/__init__.py');
    files.write({
      'modules/demo/card/module.yaml': 'module: demo/card\nkind: data\nentry: main.ts:run\noutputs: { out: json }\n',
      'modules/demo/card/main.ts': 'export const run = () => 1;\n',
    });
    await assert.rejects(build('demo/card'), { code: 'not-supported', message: /TypeScript/ });
    await assert.rejects(build('demo/greet', 'relative'), { code: 'invalid-request' });
  });
});
