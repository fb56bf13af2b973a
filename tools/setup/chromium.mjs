// The browser that shows the workbench in tests: CHROME_PATH, one that is installed, or Debian's package.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { execute, SetupError } from './execute.mjs';
import { installerEnvironment } from './environment.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export const chromium = {
  name: 'Chromium (apt-get install chromium)',
  isDone: () => findChromium() !== undefined,
  async run() {
    if (!canInstall()) throw new SetupError('no Chromium found, and it cannot be installed without root and apt-get', { nextStep: byHand });
    const env = installerEnvironment({ DEBIAN_FRONTEND: 'noninteractive' });
    await execute('apt-get', ['-qq', 'update'], { env, nextStep: byHand });
    await execute('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], {
      env,
      nextStep: byHand,
    });
  },
};

const byHand = 'Install Chromium or Chrome yourself and name its program in CHROME_PATH.';

/** Path of a Chromium, or undefined where there is none. */
export function findChromium() {
  if (process.env.CHROME_PATH) return existsSync(process.env.CHROME_PATH) ? process.env.CHROME_PATH : undefined;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
  return candidates.find((candidate) => existsSync(candidate));
}

function canInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}
