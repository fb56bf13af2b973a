// What we ship must be free to ship: every installed package names a licence from the list, and what goes into bundles a stricter one.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup/paths.mjs';

const shipped = [
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
];
const development = [...shipped, 'MPL-2.0', 'Artistic-2.0', 'CC-BY-3.0', 'PSF-2.0', 'WTFPL'];

/** Dev-only packages with terms of their own, and why they may stay. */
const exceptions = { '@vscode/vsce-sign': 'proprietary, a dependency of vsce that is never run or shipped: we package without signing' };

/** One line per package of the lock file whose licence is not allowed. */
export function checkLicences() {
  return findForbidden(JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages);
}

/** The same for the entries of a lock file: place in node_modules → what npm recorded. */
export function findForbidden(packages) {
  return Object.entries(packages)
    .filter(([place]) => place !== '')
    .filter(([place, entry]) => !isAllowed(place, entry))
    .map(
      ([place, { license, dev }]) => `${place}: ${license ?? 'no licence named'} is not allowed in ${dev ? 'development' : 'what we ship'}`,
    );
}

function isAllowed(place, { license, dev }) {
  const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
  if (Object.keys(exceptions).some((exception) => name.startsWith(exception))) return dev === true;
  return satisfies(license ?? '', dev ? development : shipped);
}

/** Of alternatives one must be allowed, of a conjunction all. */
function satisfies(expression, allowed) {
  const plain = expression.replace(/[()]/g, '');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((licence) => allowed.includes(licence.trim())));
}
