import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { dist, root } from '../../../tools/setup/paths.mjs';

let packaged: Promise<string> | undefined;

/** Path of the VSIX of this checkout, packed once per test process from what `npm run build` made. */
export function packageExtension(): Promise<string> {
  packaged ??= promisify(execFile)(process.execPath, [path.join(root, 'tools/package.mjs')]).then(() => path.join(dist, 'cairn.vsix'));
  return packaged;
}
