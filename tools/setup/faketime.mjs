// The library that gives one process another wall clock, for tests: one that is installed, or Debian's package.
import { existsSync, readdirSync } from 'node:fs';
import { execute, SetupError } from './execute.mjs';
import { installerEnvironment } from './environment.mjs';

const byHand = 'Install libfaketime yourself (Debian: apt-get install libfaketime).';

export const faketime = {
  name: 'libfaketime (apt-get install libfaketime)',
  isDone: () => process.platform === 'linux' && isInstalled(),
  async run() {
    if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
      throw new SetupError('no libfaketime found, and it cannot be installed without root and apt-get', { nextStep: byHand });
    const env = installerEnvironment({ DEBIAN_FRONTEND: 'noninteractive' });
    await execute('apt-get', ['-qq', 'update'], { env, nextStep: byHand });
    await execute('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', 'libfaketime'], { env, nextStep: byHand });
  },
};

function isInstalled() {
  return readdirSync('/usr/lib').some((name) => existsSync(`/usr/lib/${name}/faketime/libfaketimeMT.so.1`));
}
