import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A peer, ready to be measured, or why it is not. */
export type Peer<T> = { readonly kind: 'ready'; readonly peer: T } | { readonly kind: 'missing'; readonly reason: string };

export function toPeerFolder(name: string): string {
  const cache = process.env['CAIRN_DEV_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cairn-dev');
  const folder = join(cache, 'peers', name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Installs npm packages at exact versions into a folder of the cache, once; npm runs on the machine's own Node, as always. */
export function installNpmPeers(folder: string, packages: readonly string[]): void {
  const stamp = join(folder, `installed-${packages.join('+').replaceAll('/', '_')}`);
  if (existsSync(stamp)) return;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'peers', private: true, type: 'module' }));
  execFileSync('npm', ['install', '--save-exact', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...packages], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(stamp, '');
}

/** A peer from Debian's packages: installed when that is possible here, and said so. */
export function findOrInstall(program: string, debianPackage: string): string | undefined {
  const there = findOnPath(program);
  if (there !== undefined || process.getuid?.() !== 0 || findOnPath('apt-get') === undefined) return there;
  console.log(`installing the peer ${program} with apt-get install ${debianPackage}`);
  spawnSync(
    'sh',
    [
      '-c',
      'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$0" > /dev/null',
      debianPackage,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return findOnPath(program);
}

function findOnPath(program: string): string | undefined {
  const found = spawnSync('which', [program], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : undefined;
}
