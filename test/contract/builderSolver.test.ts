import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { toWheel } from '../../rde-agent/builder/wheel/wheel.ts';
import { createSolver, type Solve } from '../../rde-agent/runtimes/process/environment/solver.ts';
import { toProcessOptions } from '../support/runtimeProcess.ts';
import { createTempFolder, removeFolder } from '../support/tempFolder.ts';

const NONE = new AbortController().signal;

/** The real uv over a folder of wheels: no index is asked. */
describe('solving environments with uv', function () {
  this.timeout(120_000);
  let folder: string;
  let solve: Solve;
  let reports: string[];
  before(() => {
    folder = createTempFolder();
    mkdirSync(path.join(folder, 'wheels'));
    mkdirSync(path.join(folder, 'state'));
    writeWheel('demo/base', [], '1');
    writeWheel('demo/old', ["demo-base ; python_full_version < '3.12'"], '2');
    reports = [];
    const { clock } = toProcessOptions('');
    const environment = { ...process.env, PIP_NO_INDEX: undefined, UV_NO_INDEX: '1', UV_FIND_LINKS: path.join(folder, 'wheels') };
    // With what this machine may install uv from, when it has none.
    solve = createSolver({ stateFolder: path.join(folder, 'state'), clock, environment });
  });
  after(() => removeFolder(folder));

  const writeWheel = (name: string, requirements: readonly string[], seed: string): void => {
    const files = [{ path: `${name.replace('/', '_')}.py`, bytes: Buffer.from(`SEED = ${seed}\n`), mode: 0o644 }];
    const artifacts = [`sha256:${seed.repeat(64)}`] as const;
    const wheel = toWheel({ name, description: '', artifacts, entry: undefined, files, python: '>=3.10', requirements });
    writeFileSync(path.join(folder, 'wheels', wheel.file), wheel.bytes);
  };
  const run = (requirements: string, present: string | null = ''): Promise<string> => {
    writeFileSync(path.join(folder, 'tools.in'), requirements);
    return solve({ folder, inputs: 'tools.in', present, python: '3.10' }, (line) => reports.push(line), NONE);
  };

  it('pins everything with hashes, for every Python, and names no place', async () => {
    const lock = await run('demo-old\n');
    assert.match(lock, /^demo-base==0\.0\.0\+1{12} ; python_full_version < '3\.12' \\\n {4}--hash=sha256:[0-9a-f]{64}/m);
    assert.match(lock, /^demo-old==0\.0\.0\+2{12} \\\n {4}--hash=sha256:/m);
    assert.ok(!lock.includes(folder) && !lock.includes('://'));
  });

  it('keeps versions that fit until it is asked for newer ones', async () => {
    const lock = await run('demo-base\n');
    writeWheel('demo/base', [], '3');
    assert.equal(await run('demo-base\n', lock), lock);
    assert.match(await run('demo-base\n', null), /demo-base==0\.0\.0\+3{12}/);
  });

  it('says what cannot be solved', async () => {
    await assert.rejects(run('demo-base<0\n'), {
      code: 'environment-failed',
      message: /^tools\.in can't be solved:\n[^]*demo-base/,
      next: 'Change the requirements in tools.in, and lock again.',
    });
  });
});
