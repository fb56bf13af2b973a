import assert from 'node:assert/strict';
import { toInstallerVariables, toTaskVariables } from '../../../../../../rde-agent/runtimes/process/environment/variables.ts';

const AGENT = {
  PATH: '/usr/bin',
  HOME: '/home/me',
  LANG: 'de_DE.UTF-8',
  LC_ALL: 'C',
  TZ: 'UTC',
  PYTHONPATH: '/evil',
  PYTHONSTARTUP: '/evil',
  AWS_SECRET_ACCESS_KEY: 's',
  PIP_INDEX_URL: 'https://token@example.invalid/simple',
  UV_INDEX_STRATEGY: 'unsafe',
  SSL_CERT_FILE: '/ca.pem',
  HTTPS_PROXY: 'http://proxy',
  GITHUB_TOKEN: 't',
  NODE_EXTRA_CA_CERTS: '/ca.pem',
  LD_PRELOAD: '/evil.so',
};

describe('variables of processes', () => {
  it('give a task nothing of the agent but the plain ones', () => {
    const variables = toTaskVariables({
      agent: AGENT,
      binFolder: '/env/bin',
      declared: { MODE: 'x', OMP_NUM_THREADS: '8' },
      runnerFolder: '/runner',
      owner: 'o',
      token: 't',
    });
    const kept = Object.entries(variables).filter(([name]) => !name.endsWith('_THREADS'));
    assert.deepEqual(Object.fromEntries(kept), {
      PATH: '/env/bin:/usr/bin',
      HOME: '/home/me',
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'C',
      TZ: 'UTC',
      TMPDIR: '/tmp',
      MODE: 'x',
      PYTHONPATH: '/runner',
      CAIRN_OWNER: 'o',
      CAIRN_TASK: 't',
    });
    assert.equal(variables['OMP_NUM_THREADS'], '1');
  });

  it('give an installer certificates, proxies and indexes, for uv too', () => {
    const variables = toInstallerVariables(AGENT);
    assert.equal(variables['UV_DEFAULT_INDEX'], AGENT.PIP_INDEX_URL);
    assert.equal(variables['SSL_CERT_FILE'], '/ca.pem');
    assert.equal(variables['HTTPS_PROXY'], 'http://proxy');
    assert.equal(variables['UV_SYSTEM_CERTS'], undefined);
    for (const name of ['GITHUB_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'PYTHONPATH', 'LD_PRELOAD'])
      assert.equal(variables[name], undefined, name);
  });

  it('make uv use the certificates of the system where none are named', () => {
    assert.equal(toInstallerVariables({ PATH: '/usr/bin' })['UV_SYSTEM_CERTS'], '1');
  });
});
