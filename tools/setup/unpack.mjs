// Brings packages of the npm registry into folders of the cache without making them dependencies of the checkout.
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { execute } from './execute.mjs';
import { installerEnvironment } from './environment.mjs';
import { cache } from './paths.mjs';

const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];

/** npm as the machine runs it: started by another Node it would look for its global settings beside that one. */
export async function npm(args, cwd) {
  const own = process.env.npm_execpath;
  const [command, first] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
  return execute(command, [...first, ...args, ...quiet], {
    cwd,
    env: installerEnvironment(),
    nextStep: 'Check that `npm ping` answers here (proxy and certificates are taken from your npm settings), then run the command again.',
  });
}

/** Unpacks `name@version` (or only some of its paths) into `folder`, which must not exist or be empty. */
export async function unpackPackage(spec, folder, only = []) {
  const download = scratchFolder();
  try {
    await npm(['pack', '--silent', '--ignore-scripts', spec], download);
    const archive = readdirSync(download).find((name) => name.endsWith('.tgz'));
    mkdirSync(folder, { recursive: true });
    const members = only.map((member) => `package/${member}`);
    await execute('tar', ['xzf', path.join(download, archive), '-C', folder, '--strip-components=1', ...members]);
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
}

/** Fills a new folder and moves it to `target` only when it is complete, so that a killed set-up leaves nothing half done. */
export async function createFolder(target, fill) {
  const draft = scratchFolder();
  try {
    await fill(draft);
    rmSync(target, { recursive: true, force: true });
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

function scratchFolder() {
  mkdirSync(cache, { recursive: true });
  return mkdtempSync(path.join(cache, 'draft-'));
}
