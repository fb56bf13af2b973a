// The npm packages of the checkout, exactly as the lock file names them.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';
import { npm } from './unpack.mjs';

export const packages = {
  name: 'npm packages',
  perCheckout: true,
  isDone: () => isInstalled(readLock('package-lock.json'), readLock('node_modules/.package-lock.json')),
  run: () => npm(['ci'], root),
};

/** npm records what it installed in a lock file of the same form: compared, so that any other npm command is noticed too. */
export function isInstalled(wanted, installed) {
  if (!wanted || !installed) return false;
  const places = Object.keys(wanted.packages).filter((place) => place !== '');
  return places.every((place) => {
    const have = installed.packages[place];
    const want = wanted.packages[place];
    return have ? have.version === want.version && have.integrity === want.integrity : want.optional === true;
  });
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
