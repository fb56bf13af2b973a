// The database server of the tests of sources: one that is installed, or Debian's package.
import { existsSync, readdirSync } from 'node:fs';
import { execute, SetupError } from './execute.mjs';
import { installerEnvironment } from './environment.mjs';

const folder = '/usr/lib/postgresql';
const byHand = 'Install a PostgreSQL server yourself (Debian: apt-get install postgresql).';

export const postgres = {
  name: 'PostgreSQL (apt-get install postgresql)',
  isDone: () => existsSync(folder) && readdirSync(folder).some((version) => existsSync(`${folder}/${version}/bin/postgres`)),
  async run() {
    if (!canInstall())
      throw new SetupError('no PostgreSQL server found, and it cannot be installed without root and apt-get', { nextStep: byHand });
    const env = installerEnvironment({ DEBIAN_FRONTEND: 'noninteractive' });
    await execute('apt-get', ['-qq', 'update'], { env, nextStep: byHand });
    // Its service is nobody's: each test starts a server of its own.
    await execute('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', 'postgresql'], { env, nextStep: byHand });
  },
};

function canInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}
