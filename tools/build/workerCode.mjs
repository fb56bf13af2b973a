// A module `NAMECode.ts` beside `NAME.ts` becomes the text of that program, bundled: a page of the editor starts a worker from its own text.
import { build } from 'esbuild';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';

const CODE = /(layoutWorker)Code\.ts$/;

/** @param {import('esbuild').BuildOptions} options of the page that the worker is for */
export function workerCode({ target, minify }) {
  return {
    name: 'worker-code',
    setup({ onLoad }) {
      onLoad({ filter: CODE }, async ({ path }) => {
        const entry = path.replace(CODE, '$1.ts');
        const { outputFiles, metafile } = await build({
          absWorkingDir: root,
          entryPoints: [entry],
          bundle: true,
          write: false,
          metafile: true,
          platform: 'browser',
          format: 'iife',
          target,
          minify,
        });
        const watchFiles = Object.keys(metafile.inputs).map((file) => join(root, file));
        return { contents: `export const layoutWorkerCode = ${JSON.stringify(outputFiles[0].text)};`, loader: 'js', watchFiles };
      });
    },
  };
}
