import type { Metafile } from 'esbuild';
import type { FileIndex } from '../fileIndex.ts';
import type { BuildTarget } from '../pythonArtifact.ts';

/** Files of a bundle that are neither in the module's folder nor in those of its libraries. Sorted. */
export function listOutsideInputs(target: BuildTarget, metafile: Metafile): readonly string[] {
  const folders = [target.folder, ...(target.libraries ?? []).map((library) => library.folder)].map((folder) =>
    folder === '' ? '' : `${folder}/`,
  );
  return listFiles(metafile)
    .filter((file) => isInstalled(file) || !folders.some((folder) => file.startsWith(folder)))
    .sort();
}

/**
 * A bundle is sent to where it runs, so it may hold what the tree of the workspace holds, and installed packages; nothing from outside of
 * the root, and nothing that is left out (by `.gitignore`, `.cairnignore` or the deny-list). `undefined` = all is well.
 */
export function findInputProblem(metafile: Metafile, index: FileIndex): string | undefined {
  for (const file of listFiles(metafile)) {
    if (file.startsWith('../') || file.startsWith('/')) return `it imports ${file}, which is outside of the workspace`;
    if (!isInstalled(file) && !index.has(file)) return `it imports ${file}, which is left out of the workspace (ignored, or denied)`;
  }
  return undefined;
}

/** Of the disk: what plugins serve has a namespace. */
function listFiles(metafile: Metafile): readonly string[] {
  return Object.keys(metafile.inputs).filter((file) => !/^[a-z-]{2,}:/.test(file));
}

function isInstalled(file: string): boolean {
  return file.startsWith('node_modules/') || file.includes('/node_modules/');
}
