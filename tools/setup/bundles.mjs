// The bundles as a step of set-up: rebuilt when a file that went into them has changed.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { execute } from './execute.mjs';
import { nodeExecutable } from './node.mjs';
import { dist, root } from './paths.mjs';

/** Written by tools/build.mjs beside a bundle: every input with its stamp, every output. */
export function recordOf(bundle) {
  return path.join(dist, bundle, 'build.json');
}

/** The step that makes the named bundles: a task does not fail over a bundle that it does not use. */
export function bundles(...names) {
  return {
    name: `bundles (${names.join(', ')})`,
    perCheckout: true,
    isDone: () => names.every((name) => existsSync(recordOf(name)) && isFresh(JSON.parse(readFileSync(recordOf(name), 'utf8')))),
    run: () =>
      execute(nodeExecutable(), [path.join(root, 'tools/build.mjs'), ...names], {
        cwd: root,
        nextStep: 'Mend the error above (the file and line are named), or run `npm run build` to see it whole.',
      }),
  };
}

function isFresh({ inputs, outputs }) {
  const unchanged = Object.entries(inputs).every(([file, stamp]) => stampOf(file) === stamp);
  return unchanged && outputs.every((file) => existsSync(path.join(root, file)));
}

/** What is compared: cheap, and changed by every editor and by git. A folder's stamp is the list of its names. */
export function stampOf(file) {
  const stats = statSync(path.join(root, file), { throwIfNoEntry: false });
  if (!stats) return 'absent';
  if (stats.isDirectory())
    return readdirSync(path.join(root, file))
      .filter((name) => name !== '__pycache__')
      .join('\n');
  return `${Math.round(stats.mtimeMs)}:${stats.size}`;
}
