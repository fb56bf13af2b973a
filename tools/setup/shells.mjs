// The shells whose completion is tested beside bash, which every machine has.
import { existsSync } from 'node:fs';
import { execute, SetupError } from './execute.mjs';
import { installerEnvironment } from './environment.mjs';

const byHand = 'Install zsh and fish yourself (Debian: apt-get install zsh fish).';

export const shells = {
  name: 'shells (apt-get install zsh fish)',
  isDone: () => ['zsh', 'fish'].every((shell) => existsSync(`/usr/bin/${shell}`)),
  async run() {
    if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
      throw new SetupError('zsh or fish is not there, and cannot be installed without root and apt-get', { nextStep: byHand });
    const env = installerEnvironment({ DEBIAN_FRONTEND: 'noninteractive' });
    await execute('apt-get', ['-qq', 'update'], { env, nextStep: byHand });
    await execute('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', 'zsh', 'fish'], { env, nextStep: byHand });
  },
};
