import path from 'node:path';
import type { BuildOptions } from 'esbuild';
import type { BuildTarget } from '../pythonArtifact.ts';
import { createSdkPlugin } from './sdk.ts';

/** The file of the artifact that workers load; the positions of its code in the user’s files are beside it. */
export const BUNDLE_FILE = 'main.mjs';

/** CommonJS packages inside an ES module still call it. */
const BANNER = "import{createRequire as cairnRequire}from'node:module';const require=cairnRequire(import.meta.url);";

/**
 * How a module is bundled. Equal files give equal bytes on every machine: no path of this one is in them, and no configuration outside
 * of the module's own files is read. White space and comments are not in the bundle, so an edit of them alone makes no other code.
 */
export function toBundleOptions(root: string, target: BuildTarget) {
  const folder = path.join(root, target.folder);
  return {
    absWorkingDir: root,
    entryPoints: [path.join(folder, target.entry?.file ?? '')],
    outfile: path.join(folder, BUNDLE_FILE),
    alias: Object.fromEntries((target.libraries ?? []).map((library) => [library.import, path.join(root, library.folder)])),
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    charset: 'utf8',
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'external',
    sourcesContent: false,
    banner: { js: BANNER },
    // Otherwise it reads every tsconfig.json upwards, beyond the workspace too.
    tsconfigRaw: '{}',
    logLevel: 'silent',
    logLimit: 50,
    plugins: [createSdkPlugin()],
  } as const satisfies BuildOptions;
}
