import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { MANIFEST_FILE } from '../../language/model/workspace.ts';
import type { Environment } from '../client/stateFolder.ts';
import { CairnError } from '../protocol/errors.ts';

/** The folder that the user is in. `npm run` changes to its package's folder and tells in `INIT_CWD` where the user was. */
export function toUserFolder(cwd: string, env: Environment): string {
  const { INIT_CWD: initial, npm_package_json: manifest } = env;
  if (initial === undefined || !isAbsolute(initial)) return cwd;
  return manifest === undefined || dirname(manifest) === cwd ? initial : cwd;
}

/** The nearest folder with a `cairn.yaml`, upwards. `named` is what `--workspace` says, which is taken as it is. Throws `no-workspace`. */
export function findWorkspace(folder: string, named: string | undefined): string {
  if (named !== undefined) {
    const root = resolve(folder, named);
    if (!existsSync(join(root, MANIFEST_FILE))) throw new CairnError('no-workspace', `There is no ${MANIFEST_FILE} in ${root}.`);
    return realpathSync(root);
  }
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, MANIFEST_FILE))) return realpathSync(at);
    if (dirname(at) === at) throw new CairnError('no-workspace', `There is no ${MANIFEST_FILE} in ${resolve(folder)} or above it.`);
  }
}

/** A workflow as the user wrote it: a path of a file becomes relative to the root, with `/`; anything else is a name and stays. */
export function toWorkflowName(text: string, root: string, folder: string): string {
  const path = resolve(folder, text);
  if (!/\.ya?ml$/.test(text) || !existsSync(path) || !statSync(path).isFile()) return text;
  const inside = relative(root, realpathSync(path));
  return inside.startsWith('..') || isAbsolute(inside) ? text : inside.split(sep).join('/');
}
