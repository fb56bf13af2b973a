import type { Plugin } from 'esbuild';

/** The name by which modules import what Cairn gives them. */
const NAME = 'cairn';

/**
 * What `import { … } from 'cairn'` is in a bundle: calls of the worker that runs it. Outside of a worker, as in a plain test, they do
 * nothing. It is part of every artifact that imports it, so it changes only when it must.
 */
const CODE = `const worker = () => globalThis[Symbol.for('cairn.worker')];
export const progress = (done, total, message) => worker()?.progress(done, total, message);
export const logMetric = (name, value, step) => worker()?.logMetric(name, value, step);
export const log = (...parts) => console.log(...parts);
`;

/** Serves the import of `cairn` from text: no file of ours is in a user's bundle by its path. */
export function createSdkPlugin(): Plugin {
  return {
    name: NAME,
    setup: (build) => {
      build.onResolve({ filter: /^cairn$/ }, () => ({ path: NAME, namespace: NAME, sideEffects: false }));
      build.onLoad({ filter: /.*/, namespace: NAME }, () => ({ contents: CODE, loader: 'js' }));
    },
  };
}
