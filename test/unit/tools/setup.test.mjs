import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { installerEnvironment, taskEnvironment } from '../../../tools/setup/environment.mjs';
import { execute, SetupError } from '../../../tools/setup/execute.mjs';
import { withLock } from '../../../tools/setup/lock.mjs';
import { isInstalled } from '../../../tools/setup/packages.mjs';

describe('set-up', () => {
  let folder;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'setup-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('lets one set-up work at a time', async () => {
    const file = path.join(folder, 'lock');
    const happened = [];
    const work = (name) => withLock(file, async () => (happened.push(`${name} in`), await turn(), happened.push(`${name} out`)));
    await Promise.all([work('a'), work('b')]);
    assert.deepEqual(happened, ['a in', 'a out', 'b in', 'b out']);
    assert.equal(existsSync(file), false);
  });

  it('takes over the lock of a process that is gone', async () => {
    const file = path.join(folder, 'lock');
    writeFileSync(file, '4194304999');
    assert.equal(await withLock(file, () => readFileSync(file, 'utf8')), String(process.pid));
  });

  it('says why a command failed, with its last lines and what to do', async () => {
    const failing = execute(process.execPath, ['-e', 'console.error("no such registry"); process.exit(3)'], {
      nextStep: 'check the proxy',
    });
    const error = await failing.then(assert.fail, (reason) => reason);
    assert.ok(error instanceof SetupError);
    assert.match(error.message, /ended with 3/);
    assert.equal(error.output, 'no such registry');
    assert.equal(error.nextStep, 'check the proxy');
  });

  it('says when a command cannot be started', async () => {
    await assert.rejects(execute(path.join(folder, 'absent'), []), SetupError);
  });

  const lock = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0', integrity: 'x' },
      'node_modules/b': { version: '2.0.0', integrity: 'y', optional: true },
    },
  };
  const installed = (packages) => isInstalled(lock, { packages });
  for (const [what, packages, expected] of [
    ['all packages', { 'node_modules/a': lock.packages['node_modules/a'], 'node_modules/b': lock.packages['node_modules/b'] }, true],
    ['all but an optional one', { 'node_modules/a': lock.packages['node_modules/a'] }, true],
    ['another version', { 'node_modules/a': { version: '1.0.1', integrity: 'z' } }, false],
    ['nothing', {}, false],
  ]) {
    it(`${expected ? 'is content with' : 'installs again over'} ${what}`, () => assert.equal(installed(packages), expected));
  }

  it('installs where nothing was installed', () => assert.equal(isInstalled(lock, undefined), false));

  it('hands registries, proxies and certificates to installers, and nothing else', () => {
    const added = {
      PIP_INDEX_URL: 'p',
      UV_DEFAULT_INDEX: 'u',
      SSL_CERT_FILE: 's',
      https_proxy: 'h',
      npm_config_registry: 'n',
      MY_SECRET: 'm',
    };
    withVariables(added, () => {
      const environment = installerEnvironment();
      for (const name of Object.keys(added)) assert.equal(environment[name], name === 'MY_SECRET' ? undefined : added[name], name);
    });
  });

  it('hides from tasks what npm says about the script', () => {
    withVariables({ npm_lifecycle_event: 'x', npm_config_registry: 'y', INIT_CWD: '/z' }, () => {
      const names = Object.keys(taskEnvironment({ OWN: '1' }));
      assert.deepEqual(
        names.filter((name) => /^npm_|^INIT_CWD$/.test(name)),
        [],
      );
      assert.ok(names.includes('OWN'));
    });
  });
});

function withVariables(variables, check) {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    check();
  } finally {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}
